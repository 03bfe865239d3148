/*
 * Batches: rows are collected as text, checked, given their owners' keys,
 * sealed into arrays and written by one statement.  A batch that the
 * database refuses is halved until the row at fault stands alone.
 */

#include "model/loader.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/settings.h"
#include "crypto/digest.h"
#include "model/loader_inside.h"
#include "store/row.h"

static const struct statement zone = {
	"load_zone", "SELECT set_config('TimeZone', $1::text, false)",
};
static const struct statement keys = {
	"load_keys",
	"SELECT k.id, k.uid, k.kek, k.wrapped, k.account_uid, k.account_id"
	" FROM data_key k WHERE k.account_id = ANY ($1::bigint[])",
};

struct pg *
loader_connection(const char *conninfo)
{
	static const struct statement	*all[32] = { &zone, &keys };
	size_t				 n = 2;

	for (size_t i = 0; i < load_table_count; i++) {
		assert(n + 2 <= COUNT_OF(all));
		all[n++] = &load_table_rows[i].insert;
		all[n++] = &load_table_rows[i].advance;
	}
	return pg_new(conninfo, "-c statement_timeout=0 -c lock_timeout=60s"
	    " -c idle_in_transaction_session_timeout=0", NULL, all, n);
}

bool
load_zone(struct task *t)
{
	struct params	 p = { 0 };

	if (!pg_ready(t))
		return false;
	param_text(&p, t->settings->time_zone);
	return pg_do(t, &zone, &p, NULL);
}

void
load_begin(struct load_batch *b, struct task *t,
    const struct load_table *table, const struct load_watch *watch,
    struct load_count *count)
{
	*b = (struct load_batch){
		.task = t, .arena = arena_new(1 << 20), .table = table,
		.watch = watch, .count = count
	};
}

void
load_refuse(struct load_batch *b, struct load_row *row, const char *why)
{
	if (row->why != NULL)
		return;
	row->why = why;
	b->count->refused++;
	b->watch->refused(b->watch->ctx, b->table->name, row->place, why);
}

bool
load_put(struct load_batch *b, struct load_row *row, const char *name,
    const char *value, size_t len)
{
	for (size_t i = 0; i < b->table->ncolumns; i++) {
		if (b->table->columns[i].name[0] == '\0' ||
		    strcmp(b->table->columns[i].name, name) != 0)
			continue;
		row->values[i] = arena_copy(b->arena, value, len);
		b->bytes += len;
		return true;
	}
	return false;
}

static void
check_row(struct load_batch *b, struct load_row *row)
{
	for (size_t i = 0; i < b->table->ncolumns; i++) {
		const struct load_column	*c = &b->table->columns[i];
		const char			*why = NULL;

		if (row->values[i] == NULL && c->flags & LOAD_REQUIRED)
			why = "is missing";
		else if (c->kind->check != NULL)
			why = c->kind->check(b, row, c, &row->values[i]);
		if (why != NULL) {
			load_refuse(b, row, arena_printf(b->arena, "%s %s",
			    c->name, why));
			return;
		}
	}
}

/* The rows that are left, in front. */
static void
drop_refused(struct load_batch *b)
{
	size_t	 n = 0;

	for (size_t i = 0; i < b->n; i++) {
		if (b->rows[i].why == NULL)
			b->rows[n++] = b->rows[i];
	}
	b->n = n;
}

static int
owner_column(const struct load_table *table)
{
	for (size_t i = 0; i < table->ncolumns; i++) {
		if (table->columns[i].flags & LOAD_OWNER)
			return (int)i;
	}
	return -1;
}

/* The accounts' keys, by account, for one batch. */
struct held_key {
	int64_t		 account;
	struct data_key	 key;
};

static int
by_account(const void *a, const void *b)
{
	const struct held_key	*x = a, *y = b;

	return (x->account > y->account) - (x->account < y->account);
}

static bool
open_keys(struct load_batch *b, const struct result *result,
    struct held_key *held)
{
	for (int i = 0; i < result_rows(result); i++) {
		struct row		 row = { result, i };
		const struct data_key	*key;

		if (!key_of_row(b->task, &row, 0, &key))
			return false;
		held[i].account = row_int(&row, KEY_COLUMNS);
		held[i].key = *key;
	}
	qsort(held, (size_t)result_rows(result), sizeof(*held), by_account);
	return true;
}

static bool
fetch_keys(struct load_batch *b, int owner, const struct result **result_r)
{
	struct params	 p = { 0 };
	struct array	 accounts;
	int64_t		 last = 0, account;

	array_init(&accounts, b->arena, ARRAY_INT, 12 * b->n);
	for (size_t i = 0; i < b->n; i++) {
		if (!text_to_int(b->rows[i].values[owner], &account) ||
		    account == last)
			continue;
		array_int(&accounts, account);
		last = account;
	}
	array_param(&accounts, &p);
	return pg_do(b->task, &keys, &p, result_r);
}

/* Gives each row its owner's key. */
static bool
find_keys(struct load_batch *b)
{
	int			 owner = owner_column(b->table);
	const struct result	*result;
	struct held_key		*held, wanted;

	if (owner < 0 || b->n == 0)
		return true;
	if (!fetch_keys(b, owner, &result))
		return false;
	held = arena_alloc(b->arena, (size_t)result_rows(result) *
	    sizeof(*held));
	if (!open_keys(b, result, held))
		return false;
	for (size_t i = 0; i < b->n; i++) {
		struct held_key	*found;

		if (!text_to_int(b->rows[i].values[owner], &wanted.account))
			continue;
		found = bsearch(&wanted, held, (size_t)result_rows(result),
		    sizeof(*held), by_account);
		if (found != NULL)
			b->rows[i].key = &found->key;
		else
			load_refuse(b, &b->rows[i], "there is no such"
			    " account");
	}
	drop_refused(b);
	return true;
}

/* One array for each column. */
static void
put_rows(struct load_batch *b, size_t from, size_t n, struct params *p)
{
	for (size_t i = 0; i < b->table->ncolumns; i++) {
		const struct load_column	*c = &b->table->columns[i];
		struct array			 a;

		array_init(&a, b->arena, c->kind->type, 24 * n);
		for (size_t k = from; k < from + n; k++)
			c->kind->put(&a, b, &b->rows[k], c,
			    b->rows[k].values[i]);
		array_param(&a, p);
	}
}

/* The greatest id that the rows bring, 0 for none; ids stand first. */
static int64_t
greatest_id(const struct load_batch *b, size_t from, size_t n)
{
	int64_t	 greatest = 0, id;

	for (size_t k = from; k < from + n; k++) {
		if (b->rows[k].values[0] != NULL &&
		    text_to_int(b->rows[k].values[0], &id) && id > greatest)
			greatest = id;
	}
	return greatest;
}

static bool
write_rows(struct load_batch *b, size_t from, size_t n)
{
	const struct result	*results[2];
	struct params		 p = { 0 }, q = { 0 };
	int64_t			 id = greatest_id(b, from, n);

	param_text(&p, b->task->request_id);
	put_rows(b, from, n, &p);
	pg_queue(b->task, &b->table->insert, &p);
	if (id > 0) {
		param_int(&q, b->arena, id);
		pg_queue(b->task, &b->table->advance, &q);
	}
	return pg_run(b->task, results, id > 0 ? 2 : 1);
}

/* Constraints have telling names: "record_doctor_id_fkey". */
static const char *
why_not(struct task *t)
{
	const char	*constraint = pg_constraint(t->pg);

	return constraint[0] == '\0' ? t->fault.text :
	    arena_printf(t->arena, "%s: %s", constraint, t->fault.text);
}

/* False only when it can't go on. */
static bool
write_or_halve(struct load_batch *b, size_t from, size_t n)
{
	if (n == 0)
		return true;
	if (write_rows(b, from, n)) {
		b->count->accepted += (int64_t)n;
		return true;
	}
	if (b->task->fault.code == FAULT_UNAVAILABLE)
		return false;
	if (n == 1)
		load_refuse(b, &b->rows[from], why_not(b->task));
	fault_clear(b->task);
	return n == 1 || (write_or_halve(b, from, n / 2) &&
	    write_or_halve(b, from + n / 2, n - n / 2));
}

static bool
flush(struct load_batch *b)
{
	struct arena	*kept = b->task->arena;
	bool		 good;

	/* Results and faults of the batch go with it. */
	b->task->arena = b->arena;
	for (size_t i = 0; i < b->n; i++)
		check_row(b, &b->rows[i]);
	drop_refused(b);
	good = find_keys(b) && write_or_halve(b, 0, b->n);
	b->task->arena = kept;
	if (!good)
		b->task->fault.text = arena_text(kept, b->task->fault.text);
	b->watch->progress(b->watch->ctx, b->table->name, b->count);
	arena_reset(b->arena);
	b->rows = NULL;
	b->n = b->bytes = 0;
	return good;
}

struct load_row *
load_row(struct load_batch *b)
{
	struct load_row	*row;

	if ((b->n == LOAD_ROWS || b->bytes > LOAD_BYTES) && !flush(b))
		return NULL;
	if (b->rows == NULL)
		b->rows = arena_alloc(b->arena, LOAD_ROWS *
		    sizeof(*b->rows));
	row = &b->rows[b->n++];
	row->place = ++b->place;
	return row;
}

bool
load_end(struct load_batch *b)
{
	bool	 good = flush(b);

	arena_free(b->arena);
	return good;
}
