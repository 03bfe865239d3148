/*
 * `chartkeep access-test`: who gets what, tried out on the real server with
 * the installation's permission matrix, beside its data.
 */

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "main/access_eval.h"
#include "main/access_place.h"
#include "main/access_play.h"
#include "main/access_stage.h"
#include "main/command.h"

#define EVAL_FILE	CK_DATADIR "/chartkeep/access.eval"
#define EVAL_LIMIT	((size_t)1 << 20)

static bool
read_eval(struct command_call *call, struct eval *eval_r)
{
	struct arena	*arena = call->task->arena;
	const char	*path = call->nwords > 0 ? call->words[0] : EVAL_FILE;
	struct buf	 text;
	char		 why[512];

	buf_init(&text, arena, 0);
	return (file_read(path, EVAL_LIMIT, &text, why, sizeof(why)) &&
	    eval_read(eval_r, arena, path, text.data, why, sizeof(why))) ||
	    fail(call->task, FAULT_BAD_REQUEST, "%s", why);
}

static bool
choose_matrix(struct command_call *call)
{
	const char	*matrix = option(&call->options, "--matrix");
	int64_t		 differing;

	if (matrix != NULL && strcmp(matrix, "initial") == 0) {
		printf("matrix: the initial one\n");
		return true;
	}
	if (!access_take_matrix(call->task, &differing))
		return false;
	printf("matrix: this installation's; %lld of its rows are not the"
	    " initial ones\n", (long long)differing);
	return true;
}

static bool
play(struct command_call *call, struct play *p)
{
	int64_t	 start;

	if (!place_make(p->place) || !choose_matrix(call))
		return false;
	play_compare(p);
	start = clock_monotonic();
	if (!play_all(p))
		return false;
	printf("%d routes, %d cases: %d not as expected, %d closed by the"
	    " matrix, %d skipped; %.1f s\n", p->routes, p->cases, p->wrong,
	    p->closed, p->skipped,
	    (double)(clock_monotonic() - start) / SECOND);
	return true;
}

static int
run_access_test(struct command_call *call)
{
	const char		*matrix = option(&call->options, "--matrix");
	struct eval		 eval;
	struct access_place	 place = {
		.task = call->task, .settings = call->settings,
		.user = option(&call->options, "--user"),
		.owner = option(&call->options, "--owner"),
	};
	struct play		 p = {
		.place = &place, .eval = &eval,
		.verbose = option(&call->options, "--verbose") != NULL
	};
	bool			 played, dropped;

	if (matrix != NULL && strcmp(matrix, "own") != 0 &&
	    strcmp(matrix, "initial") != 0)
		return misused("--matrix takes own or initial");
	if (!read_eval(call, &eval))
		return failed(call);
	played = play(call, &p);
	fflush(stdout);
	if (p.broke)
		place_show_log(&place);
	dropped = place_drop(&place);
	if (!played || !dropped)
		return failed(call);
	return p.wrong > 0 ? FAILED : DONE;
}

static const struct option_row access_options[] = {
	{ "--matrix",  "MATRIX", "own: this installation's (default); initial: the first one" },
	{ "--user",    "NAME",   "as root: the server runs as this user, not the keyring's owner" },
	{ "--owner",   "NAME",   "as root: the owner of the database logs in as this user" },
	{ "--verbose", NULL,     "tell of every case" },
};

const struct command access_commands[] = {
	{ "access-test", "[FILE]", 0, 1, run_access_test, NEEDS_SETTINGS,
	    "plays who may see and do what, in a scratch schema", ROWS(access_options) },
	{ NULL }
};
