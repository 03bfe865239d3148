/* What patients keep: health records and reminders. */

#include "base/clock.h"
#include "base/task.h"
#include "model/family.h"
#include "model/item.h"
#include "model/policy.h"
#include "store/redis.h"

static const char *const record_types[] = {
	"general", "consultation", "lab_result", "prescription", "imaging", "procedure", NULL
};

static const struct column record_columns[] = {
	{ "id",          ID,    SERVER },
	{ "uid",         UID,   SERVER },
	{ "patient_id",  REF,   FIXED | OWNER, .target = &person },
	{ "author_id",   REF,   SERVER | AUTHOR, .target = &person },
	{ "doctor_id",   REF,   0, .target = &person, .doc = "the assigned doctor" },
	{ "type",        TEXT,  0, .max = 20, .choices = record_types },
	{ "recorded_at", TIME,  NOW | SORTABLE },
	{ "name",        TEXT,  SEALED, .max = 255 },
	{ "text",        TEXT,  SEALED, .max = 262144 },
	{ "diagnosis",   TEXT,  SEALED, .max = 2048 },
	{ "created_at",  TIME,  SERVER | SORTABLE },
	{ "version",     COUNT, SERVER | VERSION },
};
const struct resource record = {
	"record", ROWS(record_columns), RECORDS, author_or_admin, "record_page",
	.doc = "health records",
};

static const struct column reminder_columns[] = {
	{ "id",         ID,    SERVER },
	{ "uid",        UID,   SERVER },
	{ "patient_id", REF,   FIXED | OWNER, .target = &person },
	{ "author_id",  REF,   SERVER | AUTHOR, .target = &person },
	{ "text",       TEXT,  REQUIRED | SEALED, .max = 4096 },
	{ "due_at",     TIME,  REQUIRED | SORTABLE },
	{ "due_epoch",  COUNT, SERVER, .doc = "due_at in seconds since 1970" },
	{ "created_at", TIME,  SERVER | SORTABLE },
	{ "version",    COUNT, SERVER | VERSION },
};

/*
 * Redis learns when the dispatcher must look; PostgreSQL has the occurrence,
 * and the dispatcher's reconciler finds what Redis did not get.
 */
static void
announce(struct task *t, const struct item *item, enum event event)
{
	int64_t	 id = item_number(item);
	int64_t	 due = item_int_of(item, "due_epoch");

	if (t->redis == NULL)
		return;
	if (event != ARCHIVED && due * SECOND >= t->now)
		redis_due_add(t->redis, "reminder", id, due);
	else
		redis_due_remove(t->redis, "reminder", id);
}

const struct resource reminder = {
	"reminder", ROWS(reminder_columns), REMINDERS, author_or_admin, "reminder_page",
	.after = announce, .doc = "what an account wants to be told, and when",
};
