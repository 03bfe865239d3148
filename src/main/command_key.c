/*
 * The keyring.  A rotation is two steps, because running servers must have
 * read the new key before data keys are wrapped with it: rotate, reload,
 * rewrap.
 */

#include <stdio.h>
#include <string.h>

#include "crypto/digest.h"
#include "crypto/seal.h"
#include "main/command.h"
#include "store/array.h"

#define REWRAP_ROWS	1000

static const struct statement count_keys = {
	"command_key_count",
	"SELECT kek, count(*) FROM data_key GROUP BY kek ORDER BY kek",
};

static const struct statement find_old = {
	"command_key_find",
	"SELECT id, uid, kek, wrapped, account_uid FROM data_key"
	" WHERE kek <> $1::text AND id > $2::bigint ORDER BY id"
	" LIMIT $3::integer",
};

/* Whatever was wrapped anew meanwhile is left alone. */
static const struct statement rewrap = {
	"command_key_rewrap",
	"WITH fresh AS (UPDATE data_key k SET kek = $3::text,"
	" wrapped = n.fresh FROM unnest($4::bigint[], $5::bytea[],"
	" $6::bytea[]) AS n (id, old, fresh) WHERE k.id = n.id"
	" AND k.wrapped = n.old RETURNING k.account_id),"
	" logged AS (INSERT INTO audit (role, route, action, outcome,"
	" patients, request_id) SELECT 'system', $1::text, 'rewrap', 'ok',"
	" array_agg(account_id), $2::uuid FROM fresh)"
	" SELECT 'ok'::text, count(*) FROM fresh",
};

const struct statement *const rewrap_statements[] = {
	&count_keys, &find_old, &rewrap, NULL
};

static int
key_new(struct command_call *call)
{
	char	 why[512];

	if (!keyring_create(call->settings->keyring, why, sizeof(why)))
		return refused("%s", why);
	printf("%s: made.  Keep a copy apart from the database's: without it"
	    " no record opens.\n", call->settings->keyring);
	return DONE;
}

static int
key_rotate(struct command_call *call)
{
	const char	*path = call->settings->keyring;
	char		 kek[KEYRING_ID], sign[KEYRING_ID], why[512];

	if (!keyring_add_kek(path, kek, why, sizeof(why)) ||
	    !keyring_add_sign(path, sign, why, sizeof(why)))
		return refused("%s", why);
	printf("kek %s and signing key %s are current.\n"
	    "Now reload every server (systemctl reload chartkeep), then:"
	    " chartkeep key rewrap\n", kek, sign);
	return DONE;
}

/* One row's key under the current kek, into the arrays. */
static bool
rewrap_row(struct command_call *call, const struct row *row,
    struct array arrays[3])
{
	char			 aad[SEAL_AAD_SIZE];
	unsigned char		 fresh[SEAL_WRAPPED];
	const unsigned char	*old;
	const char		*kek;
	struct data_key		 key;
	size_t			 len;

	seal_key_aad(aad, sizeof(aad), row_uuid(row, 1), row_uuid(row, 4));
	old = row_bytes(row, 3, &len);
	if (!seal_unwrap(call->keyring, row_text(row, 2), aad, old, len, &key))
		return fail(call->task, FAULT_INTERNAL, "data key %lld does"
		    " not open with kek %s", (long long)row_int(row, 0),
		    row_text(row, 2));
	seal_wrap(call->keyring, &key, aad, fresh, &kek);
	wipe(&key, sizeof(key));
	array_int(&arrays[0], row_int(row, 0));
	array_bytes(&arrays[1], old, len);
	array_bytes(&arrays[2], fresh, sizeof(fresh));
	return true;
}

static bool
rewrap_rows(struct command_call *call, const struct result *rows,
    const char *kek, int64_t *done_r)
{
	struct arena	*a = call->task->arena;
	struct array	 arrays[3];
	struct params	 p;
	struct row	 row;

	array_init(&arrays[0], a, ARRAY_INT, 12 * REWRAP_ROWS);
	array_init(&arrays[1], a, ARRAY_BYTES, 80 * REWRAP_ROWS);
	array_init(&arrays[2], a, ARRAY_BYTES, 80 * REWRAP_ROWS);
	for (int i = 0; i < result_rows(rows); i++) {
		row = (struct row){ rows, i };
		if (!rewrap_row(call, &row, arrays))
			return false;
	}
	command_params(call, &p);
	param_text(&p, kek);
	for (size_t i = 0; i < COUNT_OF(arrays); i++)
		array_param(&arrays[i], &p);
	if (!outcome_is_ok(call, &rewrap, &p, &row))
		return false;
	*done_r += row_int(&row, 1);
	return true;
}

static int
key_rewrap(struct command_call *call)
{
	const char		*kek = keyring_current_kek(call->keyring)->id;
	struct arena		*kept = call->task->arena;
	const struct result	*rows;
	int64_t			 after = 0, done = 0;
	bool			 more = true, good = true;

	call->task->arena = arena_new(1 << 20);
	while (good && more) {
		struct params	 p = { 0 };

		param_text(&p, kek);
		param_int(&p, call->task->arena, after);
		param_int(&p, call->task->arena, REWRAP_ROWS);
		good = pg_do(call->task, &find_old, &p, &rows);
		more = good && result_rows(rows) > 0;
		if (more)
			after = row_int(&(struct row){ rows,
			    result_rows(rows) - 1 }, 0);
		good = good && (!more || rewrap_rows(call, rows, kek, &done));
		if (good)
			arena_reset(call->task->arena);
	}
	if (!good)
		return failed(call);
	arena_free(call->task->arena);
	call->task->arena = kept;
	printf("%lld data keys are wrapped anew with kek %s\n",
	    (long long)done, kek);
	return DONE;
}

static void
print_keys(const char *kind, const struct keyring_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		printf("%-5s %-16s %s\n", kind, set->keys[i].id,
		    set->keys[i].current ? "current" : "old");
}

static int
key_status(struct command_call *call)
{
	const struct result	*result;

	print_keys("kek", &call->keyring->kek);
	print_keys("sign", &call->keyring->sign);
	if (!pg_do(call->task, &count_keys, NULL, &result))
		return failed(call);
	for (int i = 0; i < result_rows(result); i++) {
		struct row	 row = { result, i };
		const char	*kek = row_text(&row, 0);

		printf("%lld data keys are wrapped with kek %s%s\n",
		    (long long)row_int(&row, 1), kek,
		    keyring_kek(call->keyring, kek) != NULL ? "" :
		    ", which is MISSING");
	}
	return DONE;
}

const struct command key_commands[] = {
	{ "key new", "", 0, 0, key_new, NEEDS_SETTINGS,
	    "makes the keyring file with fresh keys" },
	{ "key rotate", "", 0, 0, key_rotate, NEEDS_SETTINGS,
	    "adds fresh keys, which become current; the old ones stay" },
	{ "key rewrap", "", 0, 0, key_rewrap, NEEDS_SETTINGS | NEEDS_KEYRING | NEEDS_DATABASE,
	    "wraps all data keys with the current key; after the servers' reload" },
	{ "key status", "", 0, 0, key_status, NEEDS_SETTINGS | NEEDS_KEYRING | NEEDS_DATABASE,
	    "lists the keys, and how many data keys hang on each" },
	{ NULL }
};
