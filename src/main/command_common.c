/* What several commands do. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "main/command.h"

static const struct statement find_account = {
	"command_find_account",
	"SELECT id FROM account WHERE archived_at IS NULL AND (id = CASE WHEN"
	" $1::text ~ '^[0-9]{1,18}$' THEN $1::text::bigint END"
	" OR email = lower($1::text) OR username = lower($1::text)) LIMIT 1",
};

const struct statement *const common_statements[] = { &find_account, NULL };

static void
complain(const char *format, va_list args)
{
	fflush(stdout);
	fputs("chartkeep: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int
refused(const char *format, ...)
{
	va_list	 args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	return FAILED;
}

int
misused(const char *format, ...)
{
	va_list	 args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	return USAGE;
}

int
failed(struct command_call *call)
{
	const struct fault	*f = &call->task->fault;

	if (f->code == FAULT_UNAVAILABLE && call->task->pg != NULL &&
	    pg_why(call->task->pg)[0] != '\0')
		return refused("the database is not ready: %s",
		    pg_why(call->task->pg));
	return refused("%s", f->text != NULL ? f->text :
	    fault_kinds[f->code].doc);
}

void
command_params(struct command_call *call, struct params *p)
{
	*p = (struct params){ .n = 0 };
	param_text(p, arena_printf(call->task->arena, "chartkeep %s",
	    call->command->name));
	param_text(p, call->task->request_id);
}

bool
account_named(struct command_call *call, const char *text,
    int64_t *account_r)
{
	const struct result	*result;
	struct params		 p = { 0 };
	struct row		 row;

	param_text(&p, text);
	if (!pg_do(call->task, &find_account, &p, &result))
		return false;
	if (result_rows(result) != 1)
		return fail(call->task, FAULT_NOT_FOUND,
		    "there is no account \"%s\"", text);
	row = (struct row){ result, 0 };
	*account_r = row_int(&row, 0);
	return true;
}

/* What SQL's outcomes mean. */
static const char *
outcome_text(const char *outcome)
{
	static const struct {
		const char	*outcome, *text;
	} texts[] = {
		{ "missing",    "there is no such row" },
		{ "changed",    "it has changed meanwhile: try again" },
		{ "exists",     "the e-mail address or username is taken" },
		{ "forbidden",  "the owner of the database may do this only" },
		{ "last admin", "it is the last administrator" },
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		if (strcmp(texts[i].outcome, outcome) == 0)
			return texts[i].text;
	}
	return outcome;
}

bool
outcome_is_ok(struct command_call *call, const struct statement *statement,
    const struct params *p, struct row *row_r)
{
	const struct result	*result;
	const char		*outcome;

	if (!pg_do(call->task, statement, p, &result))
		return false;
	*row_r = (struct row){ result, 0 };
	if (result_rows(result) == 0)
		outcome = "missing";
	else
		outcome = row_text(row_r, 0);
	if (strcmp(outcome, "ok") == 0)
		return true;
	return fail(call->task, FAULT_CONFLICT, "%s", outcome_text(outcome));
}

/* Statements of lists cast their columns to text. */
static const char *
cell(const struct result *result, int row, size_t column)
{
	struct row	 r = { result, row };
	const char	*text = row_text(&r, (int)column);

	return text != NULL ? text : "-";
}

void
print_rows(const struct result *result, const char *const *heads, size_t n)
{
	size_t	 width[16] = { 0 };

	for (size_t c = 0; c < n; c++) {
		width[c] = strlen(heads[c]);
		for (int r = 0; r < result_rows(result); r++) {
			size_t	 len = text_length(cell(result, r, c));

			if (len > width[c])
				width[c] = len;
		}
	}
	for (int r = -1; r < result_rows(result); r++) {
		for (size_t c = 0; c < n; c++) {
			const char	*text = r < 0 ? heads[c] :
					    cell(result, r, c);
			size_t		 pad = c + 1 == n ? 0 :
					    width[c] - text_length(text) + 2;

			printf("%s%*s", text, (int)pad, "");
		}
		putchar('\n');
	}
}
