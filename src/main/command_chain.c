/* The seals of the trail: verify it, drop a month of it, go on elsewhere. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/command.h"
#include "main/verification.h"
#include "store/redis.h"

#define HEAD_LINE	2100	/* of a log, with what a journal puts before */

static const struct statement find_mac = {
	"chain_mac",
	"SELECT mac, (SELECT coalesce(max(number), 0) FROM audit_batch)"
	" FROM (VALUES (1)) one LEFT JOIN audit_batch ON number = $1::bigint",
};
static const struct statement find_month = {
	"chain_month",
	"SELECT m.rows, m.unsealed, s.number, $1::date::timestamptz,"
	" ($1::date + interval '1 month')::timestamptz,"
	" $1::date + interval '1 month' <= instant()"
	" FROM audit_month($1::date) m, job_audit_end() s",
};
static const struct statement drop = {
	"chain_drop",
	"SELECT audit_drop($1::text, $2::uuid, $3::date, $4::bigint,"
	" $5::bigint, $6::bytea, $7::bytea)",
};
static const struct statement rebase = {
	"chain_rebase",
	"SELECT outcome, rebased, moved FROM audit_rebase($1::text, $2::uuid,"
	" $3::bigint)",
};
const struct statement *const sealing_statements[] = {
	&find_mac, &find_month, &drop, &rebase, NULL
};

/* ------------------------------------------------------------------ heads */

/* Heads that were told, and the first batch that is not as they say. */
struct heads {
	struct command_call	*call;
	int64_t			 count;
	int64_t			 number;	/* of that batch; 0: none */
	bool			 missing;
	int64_t			 end;		/* of the database's chain */
};

static bool
compare_head(struct heads *heads, int64_t number, const char *mac)
{
	struct task		*t = heads->call->task;
	const struct result	*result;
	struct params		 p = { 0 };
	char			 ours[HEX_SIZE(DIGEST_SIZE)];
	const unsigned char	*bytes;
	size_t			 len;

	param_int(&p, t->arena, number);
	if (!pg_do(t, &find_mac, &p, &result))
		return false;
	bytes = row_bytes(&(struct row){ result, 0 }, 0, &len);
	heads->end = row_int(&(struct row){ result, 0 }, 1);
	heads->count++;
	hex_encode(bytes, len == DIGEST_SIZE ? len : 0, ours);
	if (strcmp(ours, mac) != 0 &&
	    (heads->number == 0 || number < heads->number)) {
		heads->number = number;
		heads->missing = len == 0;
	}
	return true;
}

/* The text behind NAME= in a line of the log, in a buffer; "" without. */
static const char *
value_in(const char *line, const char *name, char *buf, size_t size)
{
	const char	*at = strstr(line, name);
	size_t		 len;

	buf[0] = '\0';
	if (at == NULL)
		return buf;
	at += strlen(name);
	len = strcspn(at, " \n\"");
	if (len < size) {
		memcpy(buf, at, len);
		buf[len] = '\0';
	}
	return buf;
}

/* Within quotes it would be what somebody sent us. */
static bool
is_quoted(const char *line, const char *at)
{
	bool	 quoted = false;

	for (; line < at; line++)
		quoted ^= *line == '"';
	return quoted;
}

static bool
compare_line(struct heads *heads, const char *line)
{
	const char	*event = strstr(line, " event=audit_head number=");
	char		 number[24], mac[REDIS_HEAD];
	int64_t		 value;

	if (event == NULL || is_quoted(line, event) ||
	    !text_to_int(value_in(event, " number=", number, sizeof(number)),
	    &value) || value < 1 || strspn(value_in(event, " mac=", mac,
	    sizeof(mac)), "0123456789abcdef") != 2 * DIGEST_SIZE)
		return true;
	return compare_head(heads, value, mac);
}

static bool
compare_file(struct heads *heads, const char *path)
{
	struct task	*t = heads->call->task;
	struct arena	*kept = t->arena;
	bool		 piped = strcmp(path, "-") == 0, good = true;
	FILE		*file = piped ? stdin : fopen(path, "re");
	char		 line[HEAD_LINE];

	if (file == NULL)
		return fail(t, FAULT_BAD_REQUEST, "%s: %s", path,
		    strerror(errno));
	t->arena = arena_new(0);
	while (good && fgets(line, sizeof(line), file) != NULL) {
		good = compare_line(heads, line);
		if (good)
			arena_reset(t->arena);
	}
	if (!piped)
		fclose(file);
	if (!good)
		return false;
	arena_free(t->arena);
	t->arena = kept;
	return true;
}

static struct redis *
open_redis(const struct command_call *call)
{
	if (call->settings->redis[0] == '\0')
		return NULL;
	return redis_new(call->settings->redis, call->settings->redis_prefix);
}

/* Before the snapshot, which a head that is told later may be beyond. */
static bool
compare_heads(struct command_call *call, struct heads *heads)
{
	const char	*path = option(&call->options, "--heads");
	struct redis	*redis = open_redis(call);
	char		 mac[REDIS_HEAD];
	int64_t		 number;
	bool		 good = true;

	*heads = (struct heads){ .call = call };
	if (redis_head(redis, &number, mac))
		good = compare_head(heads, number, mac);
	redis_free(redis);
	if (good && path != NULL)
		good = compare_file(heads, path);
	if (!good || heads->number == 0)
		return good;
	if (heads->missing)
		printf("truncated: the head of batch %lld was told, and the"
		    " database ends at batch %lld\n",
		    (long long)heads->number, (long long)heads->end);
	else
		printf("rewritten: batch %lld is not the one whose head was"
		    " told\n", (long long)heads->number);
	return true;
}

/* ----------------------------------------------------------------- verify */

static void
tell_end(struct verification *v, const struct heads *heads)
{
	if (!v->wrong) {
		printf("%lld rows in %lld batches are as they were sealed"
		    "%s%s\n", (long long)v->rows, (long long)v->number,
		    v->number == 0 ? "" : ", the latest of ",
		    v->number == 0 ? "" : verification_time(v, v->last_at));
		printf("%lld rows are not sealed yet\n",
		    (long long)v->waiting);
	}
	if (v->stale)
		printf("new rows are not sealed: run chartkeep audit rebase\n");
	if (heads->count == 0)
		printf("no head was found to compare with: whether the last"
		    " batches were cut off cannot be seen\n");
}

static int
audit_verify(struct command_call *call)
{
	struct verification	 v;
	struct heads		 heads;

	if (!compare_heads(call, &heads) || !verification_begin(&v, call) ||
	    !verification_run(&v) || !verification_end(&v))
		return failed(call);
	tell_end(&v, &heads);
	return v.wrong || heads.number != 0 ? FAILED : DONE;
}

/* ------------------------------------------------------------------- drop */

/* NULL when the month may go, else why not. */
static const char *
why_not(struct command_call *call, const struct row *row)
{
	if (row_null(row, 0))
		return "there is no partition of that month";
	if (!row_bool(row, 5))
		return "that month is not over";
	if (row_int(row, 1) > 0)
		return arena_printf(call->task->arena,
		    "%lld rows of it are not sealed yet",
		    (long long)row_int(row, 1));
	return NULL;
}

static bool
verify_month(struct command_call *call, struct checkpoint *c, bool *wrong_r)
{
	struct verification	 v;
	bool			 good;

	good = verification_begin(&v, call) && verification_limit(&v, c) &&
	    verification_run(&v);
	*wrong_r = good && v.wrong;
	checkpoint_sign(v.key, c);
	return good && verification_end(&v);
}

static bool
drop_month(struct command_call *call, const char *day,
    const struct checkpoint *c)
{
	struct params	 p;
	struct row	 row;

	command_params(call, &p);
	param_text(&p, day);
	param_int(&p, call->task->arena, c->batch);
	param_int(&p, call->task->arena, c->rows);
	param_bytes(&p, c->digest, DIGEST_SIZE);
	param_bytes(&p, c->mac, DIGEST_SIZE);
	return outcome_is_ok(call, &drop, &p, &row);
}

static bool
is_month(const char *text)
{
	int	 year, month, end = 0;

	return strspn(text, "0123456789-") == 7 && sscanf(text,
	    "%4d-%2d%n", &year, &month, &end) == 2 && end == 7 &&
	    year >= 1970 && month >= 1 && month <= 12 && text[7] == '\0';
}

static int
audit_drop(struct command_call *call)
{
	const char		*day, *why;
	const struct result	*result;
	struct params		 p = { 0 };
	struct checkpoint	 c = { .rows = 0 };
	struct row		 row;
	bool			 wrong;

	if (!is_month(call->words[0]))
		return misused("%s is no month like 2026-01", call->words[0]);
	day = arena_printf(call->task->arena, "%s-01", call->words[0]);
	param_text(&p, day);
	if (!pg_do(call->task, &find_month, &p, &result))
		return failed(call);
	row = (struct row){ result, 0 };
	why = why_not(call, &row);
	if (why != NULL)
		return refused("%s", why);
	c.batch = row_int(&row, 2);
	c.from = row_time(&row, 3);
	c.upto = row_time(&row, 4);
	if (!verify_month(call, &c, &wrong))
		return failed(call);
	if (wrong)
		return refused("nothing was dropped");
	if (!drop_month(call, day, &c))
		return failed(call);
	printf("%lld rows of %s are dropped; a signed checkpoint tells so\n",
	    (long long)c.rows, call->words[0]);
	return DONE;
}

/* ----------------------------------------------------------------- rebase */

static int
audit_rebase(struct command_call *call)
{
	const char	*lost = option(&call->options, "--lost");
	struct redis	*redis;
	struct params	 p;
	struct row	 row;
	struct heads	 heads;
	int64_t		 number = 0;

	if (lost != NULL && (!text_to_int(lost, &number) || number < 1))
		return misused("%s is not the number of a batch", lost);
	if (!compare_heads(call, &heads))
		return failed(call);
	if (heads.number != number)
		return heads.number == 0 ?
		    refused("no head is lost: nothing was done") :
		    refused("nothing was done; --lost %lld gives up what was"
		    " sealed since", (long long)heads.number);
	command_params(call, &p);
	if (lost == NULL)
		param_text(&p, NULL);
	else
		param_int(&p, call->task->arena, number);
	if (!outcome_is_ok(call, &rebase, &p, &row))
		return failed(call);
	redis = open_redis(call);
	redis_head_forget(redis);
	redis_free(redis);
	if (row_bool(&row, 1))
		printf("transactions go on behind the last seal; %lld rows that"
		    " were written since the restore come after it\n",
		    (long long)row_int(&row, 2));
	else
		printf("transactions go on behind the last seal already\n");
	printf("the head in Redis is forgotten; heads in a log from before"
	    " this do not count any more\n");
	return DONE;
}

static const struct option_row verify_options[] = {
	{ "--heads", "FILE", "a log with heads to compare with (-: standard input)" },
};

static const struct option_row rebase_options[] = {
	{ "--heads", "FILE", "a log with heads to compare with (-: standard input)" },
	{ "--lost",  "N",    "the head of batch N was told, and is given up" },
};

const struct command sealing_commands[] = {
	{ "audit verify", "", 0, 0, audit_verify, NEEDS_SETTINGS | NEEDS_KEYRING | NEEDS_DATABASE,
	    "names the first row that is not as it was sealed", ROWS(verify_options) },
	{ "audit drop", "YYYY-MM", 1, 1, audit_drop,
	    NEEDS_SETTINGS | NEEDS_KEYRING | NEEDS_DATABASE,
	    "drops a month of the trail, and leaves a signed checkpoint" },
	{ "audit rebase", "", 0, 0, audit_rebase, NEEDS_SETTINGS | NEEDS_DATABASE,
	    "lets the seals go on after a restore from a dump", ROWS(rebase_options) },
	{ NULL }
};
