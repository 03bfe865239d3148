/*
 * One call of access_stage() in sql/access/stage.sql makes a case.  Keys and
 * sealed texts are made here, as the server would; whose key seals which text
 * is the table below.
 */

#include "main/access_stage.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/task.h"
#include "crypto/digest.h"
#include "crypto/password.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "main/access_eval.h"
#include "model/key.h"
#include "model/migrate.h"
#include "store/array.h"
#include "store/pg.h"

#define PASSWORD	"correct horse"
#define CASES_EACH	64		/* between two times of emptying */

/* Who is made: the places in access_stage()'s arrays. */
enum { ACTOR, SUBJECT, THIRD, PEOPLE };
static const struct {
	const char	*table, *column;
	int		 whose;
	bool		 secret;	/* the subject's word, not own's */
} texts[] = {
	{ "record",   "text",        SUBJECT, true },
	{ "record",   "text",        SUBJECT, true },
	{ "record",   "text",        SUBJECT, true },
	{ "record",   "text",        ACTOR },
	{ "reminder", "text",        SUBJECT, true },
	{ "reminder", "text",        SUBJECT, true },
	{ "reminder", "text",        SUBJECT, true },
	{ "reminder", "text",        ACTOR },
	{ "activity", "description", THIRD, true },
	{ "activity", "description", ACTOR },
};

static const struct statement stage_make = {
	"access_stage",
	"SELECT * FROM access_stage($1::text, $2::boolean, $3::text, $4::text,"
	" $5::text, $6::uuid, $7::uuid[], $8::uuid[], $9::text, $10::bytea[],"
	" $11::uuid[], $12::bytea[])",
};
static const struct statement stage_clear = {
	"access_clear", "SELECT access_clear()",
};
static const struct statement stage_written = {
	"access_written", "SELECT tables, total, evidence"
	" FROM access_written($1::bigint, $2::bigint)",
};
static const struct statement take_matrix = {
	"access_take_matrix",
	"UPDATE access_matrix m SET can_add = coalesce(o.can_add, false),"
	" can_view = coalesce(o.can_view, false),"
	" can_edit = coalesce(o.can_edit, false)"
	" FROM access_initial i LEFT JOIN " MIGRATE_SCHEMA ".permission o"
	" ON o.resource = i.resource AND o.role = i.role"
	" WHERE m.resource = i.resource AND m.role = i.role",
};
static const struct statement count_differing = {
	"access_differing",
	"SELECT count(*) FROM access_initial i JOIN access_matrix m"
	" USING (resource, role) WHERE (i.can_add, i.can_view, i.can_edit)"
	" <> (m.can_add, m.can_view, m.can_edit)",
};
static const struct statement matrix_differs = {
	"access_differs",
	"SELECT closed, opened FROM access_differs($1::integer, $2::text,"
	" $3::text)",
};

const struct statement *const access_statements[] = {
	&stage_make, &stage_clear, &stage_written, &take_matrix,
	&count_differing, &matrix_differs
};
const size_t	 naccess_statements = COUNT_OF(access_statements);

struct someone {
	unsigned char	 uid[16], key_uid[16];
	struct data_key	 key;
	unsigned char	 wrapped[SEAL_WRAPPED];
};

static const char *
meet(struct task *t, struct someone *who)
{
	const char	*kek;
	char		 aad[SEAL_AAD_SIZE];

	random_uuid(who->uid);
	random_uuid(who->key_uid);
	random_bytes(who->key.bytes, sizeof(who->key.bytes));
	seal_key_aad(aad, sizeof(aad), who->key_uid, who->uid);
	seal_wrap(t->keyring, &who->key, aad, who->wrapped, &kek);
	return kek;
}

static void
add_people(struct task *t, struct params *p, struct someone *people)
{
	struct array	 uids, keys, wrapped;
	const char	*kek = NULL;

	array_init(&uids, t->arena, ARRAY_UUID, PEOPLE * 20);
	array_init(&keys, t->arena, ARRAY_UUID, PEOPLE * 20);
	array_init(&wrapped, t->arena, ARRAY_BYTES, PEOPLE * 80);
	for (int i = 0; i < PEOPLE; i++) {
		kek = meet(t, &people[i]);
		array_uuid(&uids, people[i].uid);
		array_uuid(&keys, people[i].key_uid);
		array_bytes(&wrapped, people[i].wrapped, SEAL_WRAPPED);
	}
	array_param(&uids, p);
	array_param(&keys, p);
	param_text(p, kek);
	array_param(&wrapped, p);
}

static bool
treats(enum access_role role)
{
	return role == AS_DOCTOR || role == AS_NURSE ||
	    role == AS_PHARMACIST || role == AS_UNVERIFIED;
}

/* A subject that is the actor has the actor's key. */
static const struct data_key *
key_for(const struct access_stage *s, const struct someone *people,
    int whose)
{
	return &people[whose == SUBJECT && s->relation == OWN_ROWS ? ACTOR :
	    whose].key;
}

static void
add_texts(struct access_stage *s, struct params *p,
    const struct someone *people, const char *word)
{
	struct arena	*arena = s->task->arena;
	struct array	 uids, sealed;

	array_init(&uids, arena, ARRAY_UUID, COUNT_OF(texts) * 20);
	array_init(&sealed, arena, ARRAY_BYTES, COUNT_OF(texts) * 80);
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		const char	*text = arena_printf(arena, "%s%s",
				    texts[i].secret || s->relation == OWN_ROWS ?
				    "secret" : "own", word);
		size_t		 len = strlen(text);
		unsigned char	 uid[16];
		char		 aad[SEAL_AAD_SIZE];

		random_uuid(uid);
		array_uuid(&uids, uid);
		seal_aad(aad, sizeof(aad), texts[i].table, texts[i].column,
		    uid);
		seal_close(key_for(s, people, texts[i].whose), aad, text, len,
		    array_room(&sealed, seal_size(len)));
	}
	array_param(&uids, p);
	array_param(&sealed, p);
}

/* The password's hash, made once: it takes its time. */
static const char *
password_hashed(void)
{
	static char	 hash[PASSWORD_HASH_SIZE];

	if (hash[0] == '\0' && !password_hash(PASSWORD, hash))
		hash[0] = '\0';
	return hash;
}

static bool
sign(struct access_stage *s, const char *sid)
{
	struct token	 token = { .account = row_int(&s->row, 0) };
	char		*text = arena_alloc(s->task->arena, TOKEN_SIZE);

	memcpy(token.sid, sid, UUID_TEXT);
	memcpy(token.jti, sid, UUID_TEXT);
	snprintf(token.role, sizeof(token.role), "%s",
	    access_role_stored(s->role));
	snprintf(token.typ, sizeof(token.typ), "%s", TOKEN_ACCESS);
	token.iat = clock_now();
	token.exp = token.iat + HOUR;
	s->token = text;
	return token_sign(s->task->keyring, &token, text, TOKEN_SIZE) ||
	    fail(s->task, FAULT_INTERNAL, "the token can't be signed");
}

static bool
clear_now_and_then(struct task *t)
{
	static int	 cases;

	return cases++ % CASES_EACH != 0 || pg_do(t, &stage_clear, NULL, NULL);
}

bool
access_stage_make(struct access_stage *s, struct task *t,
    enum access_role role, enum access_relation relation)
{
	const struct result	*result;
	struct params		 p = { 0 };
	struct someone		 people[PEOPLE];
	unsigned char		 bytes[16];
	char			 sid[UUID_TEXT], word[HEX_SIZE(6)];

	*s = (struct access_stage){ t, role, relation };
	random_bytes(bytes, 6);
	hex_encode(bytes, 6, word);
	random_uuid(bytes);
	uuid_print(bytes, sid);
	param_text(&p, access_role_stored(role));
	param_bool(&p, treats(role) && role != AS_UNVERIFIED);
	param_text(&p, access_relations[relation]);
	param_text(&p, word);
	param_text(&p, password_hashed());
	param_text(&p, sid);
	add_people(t, &p, people);
	add_texts(s, &p, people, word);
	wipe(people, sizeof(people));
	if (!clear_now_and_then(t) || !pg_do(t, &stage_make, &p, &result))
		return false;
	s->row = (struct row){ result, 0 };
	return role == AS_NOBODY || sign(s, sid);
}

const char *
access_stage_value(void *stage, const char *name)
{
	struct access_stage	*s = stage;
	int			 column;
	size_t			 len;

	if (strcmp(name, "password") == 0)
		return PASSWORD;
	column = result_column(s->row.result, name);
	if (column < 0)
		return NULL;
	/* Ids have eight bytes, all words more, and what is not made none. */
	(void)row_bytes(&s->row, column, &len);
	if (len == 0) {
		s->absent = true;
		return NULL;
	}
	return len == 8 ? arena_printf(s->task->arena, "%lld",
	    (long long)row_int(&s->row, column)) : row_text(&s->row, column);
}

bool
access_stage_writes(struct access_stage *s, struct access_writes *writes_r)
{
	const struct result	*result;
	struct params		 p = { 0 };
	struct row		 row;

	param_text(&p, access_stage_value(s, "xid"));
	param_text(&p, access_stage_value(s, "actor"));
	if (!pg_do(s->task, &stage_written, &p, &result))
		return false;
	row = (struct row){ result, 0 };
	writes_r->tables = row_text(&row, 0);
	writes_r->gone = row_int(&s->row,
	    result_column(s->row.result, "total")) - row_int(&row, 1);
	writes_r->evidence = row_int(&row, 2) > 0;
	return true;
}

bool
access_take_matrix(struct task *t, int64_t *differing_r)
{
	const struct result	*result;

	if (!pg_do(t, &take_matrix, NULL, NULL) ||
	    !pg_do(t, &count_differing, NULL, &result))
		return false;
	*differing_r = row_int(&(struct row){ result, 0 }, 0);
	return true;
}

bool
access_matrix_differs(struct task *t, int64_t permission,
    enum access_role role, const char *action, bool *closed_r,
    bool *opened_r)
{
	const struct result	*result;
	struct params		 p = { 0 };
	struct row		 row;

	param_int(&p, t->arena, permission);
	param_text(&p, access_role_stored(role));
	param_text(&p, action);
	if (!pg_do(t, &matrix_differs, &p, &result))
		return false;
	row = (struct row){ result, 0 };
	*closed_r = row_bool(&row, 0);
	*opened_r = row_bool(&row, 1);
	return true;
}
