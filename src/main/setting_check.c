#include "main/setting_check.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/surface.h"
#include "base/text.h"

#define UNIX_PREFIX	"unix:"
#define ZONES		"/usr/share/zoneinfo"

bool
check_given(const struct setting_value *v)
{
	return v->text[0] != '\0' || setting_refuse(v, "is empty");
}

bool
check_path(const struct setting_value *v)
{
	return v->text[0] == '/' ||
	    setting_refuse(v, "is not an absolute path");
}

bool
check_optional_path(const struct setting_value *v)
{
	return v->text[0] == '\0' || check_path(v);
}

/* Behind the last colon. */
static bool
has_port(const char *text)
{
	const char	*colon = strrchr(text, ':');
	int64_t		 port;

	return colon != NULL && colon != text &&
	    text_to_int(colon + 1, &port) && port > 0 && port < 65536;
}

static bool
is_socket_path(const struct setting_value *v)
{
	struct sockaddr_un	 un;
	const char		*path = v->text + strlen(UNIX_PREFIX);

	if (path[0] != '/')
		return setting_refuse(v, "is not an absolute path");
	if (strlen(path) >= sizeof(un.sun_path))
		return setting_refuse(v, "is longer than a socket's path"
		    " can be");
	return true;
}

/* A place to dial may be a name. */
static bool
check_place(const struct setting_value *v)
{
	if (text_starts(v->text, UNIX_PREFIX))
		return is_socket_path(v);
	return has_port(v->text) ||
	    setting_refuse(v, "is neither unix:PATH nor ADDRESS:PORT");
}

/* ADDRESS:PORT, an IPv6 one in brackets; as main/listener.c takes it. */
static bool
is_address(const char *text)
{
	struct addrinfo	 hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST };
	struct addrinfo	*ai;
	char		 host[256];
	size_t		 from = text[0] == '[';
	long		 len = strrchr(text, ':') - text - 2 * (long)from;

	if (len < 0 || len >= (long)sizeof(host))
		return false;
	snprintf(host, sizeof(host), "%.*s", (int)len, text + from);
	if (getaddrinfo(host, NULL, &hints, &ai) != 0)
		return false;
	freeaddrinfo(ai);
	return true;
}

bool
check_listen(const struct setting_value *v)
{
	if (!check_place(v))
		return false;
	return text_starts(v->text, UNIX_PREFIX) || is_address(v->text) ||
	    setting_refuse(v, "is no address; names are not looked up");
}

bool
check_redis(const struct setting_value *v)
{
	return v->text[0] == '\0' || check_place(v);
}

bool
check_prefix(const struct setting_value *v)
{
	size_t	 len = strlen(v->text);

	if (len == 0)
		return true;
	if (v->text[0] != '/' || v->text[len - 1] == '/' ||
	    strstr(v->text, "//") != NULL ||
	    strpbrk(v->text, " ?#%") != NULL)
		return setting_refuse(v, "is not spelled like /chartkeep");
	return true;
}

/* Each member holds only such characters; there is at least one. */
static bool
members_of(const struct setting_value *v, const char *characters)
{
	const char	**members = setting_members(v);

	if (members[0] == NULL)
		return setting_refuse(v, "is empty");
	for (size_t i = 0; members[i] != NULL; i++) {
		if (members[i][strspn(members[i], characters)] != '\0')
			return setting_refuse(v, "%s is not acceptable",
			    members[i]);
	}
	return true;
}

bool
check_hosts(const struct setting_value *v)
{
	return members_of(v, "abcdefghijklmnopqrstuvwxyz0123456789-.[]:*");
}

static bool
is_web_address(const char *text)
{
	size_t	 scheme = text_starts(text, "https://") ? 8 :
		    text_starts(text, "http://") ? 7 : 0;
	size_t	 len = strlen(text);

	return scheme > 0 && len > scheme && text[len - 1] != '/' &&
	    strpbrk(text, " ?#") == NULL;
}

bool
check_url(const struct setting_value *v)
{
	return is_web_address(v->text) ||
	    setting_refuse(v, "is not spelled like https://example.org"
	    " (no slash at its end)");
}

bool
check_origins(const struct setting_value *v)
{
	const char	**members = setting_members(v);

	for (size_t i = 0; members[i] != NULL; i++) {
		if (!is_web_address(members[i]) ||
		    strchr(strchr(members[i], ':') + 3, '/') != NULL)
			return setting_refuse(v, "%s is not spelled like"
			    " https://example.org", members[i]);
	}
	return true;
}

bool
check_surfaces(const struct setting_value *v)
{
	const char	**members = setting_members(v);

	if (members[0] == NULL)
		return setting_refuse(v, "is empty");
	for (size_t i = 0; members[i] != NULL; i++) {
		if (surface_named(members[i]) == NULL)
			return setting_refuse(v, "there is no surface %s",
			    members[i]);
	}
	return true;
}

/*
 * The zones of this host, where it has them; PostgreSQL may run on another,
 * so `chartkeep check` asks it too.
 */
bool
check_zone(const struct setting_value *v)
{
	if (!members_of(v, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/"))
		return false;
	if (access(ZONES, X_OK) != 0 || access(arena_printf(v->arena,
	    ZONES "/%s", v->text), R_OK) == 0)
		return true;
	return setting_refuse(v, "there is no time zone %s", v->text);
}

bool
check_mail(const struct setting_value *v)
{
	static const char *const schemes[] = {
		"smtp://", "smtp+starttls://", "smtps://", "sendmail:/"
	};

	if (strcmp(v->text, "none") == 0)
		return true;
	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		if (text_starts(v->text, schemes[i]) &&
		    v->text[strlen(schemes[i])] != '\0')
			return true;
	}
	return setting_refuse(v, "is not smtp://HOST:PORT (or"
	    " smtp+starttls://, smtps://), sendmail:PATH or none");
}

bool
check_address(const struct setting_value *v)
{
	const char	*at = strchr(v->text, '@');

	if (at == NULL || at == v->text || at[1] == '\0' ||
	    strpbrk(v->text, " \t<>\",") != NULL)
		return setting_refuse(v, "is no mail address");
	return true;
}

bool
check_peers(const struct setting_value *v)
{
	const char	**members = setting_members(v);
	unsigned char	 address[sizeof(struct in6_addr)];

	for (size_t i = 0; members[i] != NULL; i++) {
		if (inet_pton(AF_INET, members[i], address) != 1 &&
		    inet_pton(AF_INET6, members[i], address) != 1)
			return setting_refuse(v, "%s is no address",
			    members[i]);
	}
	return true;
}
