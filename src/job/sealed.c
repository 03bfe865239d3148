/*
 * Opening what a claim handed out.  The dispatcher meets every account once
 * in a while, so it keeps no keys.
 */

#include "job/sealed.h"

#include "base/task.h"
#include "store/row.h"

bool
sealed_key(struct task *t, const struct row *row, int first,
    struct data_key *key_r)
{
	const unsigned char *uid = row_uuid(row, first + SEALED_KEY_UID);
	const unsigned char *account = row_uuid(row,
	    first + SEALED_ACCOUNT_UID);
	char aad[SEAL_AAD_SIZE];
	size_t len;
	const unsigned char *wrapped = row_bytes(row, first + SEALED_WRAPPED,
	    &len);
	const char *kek = row_text(row, first + SEALED_KEK);

	if (uid == NULL || account == NULL || kek == NULL)
		return fail(t, FAULT_INTERNAL, "the account has no key");
	seal_key_aad(aad, sizeof(aad), uid, account);
	if (!seal_unwrap(t->keyring, kek, aad, wrapped, len, key_r))
		return fail(t, FAULT_INTERNAL,
		    "key \"%s\" of the keyring does not open it", kek);
	return true;
}

bool
sealed_open(struct task *t, const struct row *row, int first,
    const struct data_key *key, const char *table,
    const unsigned char uid[16], const char **text_r)
{
	char aad[SEAL_AAD_SIZE];
	size_t len;
	const unsigned char *sealed = row_bytes(row, first + SEALED_TEXT,
	    &len);

	*text_r = NULL;
	if (row_null(row, first + SEALED_TEXT))
		return true;
	char *text = arena_alloc(t->arena, len + 1);
	seal_aad(aad, sizeof(aad), table, "text", uid);
	if (!seal_open(key, aad, sealed, len, (unsigned char *)text, &len))
		return fail(t, FAULT_INTERNAL, "a sealed text does not open");
	text[len] = '\0';
	*text_r = text;
	return true;
}
