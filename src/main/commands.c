/*
 * From a command line to a row: find it, read its options, make ready what
 * it needs, run it.  Help is printed from the rows.
 */

#include <stdio.h>
#include <string.h>

#include "api/openapi.h"
#include "base/log.h"
#include "crypto/random.h"
#include "main/command.h"
#include "main/settings.h"
#include "main/verification.h"
#include "model/schema.h"
#include "model/service.h"
#include "model/statement.h"

#define STATEMENTS_MAX	64

static const struct option_row program_options[] = {
	{ "-c",        "FILE", "the configuration (" SETTINGS_FILE ")" },
	{ "--version", NULL,   "the program's version" },
	{ "--help",    NULL,   "this" },
};

static const struct option_row help_option = {
	"--help", NULL, "this"
};

static int	 run_help(struct command_call *);

static const struct command help_commands[] = {
	{ "help", "[COMMAND]", 0, 3, run_help, 0, "says what a command does" },
	{ NULL }
};

static const struct command *const groups[] = {
	check_commands, load_commands, user_commands, account_commands,
	member_commands, key_commands, show_commands, audit_commands,
	sealing_commands, status_commands, access_commands, help_commands
};

/* How many of the words are the command's name; 0: they are not. */
static int
words_in_name(const struct command *c, const char **words, int nwords)
{
	const char	*name = c->name;

	for (int n = 0; n < nwords; n++) {
		size_t	 len = strcspn(name, " ");

		if (strlen(words[n]) != len ||
		    memcmp(words[n], name, len) != 0)
			return 0;
		if (name[len] == '\0')
			return n + 1;
		name += len + 1;
	}
	return 0;
}

static const struct command *
command_named(const char **words, int nwords, int *taken_r)
{
	for (size_t i = 0; i < COUNT_OF(groups); i++) {
		for (const struct command *c = groups[i]; c->name != NULL;
		    c++) {
			*taken_r = words_in_name(c, words, nwords);
			if (*taken_r > 0)
				return c;
		}
	}
	return NULL;
}

static void
print_command(const struct command *c)
{
	printf("Usage: chartkeep [-c FILE] %s %s%s\n%s.\n\n", c->name,
	    c->words, c->noptions > 0 ? " [OPTIONS]" : "", c->help);
	options_print(c->options, c->noptions);
	options_print(&help_option, 1);
}

/* All commands, or those whose name begins with the word. */
static int
print_commands(const char *first)
{
	char	 left[64];
	int	 n = 0;

	for (size_t i = 0; i < COUNT_OF(groups); i++) {
		for (const struct command *c = groups[i]; c->name != NULL;
		    c++) {
			if (first != NULL && !text_starts(c->name, first))
				continue;
			snprintf(left, sizeof(left), "%s %s", c->name,
			    c->words);
			printf("  %-34s %s\n", left, c->help);
			n++;
		}
	}
	return n;
}

static int
print_program(void)
{
	printf("Usage: chartkeep [-c FILE] COMMAND ...\n"
	    "Administers a health record server; see chartkeep(8).\n\n");
	options_print(ROWS(program_options));
	printf("\nCommands:\n");
	print_commands(NULL);
	printf("\nExit: 0 done, 1 failed, 2 usage, 78 bad configuration or"
	    " keys.\n");
	return DONE;
}

static int
run_help(struct command_call *call)
{
	const struct command	*c;
	int			 taken;

	if (call->nwords == 0)
		return print_program();
	c = command_named(call->words, call->nwords, &taken);
	if (c != NULL)
		print_command(c);
	else if (print_commands(call->words[0]) == 0)
		return misused("there is no command %s", call->words[0]);
	return DONE;
}

static size_t
add_all(const struct statement **to, size_t n,
    const struct statement *const *list)
{
	while (*list != NULL && n < STATEMENTS_MAX)
		to[n++] = *list++;
	return n;
}

struct pg *
command_connection(struct command_call *call, const char *conninfo)
{
	static const struct statement *const *const lists[] = {
		common_statements, user_statements, administered_statements,
		member_statements, rewrap_statements, trail_statements,
		sealing_statements, verification_statements,
		verification_table_statements,
		process_statements, schema_statements, service_statements
	};
	const struct statement	**all;
	size_t			 n = 0;

	all = arena_alloc(call->task->arena, STATEMENTS_MAX * sizeof(*all));
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		n = add_all(all, n, lists[i]);
	return pg_new(conninfo, "-c statement_timeout=0 -c lock_timeout=30s",
	    NULL, all, n);
}

/* The exit status when something is missing, or DONE. */
static int
make_ready(struct command_call *call)
{
	struct task	*t = call->task;
	unsigned	 needs = call->command->needs;
	char		 why[512];

	if (needs != 0 && !settings_read(call->settings, t->arena, call->path,
	    why, sizeof(why))) {
		refused("%s", why);
		return BAD_SETUP;
	}
	if (needs != 0 && strcmp(call->settings->log_level, "debug") == 0)
		log_set_level("debug");
	if (needs & NEEDS_KEYRING && !keyring_load(call->keyring,
	    call->settings->keyring, why, sizeof(why))) {
		refused("%s", why);
		return BAD_SETUP;
	}
	t->settings = call->settings;
	t->keyring = call->keyring;
	if (!(needs & NEEDS_DATABASE))
		return DONE;
	t->pg = command_connection(call, call->settings->admin_database);
	return pg_ready(t) ? DONE : failed(call);
}

static int
run_command(struct command_call *call, const char **argv)
{
	const struct command	*c = call->command;
	struct option_row	 rows[OPTIONS_MAX];
	char			 why[256];
	int			 status;

	for (size_t i = 0; i < c->noptions; i++)
		rows[i] = c->options[i];
	rows[c->noptions] = help_option;
	if (!options_read(&call->options, rows, c->noptions + 1, false, argv,
	    why, sizeof(why)))
		return misused("%s: %s", c->name, why);
	call->words = call->options.words;
	call->nwords = call->options.nwords;
	if (option(&call->options, "--help") != NULL) {
		print_command(c);
		return DONE;
	}
	if (call->nwords < c->least || call->nwords > c->most)
		return misused("usage: chartkeep %s %s", c->name, c->words);
	status = make_ready(call);
	if (status == DONE)
		status = c->run(call);
	if (call->task->pg != NULL)
		pg_free(call->task->pg);
	return status;
}

static int
start_command(const struct command *command, const char *path,
    const char **argv)
{
	static struct settings	 settings;
	static struct keyring	 keyring;
	struct task		 task = { .arena = arena_new(0) };
	unsigned char		 uuid[16];
	struct command_call	 call = {
		.command = command, .task = &task, .path = path,
		.settings = &settings, .keyring = &keyring,
	};
	struct arena		*texts = arena_new(0);
	int			 status;

	random_uuid(uuid);
	uuid_print(uuid, task.request_id);
	tables_announce();
	statements_make(texts);
	status = run_command(&call, argv);
	keyring_wipe(&keyring);
	arena_free(task.arena);
	arena_free(texts);
	return status;
}

int
commands_run(const char **argv)
{
	struct options		 o;
	const struct command	*command;
	const char		*path;
	char			 why[256];
	int			 taken;

	log_set_level("warn");
	if (!options_read(&o, ROWS(program_options), true, argv, why,
	    sizeof(why)))
		return misused("%s", why);
	if (option(&o, "--version") != NULL) {
		printf("chartkeep %s\n", CK_VERSION);
		return DONE;
	}
	if (option(&o, "--help") != NULL)
		return print_program();
	if (o.nwords == 0)
		return misused("which command? see chartkeep --help");
	command = command_named(o.words, o.nwords, &taken);
	if (command == NULL && o.nwords >= 1 &&
	    print_commands(o.words[0]) > 0)
		return USAGE;
	if (command == NULL)
		return misused("there is no command %s", o.words[0]);
	path = option(&o, "-c");
	return start_command(command, path != NULL ? path : SETTINGS_FILE,
	    o.words + taken);
}
