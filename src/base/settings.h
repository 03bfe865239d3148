#ifndef CK_BASE_SETTINGS_H
#define CK_BASE_SETTINGS_H

/*
 * What the administrator decides.  Plain values; main/settings.c has the
 * table that reads, checks and documents them.  Read-only after start.
 * Times are microseconds, sizes bytes, lists NULL-terminated.
 */

#include <stdbool.h>
#include <stdint.h>

struct rate {
	int64_t		 count;		/* at most so many ... */
	int64_t		 period;	/* ... in this time */
};

struct settings {
	const char	*listen;	/* unix:PATH or ADDRESS:PORT */
	int64_t		 workers;
	int64_t		 requests_per_worker;
	int64_t		 request_timeout;
	const char	*database;	/* libpq, the workers' */
	const char	*admin_database; /* libpq, the owner's */
	const char	*redis;		/* unix:PATH, HOST:PORT; "" none */
	const char	*redis_prefix;
	const char	*keyring;
	const char	*sql_directory;
	const char	*prefix;	/* of every path, "" or "/chartkeep" */
	const char	**hosts;	/* names served; "*": any */
	const char	*base_url;	/* no slash at its end */
	const char	**cors_origins;
	const char	**surfaces;
	const char	*registration;	/* open, patients, closed */
	int64_t		 token_lifetime;
	int64_t		 idle_limit;
	int64_t		 refresh_lifetime;
	const char	*time_zone;
	bool		 audit_lazy;	/* audit_reads = lazy */
	int64_t		 audit_seal;	/* 0: never */
	const char	*mail;		/* smtp://, sendmail:PATH, none */
	const char	*mail_from;
	const char	*mail_user;
	const char	*mail_password_file;
	bool		 mail_reminder_text;
	int64_t		 reminder_grace;
	const char	**metrics_peers;
	int64_t		 body_limit;
	const char	*log_level;
	struct rate	 login_per_account_peer;
	struct rate	 login_per_account;
	struct rate	 login_per_peer;
	struct rate	 registrations_per_peer;
	struct rate	 invitations_per_account;
	struct rate	 invitations_per_peer;
};

#endif
