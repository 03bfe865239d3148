/*
 * Mails by SMTP, with libcurl.  It is initialised here and nowhere else: the
 * workers do not pay for it.  A connection is kept for the next mail.
 *
 * A transfer runs in a thread, because libcurl waits for the answer to a
 * mail's end without returning, in its multi interface as well.  The thread
 * touches the easy handle and this struct; nobody else does until it ended.
 */

#include <curl/curl.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/settings.h"
#include "base/text.h"
#include "job/mail.h"
#include "job/transport_inside.h"

#define CONNECT_MS	10000L
#define KEPT_SECONDS	10L	/* servers close what is silent for long */
#define FDS_MAX		8

struct smtp {
	CURL		*easy;
	pthread_t	 thread;
	int		 ended;		/* eventfd, written at its end */
	atomic_bool	 abandoned;	/* it shall end */
	CURLcode	 code;
	const char	*url;
	const char	*password;
	long		 tls;		/* CURLUSESSL_… */
	bool		 verified;
	struct curl_slist *to;
	struct letter	 letter;
	size_t		 read;		/* bytes of it */
	char		 why[128];
};

/* HOST or HOST:PORT, and nothing that a URL may hold besides. */
static bool
is_authority(const char *text)
{
	return *text != '\0' && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789.-:[]") == strlen(text);
}

/* Does what is said there stay on this host? */
static bool
is_local(const char *authority)
{
	return text_starts(authority, "127.") ||
	    text_starts(authority, "[::1]") ||
	    text_equal(authority, "localhost") ||
	    text_starts(authority, "localhost:");
}

/* Its first line.  NULL: unreadable, or readable by others. */
static const char *
read_password(struct arena *arena, const char *path)
{
	char text[512];
	struct stat st;
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 077) == 0 &&
	    (st.st_uid == geteuid() || st.st_uid == 0))
		n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return NULL;
	text[n] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	return arena_text(arena, text);
}

static bool
has_login(const struct settings *settings)
{
	return settings->mail_user != NULL && settings->mail_user[0] != '\0';
}

static bool
smtp_open(struct transport *transport, const char *rest, const char **why_r,
    const char *scheme, long tls)
{
	const struct settings *settings = transport->settings;
	struct smtp *s = arena_alloc(transport->arena, sizeof(*s));

	*why_r = "mail holds more than a host and a port";
	if (!is_authority(rest))
		return false;
	*why_r = "mail_password_file is no file that only we can read";
	if (has_login(settings)) {
		s->password = read_password(transport->arena,
		    settings->mail_password_file);
		if (s->password == NULL)
			return false;
		if (!is_local(rest))
			tls = CURLUSESSL_ALL;
	}
	s->tls = tls;
	s->verified = tls == CURLUSESSL_ALL;
	s->url = arena_printf(transport->arena, "%s://%s/%s", scheme, rest,
	    mail_host(transport->arena, settings->base_url));
	transport->smtp = s;
	*why_r = "libcurl does not start";
	s->ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return s->ended >= 0 &&
	    curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK &&
	    (s->easy = curl_easy_init()) != NULL;
}

static bool
open_plain(struct transport *transport, const char *rest, const char **why_r)
{
	return smtp_open(transport, rest, why_r, "smtp", CURLUSESSL_TRY);
}

static bool
open_starttls(struct transport *transport, const char *rest,
    const char **why_r)
{
	return smtp_open(transport, rest, why_r, "smtp", CURLUSESSL_ALL);
}

static bool
open_smtps(struct transport *transport, const char *rest, const char **why_r)
{
	return smtp_open(transport, rest, why_r, "smtps", CURLUSESSL_ALL);
}

static size_t
give(char *to, size_t size, size_t n, void *ctx)
{
	struct smtp *s = ctx;
	size_t left = s->letter.len - s->read;

	n = size * n < left ? size * n : left;
	memcpy(to, s->letter.text + s->read, n);
	s->read += n;
	return n;
}

/* libcurl calls it at least once a second. */
static int
gives_up(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct smtp *s = ctx;

	(void)a, (void)b, (void)c, (void)d;
	return atomic_load(&s->abandoned);
}

/* What does not depend on the letter. */
static void
set_manners(struct transport *transport)
{
	struct smtp *s = transport->smtp;
	const char *ca = getenv("SSL_CERT_FILE");

	curl_easy_reset(s->easy);
	curl_easy_setopt(s->easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(s->easy, CURLOPT_URL, s->url);
	curl_easy_setopt(s->easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(s->easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(s->easy, CURLOPT_TIMEOUT_MS,
	    (long)(transport->patience / 1000));
	curl_easy_setopt(s->easy, CURLOPT_MAXAGE_CONN, KEPT_SECONDS);
	curl_easy_setopt(s->easy, CURLOPT_USE_SSL, s->tls);
	curl_easy_setopt(s->easy, CURLOPT_SSL_VERIFYPEER, (long)s->verified);
	curl_easy_setopt(s->easy, CURLOPT_SSL_VERIFYHOST,
	    s->verified ? 2L : 0L);
	if (ca != NULL)
		curl_easy_setopt(s->easy, CURLOPT_CAINFO, ca);
	if (s->password != NULL) {
		curl_easy_setopt(s->easy, CURLOPT_USERNAME,
		    transport->settings->mail_user);
		curl_easy_setopt(s->easy, CURLOPT_PASSWORD, s->password);
	}
}

static void
set_letter(struct smtp *s, const struct letter *letter)
{
	s->letter = *letter;
	s->read = 0;
	s->to = curl_slist_append(NULL, letter->to);
	if (s->to == NULL)
		abort();
	curl_easy_setopt(s->easy, CURLOPT_MAIL_FROM, letter->from);
	curl_easy_setopt(s->easy, CURLOPT_MAIL_RCPT, s->to);
	curl_easy_setopt(s->easy, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(s->easy, CURLOPT_READDATA, s);
	curl_easy_setopt(s->easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(s->easy, CURLOPT_INFILESIZE_LARGE,
	    (curl_off_t)letter->len);
	curl_easy_setopt(s->easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(s->easy, CURLOPT_XFERINFOFUNCTION, gives_up);
	curl_easy_setopt(s->easy, CURLOPT_XFERINFODATA, s);
}

static void *
transfer(void *ctx)
{
	struct smtp *s = ctx;

	s->code = curl_easy_perform(s->easy);
	if (eventfd_write(s->ended, 1) != 0)
		abort();
	return NULL;
}

/* Signals are blocked in the dispatcher, and so in its threads. */
static void
smtp_start(struct transport *transport, const struct letter *letter)
{
	struct smtp *s = transport->smtp;

	set_manners(transport);
	set_letter(s, letter);
	atomic_store(&s->abandoned, false);
	if (pthread_create(&s->thread, NULL, transfer, s) != 0)
		abort();
}

/* Waits for the thread's end. */
static void
take_back(struct smtp *s)
{
	eventfd_t n;

	pthread_join(s->thread, NULL);
	(void)eventfd_read(s->ended, &n);
	curl_slist_free_all(s->to);
	s->to = NULL;
}

static void
smtp_abandon(struct transport *transport)
{
	atomic_store(&transport->smtp->abandoned, true);
	take_back(transport->smtp);
}

/* The server answered with a 5xx to the mail itself, not to a login. */
static bool
is_final_code(CURLcode code, long answer)
{
	return answer >= 500 && answer <= 599 &&
	    (code == CURLE_SEND_ERROR || code == CURLE_WEIRD_SERVER_REPLY);
}

static enum sending
smtp_result(struct transport *transport, const char **why_r)
{
	struct smtp *s = transport->smtp;
	struct pollfd end = { .fd = s->ended, .events = POLLIN };
	long answer = 0;

	if (poll(&end, 1, 0) == 0)
		return SENDING;
	take_back(s);
	if (s->code == CURLE_OK)
		return SENT;
	curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &answer);
	snprintf(s->why, sizeof(s->why), "%s (last answer %ld)",
	    curl_easy_strerror(s->code), answer);
	*why_r = s->why;
	return is_final_code(s->code, answer) ? REFUSED : REFUSED_NOW;
}

static void
smtp_wait(struct transport *transport, struct pollfd *fds, unsigned n,
    int milliseconds)
{
	struct pollfd all[FDS_MAX + 1];

	n = n < FDS_MAX ? n : FDS_MAX;
	for (unsigned i = 0; i < n; i++)
		all[i] = fds[i];
	all[n] = (struct pollfd){
		.fd = transport->smtp->ended, .events = POLLIN
	};
	(void)poll(all, n + 1, milliseconds);
	for (unsigned i = 0; i < n; i++)
		fds[i].revents = all[i].revents;
}

/* A kept connection ends without QUIT: its answer may never come. */
static void
smtp_close(struct transport *transport)
{
	struct smtp *s = transport->smtp;
	curl_socket_t fd = CURL_SOCKET_BAD;

	curl_easy_getinfo(s->easy, CURLINFO_ACTIVESOCKET, &fd);
	if (fd != CURL_SOCKET_BAD)
		shutdown(fd, SHUT_RDWR);
	curl_easy_cleanup(s->easy);
	curl_global_cleanup();
	close(s->ended);
}

#define SMTP_CARRIER(name, opener)					\
	{ .scheme = name, .eol = "\r\n", .open = opener,		\
	    .close = smtp_close, .start = smtp_start,			\
	    .result = smtp_result, .abandon = smtp_abandon,		\
	    .wait = smtp_wait }
const struct carrier smtp = SMTP_CARRIER("smtp://", open_plain);
const struct carrier smtp_starttls = SMTP_CARRIER("smtp+starttls://",
    open_starttls);
const struct carrier smtps = SMTP_CARRIER("smtps://", open_smtps);
