/*
 * The outbox; see outbox.h.  What fails is tried again ever more rarely; what
 * the server refuses for good is tried twice more, in case it was the server
 * that was wrong.  Then it is parked, where `chartkeep status` shows it.  So
 * is what lay there for days, because nobody dispatched or mail was off.
 */

#include "job/outbox.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/point.h"
#include "base/settings.h"
#include "base/task.h"
#include "job/letter.h"
#include "job/transport.h"
#include "store/pg.h"
#include "store/row.h"

#define PAUSE		(2 * SECOND)
#define FINISH		(5 * SECOND)
#define REFUSALS	3		/* for good, before it is parked */

static const struct statement mail = {
	"job_mail",
	"SELECT " LETTER_SELECT ", outbox_id, attempts,"
	" at < instant() - interval '3 days' FROM job_mail(1, $1::interval)",
};
static const struct statement mail_done = {
	"job_mail_done",
	"SELECT FROM job_mail_done($1::bigint, $2::text, $3::text,"
	" $4::interval)",
};
static const struct statement mail_discard = {
	"job_mail_discard", "SELECT job_mail_discard()"
};
const struct statement *const outbox_statements[] = {
	&mail, &mail_done, &mail_discard, &letter_when, NULL
};
enum { MAIL_ID = LETTER_COLUMNS, MAIL_ATTEMPTS, MAIL_IS_OLD };

/* Longer than a sending may take, and its note. */
_Static_assert(TRANSPORT_TIME <= MINUTE, "leases are two minutes");
static const char lease[] = "2 minutes";

/* After the first failure, the second ...; after the eighth it is parked. */
static const char *const retries[] = {
	"1 minute", "5 minutes", "15 minutes", "1 hour", "3 hours", "6 hours",
	"12 hours"
};

struct outbox {
	struct arena		*arena;		/* this struct's own */
	struct arena		*mail_arena;	/* of the mail under way */
	struct transport	*transport;	/* NULL: mail = none */
	struct letter		 letter;
	bool			 sending;
	bool			 noting;	/* its outcome is to be noted */
	int64_t			 id;
	int64_t			 attempts;	/* with this one */
	const char		*outcome;	/* as job_mail_done() has it */
	const char		*why;
};

struct outbox *
outbox_new(const struct settings *settings)
{
	struct arena *arena = arena_new(0);
	struct outbox *o = arena_alloc(arena, sizeof(*o));

	o->arena = arena;
	o->mail_arena = arena_new(0);
	o->transport = transport_new(settings);
	return o;
}

void
outbox_free(struct outbox *o)
{
	transport_free(o->transport);
	arena_free(o->mail_arena);
	arena_free(o->arena);
}

static void
conclude(struct outbox *o, const char *outcome, const char *why)
{
	o->sending = false;
	o->noting = true;
	o->outcome = outcome;
	o->why = why;
}

bool
outbox_moved(struct outbox *o)
{
	const char *why = NULL;

	if (!o->sending)
		return o->noting;
	switch (transport_result(o->transport, &why)) {
	case SENDING:
		return false;
	case SENT:
		conclude(o, "sent", NULL);
		POINT("outbox.sent");
		return true;
	case REFUSED:
		conclude(o, o->attempts >= REFUSALS ? "parked" : "failed",
		    why);
		return true;
	case REFUSED_NOW:
		conclude(o, "failed", why);
		return true;
	}
	return true;
}

static bool
note(struct task *t, struct outbox *o)
{
	struct params p = { .n = 0 };
	int64_t last = (int64_t)COUNT_OF(retries);

	param_int(&p, t->arena, o->id);
	param_text(&p, o->outcome);
	param_text(&p, o->why);
	param_text(&p, retries[(o->attempts <= last ? o->attempts : last) -
	    1]);
	if (!pg_do(t, &mail_done, &p, NULL))
		return false;
	log_event(o->why == NULL ? LOG_INFO : LOG_WARN, "mail", "outbox",
	    log_int(o->id), "attempt", log_int(o->attempts), "outcome",
	    o->outcome, "why", o->why, NULL);
	o->noting = false;
	arena_reset(o->mail_arena);
	POINT("outbox.noted");
	return true;
}

/* Claims one and starts it.  False: there is none, or a fault. */
static bool
send_next(struct task *t, struct outbox *o)
{
	struct params p = { .n = 0 };
	const struct result *rows;
	const char *why;

	param_text(&p, lease);
	if (!pg_do(t, &mail, &p, &rows) || result_rows(rows) == 0)
		return false;
	struct row row = { rows, 0 };
	POINT("outbox.claimed");
	o->id = row_int(&row, MAIL_ID);
	o->attempts = row_int(&row, MAIL_ATTEMPTS);
	if (row_bool(&row, MAIL_IS_OLD)) {
		conclude(o, "parked", "too old to be of use");
		return true;
	}
	if (!letter_make(t, &row, o->mail_arena,
	    transport_eol(o->transport), &o->letter, &why)) {
		conclude(o, "parked", why);
		return true;
	}
	POINT("outbox.rendered");
	transport_start(o->transport, &o->letter);
	o->sending = true;
	POINT("outbox.sending");
	return true;
}

/*
 * Without mail nothing is written into the outbox but by triggers, which know
 * no settings; that would lie there for ever.
 */
static int64_t
discard(struct task *t)
{
	const struct result *result;

	if (pg_do(t, &mail_discard, NULL, &result)) {
		struct row row = { result, 0 };

		if (row_int(&row, 0) > 0)
			log_event(LOG_INFO, "mail_discarded", "rows",
			    log_int(row_int(&row, 0)), NULL);
	}
	return HOUR;
}

int64_t
outbox_work(struct task *t, struct outbox *o)
{
	if (o->transport == NULL)
		return discard(t);
	if (o->noting && !note(t, o))
		return PAUSE;
	if (o->sending)
		return PAUSE;
	if (!send_next(t, o))
		return PAUSE;
	return outbox_moved(o) ? 0 : PAUSE;
}

void
outbox_wait(struct outbox *o, struct pollfd *fds, unsigned n, int64_t timeout)
{
	transport_wait(o->transport, fds, n, timeout);
}

void
outbox_finish(struct task *t, struct outbox *o)
{
	int64_t end = clock_monotonic() + FINISH;
	int64_t left = FINISH;

	while (o->sending && !outbox_moved(o) && left > 0) {
		transport_wait(o->transport, NULL, 0,
		    left < SECOND / 10 ? left : SECOND / 10);
		left = end - clock_monotonic();
	}
	if (o->sending) {
		transport_abandon(o->transport);
		conclude(o, "failed", "the dispatcher ended");
	}
	if (o->noting && (!pg_ready(t) || !note(t, o)))
		log_event(LOG_WARN, "mail_not_noted", "outbox",
		    log_int(o->id), NULL);
}
