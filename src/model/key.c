/*
 * The unwrapped data keys of this process.  Two direct-mapped tables: keys
 * by their uid, and the uid by account, so that a create can seal without
 * asking first.  A collision costs an unwrapping or a round
 * trip, nothing else.
 */

#include "model/key.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/task.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "store/pg.h"
#include "store/row.h"

#define SLOTS	256

static struct {
	bool		used;
	unsigned char	uid[16];
	struct data_key	key;
} keys[SLOTS];

static struct {
	int64_t		account;	/* 0: free */
	unsigned char	uid[16];
} accounts[SLOTS];

void
key_columns(struct buf *b, const char *alias)
{
	static const char *const	 names[KEY_COLUMNS] = {
		[KEY_ID] = "id", [KEY_UID] = "uid", [KEY_KEK] = "kek",
		[KEY_WRAPPED] = "wrapped", [KEY_ACCOUNT_UID] = "account_uid"
	};

	for (int i = 0; i < KEY_COLUMNS; i++)
		buf_printf(b, ", %s.%s", alias, names[i]);
}

/* Uids are random: any byte of theirs spreads well. */
static size_t
slot_of(const unsigned char uid[16])
{
	return uid[15] % SLOTS;
}

static bool
is_kept(const unsigned char uid[16])
{
	size_t	 slot = slot_of(uid);

	return keys[slot].used && memcmp(keys[slot].uid, uid, 16) == 0;
}

static bool
unwrap(struct task *t, const struct row *row, int first,
    struct data_key *key_r)
{
	const unsigned char	*wrapped, *uid, *account_uid;
	const char		*kek;
	char			 aad[SEAL_AAD_SIZE];
	size_t			 len;

	wrapped = row_bytes(row, first + KEY_WRAPPED, &len);
	uid = row_uuid(row, first + KEY_UID);
	account_uid = row_uuid(row, first + KEY_ACCOUNT_UID);
	kek = row_text(row, first + KEY_KEK);
	if (uid == NULL || account_uid == NULL || kek == NULL)
		return fail(t, FAULT_INTERNAL, "a data key is missing");
	seal_key_aad(aad, sizeof(aad), uid, account_uid);
	if (seal_unwrap(t->keyring, kek, aad, wrapped, len, key_r))
		return true;
	log_event(LOG_ERROR, "data_key_does_not_open", "kek", kek,
	    "data_key", log_int(row_int(row, first + KEY_ID)),
	    "request", t->request_id, NULL);
	return fail(t, FAULT_INTERNAL, "a data key does not open");
}

bool
key_of_row(struct task *t, const struct row *row, int first,
    const struct data_key **key_r)
{
	const unsigned char	*uid = row_uuid(row, first + KEY_UID);
	size_t			 slot;

	if (uid == NULL)
		return fail(t, FAULT_INTERNAL, "a data key is missing");
	slot = slot_of(uid);
	*key_r = &keys[slot].key;
	if (is_kept(uid))
		return true;
	keys[slot].used = false;
	if (!unwrap(t, row, first, &keys[slot].key))
		return false;
	memcpy(keys[slot].uid, uid, 16);
	keys[slot].used = true;
	return true;
}

const struct data_key *
key_of_account(int64_t account, unsigned char uid_r[16])
{
	size_t	 slot = (uint64_t)account % SLOTS;

	if (account == 0 || accounts[slot].account != account ||
	    !is_kept(accounts[slot].uid))
		return NULL;
	memcpy(uid_r, accounts[slot].uid, 16);
	return &keys[slot_of(uid_r)].key;
}

void
key_learn_account(int64_t account, const unsigned char *uid)
{
	size_t	 slot = (uint64_t)account % SLOTS;

	accounts[slot].account = uid != NULL ? account : 0;
	if (uid != NULL)
		memcpy(accounts[slot].uid, uid, 16);
}

void
key_forget_all(void)
{
	wipe(keys, sizeof(keys));
	memset(accounts, 0, sizeof(accounts));
}

void
key_make(struct task *t, const unsigned char account_uid[16],
    struct new_key *key_r)
{
	struct data_key	 key;
	char		 aad[SEAL_AAD_SIZE];

	random_bytes(key.bytes, sizeof(key.bytes));
	random_uuid(key_r->uid);
	seal_key_aad(aad, sizeof(aad), key_r->uid, account_uid);
	seal_wrap(t->keyring, &key, aad, key_r->wrapped, &key_r->kek);
	wipe(&key, sizeof(key));
}

static const struct statement key_find = {
	"key_find",
	"SELECT k.id, k.uid, k.kek, k.wrapped, k.account_uid"
	" FROM data_key k WHERE k.account_id = $1::bigint",
};

void
key_queue(struct task *t, int64_t account)
{
	struct params	 p = { 0 };

	param_int(&p, t->arena, account);
	pg_queue(t, &key_find, &p);
}

bool
key_take(struct task *t, int64_t account, const struct result *result,
    unsigned char uid_r[16], const struct data_key **key_r)
{
	struct row	 row = { result, 0 };

	if (result_rows(result) != 1)
		return fail(t, FAULT_NOT_FOUND, NULL);
	if (!key_of_row(t, &row, 0, key_r))
		return false;
	memcpy(uid_r, row_uuid(&row, KEY_UID), 16);
	key_learn_account(account, uid_r);
	return true;
}

const struct statement *const key_statements[] = { &key_find, NULL };
