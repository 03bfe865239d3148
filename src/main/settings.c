/*
 * One row a setting.  The file's lines find their row by name; the row's type
 * reads the value to its place in struct settings and says what is wrong with
 * it.  What only one setting asks of its value is a function in the row.
 */

#include "main/settings.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/ini.h"
#include "main/setting_type.h"
#include "main/setting_check.h"

#define TEXT_SETTING(m)		&setting_text, OFFSET_OF(struct settings, m, const char *)
#define COUNT_SETTING(m)	&setting_count, OFFSET_OF(struct settings, m, int64_t)
#define TIME_SETTING(m)		&setting_time, OFFSET_OF(struct settings, m, int64_t)
#define SIZE_SETTING(m)		&setting_size, OFFSET_OF(struct settings, m, int64_t)
#define RATE_SETTING(m)		&setting_rate, OFFSET_OF(struct settings, m, struct rate)
#define LIST_SETTING(m)		&setting_list, OFFSET_OF(struct settings, m, const char **)
#define BOOL_SETTING(m)		&setting_bool, OFFSET_OF(struct settings, m, bool)

/* name, type and place, default, help, least, most, choices, check */
static const struct setting settings_table[] = {
	{ "listen", TEXT_SETTING(listen), "unix:" CK_RUNSTATEDIR "/chartkeep/fcgi.sock",
	    "the socket of the web server's requests: unix:PATH or ADDRESS:PORT",
	    .check = check_listen },
	{ "workers", COUNT_SETTING(workers), "4",
	    "processes that answer requests, one at a time each", 1, WORKERS_MAX },
	{ "requests_per_worker", COUNT_SETTING(requests_per_worker), "100000",
	    "a worker ends after so many and is replaced", 1, 1000000000 },
	{ "request_timeout", TIME_SETTING(request_timeout), "30s",
	    "a worker that takes longer for a request is killed and replaced", 1, 3600 },
	{ "database", TEXT_SETTING(database), "dbname=chartkeep user=chartkeep",
	    "the workers' connection string for PostgreSQL (libpq)", .check = check_given },
	{ "admin_database", TEXT_SETTING(admin_database), "dbname=chartkeep user=chartkeep_admin",
	    "the owner's, for the chartkeep command and its migrations", .check = check_given },
	{ "redis", TEXT_SETTING(redis), "unix:/run/redis/redis-server.sock",
	    "where Redis is: unix:PATH or HOST:PORT; nothing: do without", .check = check_redis },
	{ "redis_prefix", TEXT_SETTING(redis_prefix), "chartkeep:",
	    "what all keys in Redis begin with" },
	{ "keyring", TEXT_SETTING(keyring), CK_SYSCONFDIR "/chartkeep/keyring",
	    "the file of the keys, readable by its owner only", .check = check_path },
	{ "sql_directory", TEXT_SETTING(sql_directory), CK_DATADIR "/chartkeep/sql",
	    "where the migrations are", .check = check_path },
	{ "prefix", TEXT_SETTING(prefix), "",
	    "what the paths of all requests begin with, such as /chartkeep",
	    .check = check_prefix },
	{ "hosts", LIST_SETTING(hosts), "localhost, 127.0.0.1",
	    "names that requests may be addressed to; *: any", .check = check_hosts },
	{ "base_url", TEXT_SETTING(base_url), "http://localhost",
	    "what links in answers and mails begin with", .check = check_url },
	{ "cors_origins", LIST_SETTING(cors_origins), "",
	    "origins of other sites whose pages may call this server", .check = check_origins },
	{ "surfaces", LIST_SETTING(surfaces), "phr, healthcare",
	    "the APIs that are served", .check = check_surfaces },
	{ "registration", TEXT_SETTING(registration), "open",
	    "who may register: anybody (open), patients, or nobody (closed)",
	    .choices = "open patients closed" },
	{ "token_lifetime", TIME_SETTING(token_lifetime), "12h",
	    "an access token is good for so long", 60, 31536000 },
	{ "idle_limit", TIME_SETTING(idle_limit), "60m",
	    "a session that was not used for so long has ended", 60, 31536000 },
	{ "refresh_lifetime", TIME_SETTING(refresh_lifetime), "7d",
	    "a session can be renewed for so long", 60, 31536000 },
	{ "time_zone", TEXT_SETTING(time_zone), "UTC",
	    "zone of times without one, for accounts that have none (IANA name)",
	    .check = check_zone },
	{ "audit_reads", BOOL_SETTING(audit_lazy), "lazy",
	    "audit rows of reads: lazy may lose the last when PostgreSQL crashes, or durable",
	    .choices = "lazy durable" },
	{ "audit_seal", TIME_SETTING(audit_seal), "10s",
	    "audit rows are sealed so often, for chartkeep audit verify; 0s: never", 0, 3600 },
	{ "mail", TEXT_SETTING(mail), "smtp://localhost:25",
	    "how mail leaves: smtp://HOST:PORT (or smtp+starttls, smtps), sendmail:PATH, none",
	    .check = check_mail },
	{ "mail_from", TEXT_SETTING(mail_from), "chartkeep@localhost",
	    "the sender of mails", .check = check_address },
	{ "mail_user", TEXT_SETTING(mail_user), "",
	    "name for the mail server, where it asks for one" },
	{ "mail_password_file", TEXT_SETTING(mail_password_file), "",
	    "file that holds the password for it", .check = check_optional_path },
	{ "mail_reminder_text", BOOL_SETTING(mail_reminder_text), "no",
	    "yes: a reminder's text stands in its mail, for everybody on the way to read",
	    .choices = "yes no" },
	{ "reminder_grace", TIME_SETTING(reminder_grace), "24h",
	    "a reminder that is found later than this is not announced any more", 0, 31536000 },
	{ "metrics_peers", LIST_SETTING(metrics_peers), "127.0.0.1, ::1",
	    "addresses that may read /metrics", .check = check_peers },
	{ "body_limit", SIZE_SETTING(body_limit), "1M",
	    "the longest request body", 1024, 1 << 28 },
	{ "log_level", TEXT_SETTING(log_level), "info",
	    "what is logged: debug, info, warn or error", .choices = "debug info warn error" },
	{ "login_per_account_peer", RATE_SETTING(login_per_account_peer), "10 per minute",
	    "attempts to log in to one account from one address" },
	{ "login_per_account", RATE_SETTING(login_per_account), "30 per minute",
	    "attempts to log in to one account from anywhere" },
	{ "login_per_peer", RATE_SETTING(login_per_peer), "300 per minute",
	    "attempts to log in from one address" },
	{ "registrations_per_peer", RATE_SETTING(registrations_per_peer), "100 per hour",
	    "accounts that are registered from one address" },
	{ "invitations_per_account", RATE_SETTING(invitations_per_account), "60 per hour",
	    "connections and activities that one account may ask others for" },
	{ "invitations_per_peer", RATE_SETTING(invitations_per_peer), "300 per hour",
	    "the same, of all accounts at one address" },
};

#define NSETTINGS	COUNT_OF(settings_table)

/* What the file says; NULL: nothing. */
static const char	*given[NSETTINGS];

static bool
setting_put(const struct setting *s, struct settings *settings,
    struct arena *arena, const char *value, char *why, size_t size)
{
	struct setting_value	 v = { s, arena, value, why, size };

	return s->type->read(&v, (char *)settings + s->offset) &&
	    (s->check == NULL || s->check(&v));
}

void
settings_preset(struct settings *settings_r, struct arena *arena)
{
	char	 why[256];

	memset(settings_r, 0, sizeof(*settings_r));
	memset(given, 0, sizeof(given));
	for (size_t i = 0; i < NSETTINGS; i++) {
		bool	 good = setting_put(&settings_table[i], settings_r,
			    arena, settings_table[i].preset, why, sizeof(why));

		assert(good);
	}
}

struct reading {
	struct settings	*settings;
	struct arena	*arena;
};

static bool
read_line(void *ctx, const char *name, const char *value, char *why,
    size_t size)
{
	struct reading	*r = ctx;

	for (size_t i = 0; i < NSETTINGS; i++) {
		if (strcmp(settings_table[i].name, name) != 0)
			continue;
		if (given[i] != NULL) {
			snprintf(why, size, "%s is set twice", name);
			return false;
		}
		given[i] = arena_text(r->arena, value);
		return setting_put(&settings_table[i], r->settings, r->arena,
		    given[i], why, size);
	}
	snprintf(why, size, "there is no setting %s", name);
	return false;
}

/* What no single line can tell. */
static bool
fits_together(const struct settings *s, const char *path, char *why,
    size_t size)
{
	const char	*reason = NULL;

	if (s->refresh_lifetime < s->token_lifetime)
		reason = "refresh_lifetime is shorter than token_lifetime";
	else if (s->mail_user[0] != '\0' && s->mail_password_file[0] == '\0')
		reason = "mail_user is set and mail_password_file is not";
	if (reason != NULL)
		snprintf(why, size, "%s: %s", path, reason);
	return reason == NULL;
}

bool
settings_read(struct settings *settings_r, struct arena *arena,
    const char *path, char *why, size_t size)
{
	struct reading	 r = { settings_r, arena };

	settings_preset(settings_r, arena);
	return ini_read(path, read_line, &r, why, size) &&
	    fits_together(settings_r, path, why, size);
}

bool
settings_row(size_t at, const char **name_r, const char **preset_r,
    const char **doc_r)
{
	if (at >= NSETTINGS)
		return false;
	*name_r = settings_table[at].name;
	*preset_r = settings_table[at].preset;
	*doc_r = settings_table[at].doc;
	return true;
}

void
settings_print(struct buf *b)
{
	for (size_t i = 0; i < NSETTINGS; i++) {
		buf_printf(b, "%s = %s\n", settings_table[i].name,
		    given[i] != NULL ? given[i] : settings_table[i].preset);
	}
}
