/*
 * The transaction of one delivery: lock, seal the text anew, write, commit.
 * Two round trips and the commit; the program has to come between because
 * PostgreSQL has no keys.
 */

#include "job/delivery.h"

#include <string.h>

#include "base/log.h"
#include "base/point.h"
#include "base/settings.h"
#include "base/task.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "job/sealed.h"
#include "store/pg.h"
#include "store/row.h"

static const struct statement begin = { "job_begin", "BEGIN" };
static const struct statement commit = { "job_commit", "COMMIT" };
static const struct statement delivery = {
	"job_delivery",
	"SELECT " SEALED_SELECT ", verdict, occurrence_id, account_id,"
	" row_uid, has_mail"
	" FROM job_delivery($1::text, $2::bigint, $3::interval)",
};
/* After job_delivery() found nothing: does the row wait for later? */
static const struct statement later = {
	"job_later",
	"SELECT ceil(extract(epoch FROM min(at)))::bigint FROM occurrence"
	" WHERE kind = $1 AND row_id = $2::bigint AND state = 'waiting'",
};
static const struct statement finish = {
	"job_finish",
	"UPDATE occurrence SET state = $2, done_at = instant()"
	" WHERE id = $1::bigint AND state = 'waiting'",
};
static const struct statement announce = {
	"job_announce",
	"WITH told AS (INSERT INTO notification"
	" (uid, account_id, kind, text, occurrence_id) VALUES"
	" ($1::uuid, $2::bigint, $3, $4::bytea, $5::bigint) RETURNING id)"
	" INSERT INTO outbox (uid, account_id, template, notification_id)"
	" SELECT $6::uuid, $2::bigint, $3, id FROM told WHERE $7::boolean",
};
const struct statement *const delivery_statements[] = {
	&begin, &commit, &delivery, &later, &finish, &announce, NULL
};
enum {
	VERDICT = SEALED_COLUMNS, OCCURRENCE_ID, ACCOUNT_ID, ROW_UID, HAS_MAIL
};

/* What can be due: its table, and what its notifications are called. */
struct due_kind {
	const char	*table;
	const char	*notification;	/* and the mail's template */
};
static const struct due_kind due_kinds[] = {
	{ "reminder", "reminder_due" },
};

static const struct due_kind *
due_kind(const char *table)
{
	for (size_t i = 0; i < COUNT_OF(due_kinds); i++) {
		if (strcmp(due_kinds[i].table, table) == 0)
			return &due_kinds[i];
	}
	return NULL;
}

/* The text opened and sealed again for the notification; NULL without one. */
static bool
reseal(struct task *t, const struct row *row, const struct due_kind *kind,
    const unsigned char uid[16], const unsigned char **sealed_r,
    size_t *len_r)
{
	struct data_key key;
	char aad[SEAL_AAD_SIZE];
	const char *text = NULL;
	bool opened;

	*sealed_r = NULL;
	if (row_null(row, SEALED_TEXT))
		return true;
	opened = sealed_key(t, row, 0, &key) && sealed_open(t, row, 0, &key,
	    kind->table, row_uuid(row, ROW_UID), &text);
	if (opened) {
		size_t len = strlen(text);
		unsigned char *out = arena_alloc(t->arena, seal_size(len));

		seal_aad(aad, sizeof(aad), "notification", "text", uid);
		seal_close(&key, aad, text, len, out);
		*sealed_r = out;
		*len_r = seal_size(len);
	}
	wipe(&key, sizeof(key));
	return opened;
}

static void
queue_finish(struct task *t, int64_t id, const char *state)
{
	struct params p = { .n = 0 };

	param_int(&p, t->arena, id);
	param_text(&p, state);
	pg_queue(t, &finish, &p);
}

static bool
deliver_announce(struct task *t, const struct row *row,
    const struct due_kind *kind)
{
	struct params p = { .n = 0 };
	const struct result *results[2];
	const unsigned char *sealed;
	size_t len = 0;
	int64_t id = row_int(row, OCCURRENCE_ID);
	unsigned char uid[16], mail_uid[16];

	random_uuid(uid);
	random_uuid(mail_uid);
	if (!reseal(t, row, kind, uid, &sealed, &len))
		return false;
	POINT("delivery.sealed");
	param_uuid(&p, uid);
	param_int(&p, t->arena, row_int(row, ACCOUNT_ID));
	param_text(&p, kind->notification);
	if (sealed == NULL)
		param_text(&p, NULL);
	else
		param_bytes(&p, sealed, len);
	param_int(&p, t->arena, id);
	param_uuid(&p, mail_uid);
	param_bool(&p, row_bool(row, HAS_MAIL) &&
	    strcmp(t->settings->mail, "none") != 0);
	queue_finish(t, id, "announced");
	pg_queue(t, &announce, &p);
	if (!pg_run(t, results, 2))
		return false;
	POINT_OR("delivery.written", return fail(t, FAULT_UNAVAILABLE,
	    "a fault point said so"));
	if (!pg_do(t, &commit, NULL, NULL))
		return false;
	POINT("delivery.committed");
	log_event(LOG_INFO, "announced", "occurrence", log_int(id), NULL);
	return true;
}

static bool
deliver_missed(struct task *t, const struct row *row)
{
	const struct result *results[2];
	int64_t id = row_int(row, OCCURRENCE_ID);

	queue_finish(t, id, "missed");
	pg_queue(t, &commit, NULL);
	if (!pg_run(t, results, 2))
		return false;
	log_event(LOG_WARN, "missed", "occurrence", log_int(id), NULL);
	return true;
}

/* Done, moved, cancelled, or another's: *later_r is when it is due, or 0. */
static bool
deliver_nothing(struct task *t, const char *name, int64_t row_id,
    int64_t *later_r)
{
	struct params p = { .n = 0 };
	const struct result *results[2];

	param_text(&p, name);
	param_int(&p, t->arena, row_id);
	pg_queue(t, &later, &p);
	pg_queue(t, &commit, NULL);
	if (!pg_run(t, results, 2))
		return false;
	struct row row = { results[0], 0 };
	*later_r = row_int(&row, 0);
	return true;
}

bool
deliver(struct task *t, const char *name, int64_t row_id,
    int64_t *later_r)
{
	const struct due_kind *kind = due_kind(name);
	const struct result *results[2];
	struct params p = { .n = 0 };

	*later_r = 0;
	/* A newer dispatcher beside this one knows it. */
	if (kind == NULL)
		return fail(t, FAULT_INTERNAL, "not a kind that it knows");
	param_text(&p, name);
	param_int(&p, t->arena, row_id);
	param_text(&p, arena_printf(t->arena, "%lld microseconds",
	    (long long)t->settings->reminder_grace));
	pg_queue(t, &begin, NULL);
	pg_queue(t, &delivery, &p);
	if (!pg_run(t, results, 2))
		return false;
	POINT("delivery.begun");
	struct row row = { results[1], 0 };
	const char *verdict = row_text(&row, VERDICT);
	if (strcmp(verdict, "announce") == 0)
		return deliver_announce(t, &row, kind);
	if (strcmp(verdict, "missed") == 0)
		return deliver_missed(t, &row);
	return deliver_nothing(t, name, row_id, later_r);
}
