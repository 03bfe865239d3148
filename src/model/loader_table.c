/*
 * What can be imported: the columns of each table, with the statement that
 * takes them as arrays.  $1 is the import's request id; the columns follow in
 * their order.  Each statement writes the batch's audit row.
 */

#include <string.h>

#include "base/buf.h"
#include "crypto/password.h"
#include "crypto/random.h"
#include "model/loader_inside.h"
#include "model/parse.h"
#include "model/resource.h"

static const char *
check_int(struct load_batch *b, struct load_row *row,
    const struct load_column *c, const char **value)
{
	int64_t	 number;

	(void)b, (void)row, (void)c;
	if (*value == NULL || (text_to_int(*value, &number) && number > 0))
		return NULL;
	return "is no number above 0";
}

static void
put_int(struct array *a, const struct load_batch *b,
    const struct load_row *row, const struct load_column *c,
    const char *value)
{
	int64_t	 number;

	(void)b, (void)row, (void)c;
	if (value != NULL && text_to_int(value, &number))
		array_int(a, number);
	else
		array_null(a);
}
static const struct load_kind whole = { ARRAY_INT, check_int, put_int };

static const char *
check_text(struct load_batch *b, struct load_row *row,
    const struct load_column *c, const char **value)
{
	(void)b, (void)row;
	if (*value != NULL && text_length(*value) > c->max)
		return "is too long";
	return NULL;
}

static void
put_text(struct array *a, const struct load_batch *b,
    const struct load_row *row, const struct load_column *c,
    const char *value)
{
	(void)b, (void)row, (void)c;
	array_text(a, value);
}
static const struct load_kind text = { ARRAY_TEXT, check_text, put_text };

/* One of the column's words. */
static const char *
check_choice(struct load_batch *b, struct load_row *row,
    const struct load_column *c, const char **value)
{
	(void)row;
	if (*value == NULL || strstr(c->choices, arena_printf(b->arena,
	    " %s ", *value)) != NULL)
		return NULL;
	return arena_printf(b->arena, "is none of:%s", c->choices);
}
static const struct load_kind choice = {
	ARRAY_TEXT, check_choice, put_text
};

/* E-mail addresses and usernames, as they are looked up. */
static const char *
check_name(struct load_batch *b, struct load_row *row,
    const struct load_column *c, const char **value)
{
	if (*value != NULL)
		*value = text_normal(b->arena, *value);
	return check_text(b, row, c, value);
}
static const struct load_kind name = { ARRAY_TEXT, check_name, put_text };

static const char *
check_time(struct load_batch *b, struct load_row *row,
    const struct load_column *c, const char **value)
{
	const struct column	 column = { .kind = TIME };
	struct input_value	 input = { INPUT_TEXT, *value };
	struct fault		 before = b->task->fault;
	bool			 good;

	(void)row, (void)c;
	if (*value == NULL)
		return NULL;
	good = parse_time(b->task, &column, c->name, &input, value);
	b->task->fault = before;
	return good ? NULL : "is no time";
}
static const struct load_kind time_of = { ARRAY_TEXT, check_time, put_text };

/* The row's own, or a fresh one. */
static const char *
check_uid(struct load_batch *b, struct load_row *row,
    const struct load_column *c, const char **value)
{
	(void)b, (void)c;
	if (*value == NULL)
		random_uuid(row->uid);
	else if (!uuid_parse(*value, row->uid))
		return "is no uuid";
	return NULL;
}

static void
put_uid(struct array *a, const struct load_batch *b,
    const struct load_row *row, const struct load_column *c,
    const char *value)
{
	(void)b, (void)c, (void)value;
	array_uuid(a, row->uid);
}
static const struct load_kind uid = { ARRAY_UUID, check_uid, put_uid };

static void
put_fresh_uid(struct array *a, const struct load_batch *b,
    const struct load_row *row, const struct load_column *c,
    const char *value)
{
	(void)b, (void)row, (void)c, (void)value;
	random_uuid(array_room(a, 16));
}
static const struct load_kind fresh_uid = { ARRAY_UUID, NULL, put_fresh_uid };

/* Sealed with its owner's key, for its place: see crypto/seal.h. */
static void
put_sealed(struct array *a, const struct load_batch *b,
    const struct load_row *row, const struct load_column *c,
    const char *value)
{
	char	 aad[SEAL_AAD_SIZE];
	size_t	 len;

	if (value == NULL) {
		array_null(a);
		return;
	}
	len = strlen(value);
	seal_aad(aad, sizeof(aad), b->table->stored, c->name, row->uid);
	seal_close(row->key, aad, value, len, array_room(a, seal_size(len)));
}
static const struct load_kind sealed = { ARRAY_BYTES, check_text, put_sealed };

/* A password in the clear becomes a hash before anything is sent. */
static const char *
check_password(struct load_batch *b, struct load_row *row,
    const struct load_column *c, const char **value)
{
	char	*hash;

	(void)row, (void)c;
	if (*value == NULL)
		return NULL;
	hash = arena_alloc(b->arena, PASSWORD_HASH_SIZE);
	if (!password_hash(*value, hash))
		return "cannot be used";
	*value = hash;
	return NULL;
}
static const struct load_kind password = {
	ARRAY_TEXT, check_password, put_text
};

/* A new account's data key, wrapped; its parts are three columns. */
static const char *
check_key(struct load_batch *b, struct load_row *row,
    const struct load_column *c, const char **value)
{
	(void)c, (void)value;
	key_make(b->task, row->uid, &row->made);
	return NULL;
}

static void
put_key_uid(struct array *a, const struct load_batch *b,
    const struct load_row *row, const struct load_column *c,
    const char *value)
{
	(void)b, (void)c, (void)value;
	array_uuid(a, row->made.uid);
}
static const struct load_kind key_uid = { ARRAY_UUID, check_key, put_key_uid };

static void
put_kek(struct array *a, const struct load_batch *b,
    const struct load_row *row, const struct load_column *c,
    const char *value)
{
	(void)b, (void)c, (void)value;
	array_text(a, row->made.kek);
}
static const struct load_kind kek = { ARRAY_TEXT, NULL, put_kek };

static void
put_wrapped(struct array *a, const struct load_batch *b,
    const struct load_row *row, const struct load_column *c,
    const char *value)
{
	(void)b, (void)c, (void)value;
	array_bytes(a, row->made.wrapped, sizeof(row->made.wrapped));
}
static const struct load_kind wrapped = { ARRAY_BYTES, NULL, put_wrapped };

#define ROLES		" admin doctor nurse pharmacist patient "
#define TRUTHS		" true false yes no 1 0 "
#define MEMBER_KINDS	" staff patient "
#define STATUSES	" pending accepted rejected "
#define RECORD_TYPES	" general consultation lab_result prescription imaging procedure "

static const struct load_column account_columns[] = {
	{ "id",        &whole },
	{ "uid",       &uid },
	{ "email",     &name, .max = 254 },
	{ "username",  &name, .max = 254 },
	{ "role",      &choice, LOAD_REQUIRED, .choices = ROLES },
	{ "verified",  &choice, .choices = TRUTHS },
	{ "time_zone", &text, .max = 64 },
	{ "given",     &text, .max = 255 },
	{ "family",    &text, .max = 255 },
	{ "phone",     &text, .max = 32 },
	{ "hash",      &text, .max = PASSWORD_HASH_SIZE },
	{ "password",  &password },
	{ "",          &fresh_uid },
	{ "",          &key_uid },
	{ "",          &kek },
	{ "",          &wrapped },
};

static const struct load_column provider_columns[] = {
	{ "id",      &whole },
	{ "uid",     &uid },
	{ "name",    &text, LOAD_REQUIRED, 100 },
	{ "address", &text, .max = 255 },
	{ "contact", &text, .max = 255 },
	{ "author",  &whole },
};

static const struct load_column membership_columns[] = {
	{ "id",       &whole },
	{ "provider", &whole, LOAD_REQUIRED },
	{ "account",  &whole, LOAD_REQUIRED },
	{ "kind",     &choice, LOAD_REQUIRED, .choices = MEMBER_KINDS },
};

static const struct load_column connection_columns[] = {
	{ "id",        &whole },
	{ "uid",       &uid },
	{ "patient",   &whole, LOAD_REQUIRED },
	{ "clinician", &whole, LOAD_REQUIRED },
	{ "status",    &choice, .choices = STATUSES },
	{ "initiator", &whole },
};

static const struct load_column record_columns[] = {
	{ "id",          &whole },
	{ "uid",         &uid },
	{ "patient",     &whole, LOAD_REQUIRED | LOAD_OWNER },
	{ "author",      &whole },
	{ "doctor",      &whole },
	{ "type",        &choice, .choices = RECORD_TYPES },
	{ "recorded_at", &time_of },
	{ "name",        &sealed, .max = 255 },
	{ "text",        &sealed, .max = 262144 },
	{ "diagnosis",   &sealed, .max = 2048 },
};

static const struct load_column reminder_columns[] = {
	{ "id",      &whole },
	{ "uid",     &uid },
	{ "patient", &whole, LOAD_REQUIRED | LOAD_OWNER },
	{ "author",  &whole },
	{ "text",    &sealed, LOAD_REQUIRED, 4096 },
	{ "due_at",  &time_of, LOAD_REQUIRED },
};

/* The batch's evidence; `patients` is an expression over the rows made. */
#define LOGGED(patients)						\
	", logged AS (INSERT INTO audit (role, route, action, outcome,"	\
	" patients, request_id) SELECT 'system', 'chartkeep import',"	\
	" 'add', 'ok', " patients ", $1::uuid FROM made)"		\
	" SELECT count(*) FROM made"

/* Past an id that a row brought. */
#define ADVANCE(table)							\
	{ "load_advance_" table,					\
	  "SELECT setval('" table "_id_seq', $1::bigint)"		\
	  " FROM " table "_id_seq s WHERE s.last_value < $1::bigint" }

const struct load_table load_table_rows[] = {
	{ "accounts", "account", ROWS(account_columns), {
	    "load_accounts",
	    "WITH given AS (SELECT coalesce(id, nextval('account_id_seq'))"
	    " AS id, uid, email, username, role, verified, time_zone, given,"
	    " family, phone, coalesce(hash, password) AS hash, person_uid,"
	    " key_uid, kek, wrapped FROM unnest($2::bigint[], $3::uuid[],"
	    " $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],"
	    " $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],"
	    " $14::uuid[], $15::uuid[], $16::text[], $17::bytea[]) AS g (id,"
	    " uid, email, username, role, verified, time_zone, given, family,"
	    " phone, hash, password, person_uid, key_uid, kek, wrapped)),"
	    " made AS (INSERT INTO account (id, uid, email, username, role,"
	    " verified, time_zone) SELECT id, uid, email, username, role,"
	    " coalesce(verified::boolean, false), time_zone FROM given"
	    " RETURNING id),"
	    " persons AS (INSERT INTO person (uid, account_id, given, family,"
	    " phone) SELECT person_uid, id, coalesce(given, ''),"
	    " coalesce(family, ''), phone FROM given),"
	    " keys AS (INSERT INTO data_key (account_id, account_uid, uid,"
	    " kek, wrapped) SELECT id, uid, key_uid, kek, wrapped FROM given),"
	    " hashes AS (INSERT INTO credential (account_id, hash)"
	    " SELECT id, hash FROM given WHERE hash IS NOT NULL)"
	    LOGGED("array_agg(id)") },
	    ADVANCE("account") },
	{ "providers", "provider", ROWS(provider_columns), {
	    "load_providers",
	    "WITH made AS (INSERT INTO provider (id, uid, name, address,"
	    " contact, author_id) SELECT coalesce(id,"
	    " nextval('provider_id_seq')), uid, name, coalesce(address, ''),"
	    " contact, author FROM unnest($2::bigint[], $3::uuid[],"
	    " $4::text[], $5::text[], $6::text[], $7::bigint[]) AS g (id, uid,"
	    " name, address, contact, author) RETURNING id)"
	    LOGGED("max(NULL::bigint[])") },
	    ADVANCE("provider") },
	{ "memberships", "membership", ROWS(membership_columns), {
	    "load_memberships",
	    "WITH made AS (INSERT INTO membership (id, provider_id,"
	    " account_id, kind) SELECT coalesce(id,"
	    " nextval('membership_id_seq')), provider, account, kind"
	    " FROM unnest($2::bigint[], $3::bigint[], $4::bigint[],"
	    " $5::text[]) AS g (id, provider, account, kind)"
	    " RETURNING account_id)" LOGGED("array_agg(DISTINCT account_id)") },
	    ADVANCE("membership") },
	{ "connections", "connection", ROWS(connection_columns), {
	    "load_connections",
	    "WITH made AS (INSERT INTO connection (id, uid, patient_id,"
	    " clinician_id, status, initiator_id) SELECT coalesce(id,"
	    " nextval('connection_id_seq')), uid, patient, clinician,"
	    " coalesce(status, 'accepted'), coalesce(initiator, patient)"
	    " FROM unnest($2::bigint[], $3::uuid[], $4::bigint[],"
	    " $5::bigint[], $6::text[], $7::bigint[]) AS g (id, uid, patient,"
	    " clinician, status, initiator) RETURNING patient_id)"
	    LOGGED("array_agg(DISTINCT patient_id)") },
	    ADVANCE("connection") },
	{ "records", "record", ROWS(record_columns), {
	    "load_records",
	    "WITH made AS (INSERT INTO record (id, uid, patient_id, author_id,"
	    " doctor_id, type, recorded_at, name, text, diagnosis)"
	    " SELECT coalesce(id, nextval('record_id_seq')), uid, patient,"
	    " coalesce(author, patient), doctor, coalesce(type, 'general'),"
	    " coalesce(recorded_at::timestamptz, instant()), name, text,"
	    " diagnosis FROM unnest($2::bigint[], $3::uuid[], $4::bigint[],"
	    " $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::bytea[],"
	    " $10::bytea[], $11::bytea[]) AS g (id, uid, patient, author,"
	    " doctor, type, recorded_at, name, text, diagnosis)"
	    " RETURNING patient_id)" LOGGED("array_agg(DISTINCT patient_id)") },
	    ADVANCE("record") },
	{ "reminders", "reminder", ROWS(reminder_columns), {
	    "load_reminders",
	    "WITH made AS (INSERT INTO reminder (id, uid, patient_id,"
	    " author_id, text, due_at) SELECT coalesce(id,"
	    " nextval('reminder_id_seq')), uid, patient,"
	    " coalesce(author, patient), text, due_at::timestamptz"
	    " FROM unnest($2::bigint[], $3::uuid[], $4::bigint[],"
	    " $5::bigint[], $6::bytea[], $7::text[]) AS g (id, uid, patient,"
	    " author, text, due_at) RETURNING patient_id)"
	    LOGGED("array_agg(DISTINCT patient_id)") },
	    ADVANCE("reminder") },
};
const size_t load_table_count = COUNT_OF(load_table_rows);

const struct load_table *
load_table_named(const char *table)
{
	for (size_t i = 0; i < load_table_count; i++) {
		if (strcmp(load_table_rows[i].name, table) == 0)
			return &load_table_rows[i];
	}
	return NULL;
}

const char *
load_tables(void)
{
	return "accounts, providers, memberships, connections, records,"
	    " reminders";
}
