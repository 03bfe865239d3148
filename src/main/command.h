#ifndef CK_MAIN_COMMAND_H
#define CK_MAIN_COMMAND_H

/*
 * The administrator's commands: one row each.  A command works as the owner
 * of the database (setting admin_database), with constant statements, and
 * every change that it makes has an audit row of role 'system'.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/settings.h"
#include "base/task.h"
#include "crypto/keyring.h"
#include "main/options.h"
#include "store/pg.h"
#include "store/row.h"

/* Exit statuses; in the manual page chartkeep(8). */
enum { DONE = 0, FAILED = 1, USAGE = 2, BAD_SETUP = 78 };

/* What a command finds ready; without any: the command line alone. */
enum { NEEDS_SETTINGS = 1, NEEDS_KEYRING = 2, NEEDS_DATABASE = 4 };

struct command;

struct command_call {
	const struct command	*command;
	struct task		*task;
	struct options		 options;
	const char		**words;	/* behind the command's name */
	int			 nwords;
	const char		*path;		/* of the configuration */
	struct settings		*settings;
	struct keyring		*keyring;
};

struct command {
	const char		*name;		/* "user add" */
	const char		*words;		/* "NAME [VALUE]" for help */
	int			 least, most;	/* words that it takes */
	int			(*run)(struct command_call *);
	unsigned		 needs;
	const char		*help;
	const struct option_row	*options;
	size_t			 noptions;
};

/* The rows of each file. */
extern const struct command user_commands[], account_commands[],
    member_commands[], key_commands[], check_commands[], show_commands[],
    audit_commands[], load_commands[], status_commands[],
    access_commands[], sealing_commands[];

/* Statements of each file, prepared for commands that need the database. */
extern const struct statement *const user_statements[];
extern const struct statement *const administered_statements[];
extern const struct statement *const member_statements[];
extern const struct statement *const rewrap_statements[];
extern const struct statement *const trail_statements[];
extern const struct statement *const sealing_statements[];
extern const struct statement *const process_statements[];
extern const struct statement *const common_statements[];

/* From argv on; the exit status. */
int	 commands_run(const char **argv);

/* Says the task's fault, or the reason, on stderr: "chartkeep: ..." */
int	 failed(struct command_call *);			/* FAILED */
int	 refused(const char *, ...) PRINTF_LIKE(1, 2);	/* FAILED */
int	 misused(const char *, ...) PRINTF_LIKE(1, 2);	/* USAGE */

/*
 * The first parameters of audited statements: $1 route ("chartkeep user
 * add"), $2 request id.
 */
void	 command_params(struct command_call *, struct params *);

/*
 * The live account that the text names: a number, an e-mail address or a
 * username.
 */
bool	 account_named(struct command_call *, const char *text,
	    int64_t *account_r) MUST_USE;

/* Runs a statement whose one row begins with an outcome; "ok" is good. */
bool	 outcome_is_ok(struct command_call *, const struct statement *,
	    const struct params *, struct row *row_r) MUST_USE;

/* Prints a table: the result's columns as text, headed by `heads`. */
void	 print_rows(const struct result *, const char *const *heads,
	    size_t n);

/*
 * The connection is for the migrator, not for the other commands'
 * statements.
 */
struct pg	*command_connection(struct command_call *,
		    const char *conninfo);

#endif
