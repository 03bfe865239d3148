/*
 * Rendering; see letter.h.  Nothing here fails for long: a zone that is
 * unknown meanwhile becomes UTC, a text that does not open stays away.
 */

#include "job/letter.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/task.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "job/mail.h"
#include "store/pg.h"
#include "store/row.h"

const struct statement letter_when = {
	"job_letter_when",
	"SELECT to_char($1::text::timestamptz AT TIME ZONE $2::text,"
	" 'FMDay, FMDD FMMonth YYYY, HH24:MI')",
};

/* A mail says what `says` says, or what `write` writes. */
struct template {
	const char	*name;		/* in the outbox */
	const char	*subject;
	const char	*says;		/* goes on after "Hello," */
	void		(*write)(struct task *, const struct row *,
			    struct buf *);
};

/* "Saturday, 21 November 2026, 14:30 (Europe/Berlin)" */
static const char *
local_time(struct task *t, const struct row *row)
{
	const char *zone = row_text(row, LETTER_ZONE);
	const struct result *result;

	if (zone == NULL)
		zone = t->settings->time_zone;
	for (int i = 0; i < 2; i++) {
		struct params p = { .n = 0 };

		param_text(&p, row_text(row, LETTER_AT));
		param_text(&p, zone);
		if (pg_do(t, &letter_when, &p, &result)) {
			struct row first = { result, 0 };

			return arena_printf(t->arena, "%s (%s)",
			    row_text(&first, 0), zone);
		}
		fault_clear(t);
		zone = "UTC";
	}
	return row_text(row, LETTER_AT);
}

/* What the notification says; NULL when it says nothing. */
static const char *
notification_text(struct task *t, const struct row *row)
{
	struct data_key key;
	const char *text = NULL;
	bool opened;

	if (row_null(row, SEALED_TEXT))
		return NULL;
	opened = sealed_key(t, row, 0, &key) && sealed_open(t, row, 0, &key,
	    "notification", row_uuid(row, LETTER_NOTIFICATION), &text);
	wipe(&key, sizeof(key));
	if (!opened) {
		log_event(LOG_ERROR, "mail_without_text", "why",
		    t->fault.text, NULL);
		fault_clear(t);
	}
	return text;
}

static void
write_reminder_due(struct task *t, const struct row *row, struct buf *body)
{
	const char *text = NULL;

	buf_printf(body, "a reminder of yours is due: %s.\n\n",
	    local_time(t, row));
	if (t->settings->mail_reminder_text)
		text = notification_text(t, row);
	if (text != NULL)
		buf_printf(body, "%s\n\n", text);
}

/*
 * Mail is read by others: of what others did it says that there is something,
 * and names neither them nor what they are to the reader.  Nor does it name
 * the reader: whoever signs up with another's address and makes mails to it
 * would write them, in the name.
 */
static const struct template templates[] = {
	{ "reminder_due",        "A reminder is due", .write = write_reminder_due },
	{ "connection_asked",    "A request waits for you",
	    "a request for a connection waits for your answer." },
	{ "connection_accepted", "A request was accepted",
	    "a request for a connection was accepted." },
	{ "connection_rejected", "A request was not accepted",
	    "a request for a connection was not accepted." },
	{ "connection_ended",    "A connection has ended",
	    "a connection of yours has ended." },
	{ "activity_invited",    "An invitation waits for you",
	    "an invitation waits for your answer." },
	{ "invite_accepted",     "An invitation was accepted",
	    "an invitation of yours was accepted." },
	{ "invite_declined",     "An invitation was declined",
	    "an invitation of yours was declined." },
	{ "activity_cancelled",  "An activity was cancelled",
	    "an activity that you were invited to was cancelled." },
};

static const struct template *
template_named(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(templates); i++) {
		if (text_equal(templates[i].name, name))
			return &templates[i];
	}
	return NULL;
}

/* Given and family name; "" for none, and where another makes the mail. */
static const char *
full_name(struct task *t, const struct row *row,
    const struct template *template)
{
	const char *given = row_text(row, LETTER_GIVEN);
	const char *family = row_text(row, LETTER_FAMILY);

	if (template->says != NULL)
		return "";
	return text_trimmed(t->arena, arena_printf(t->arena, "%s %s",
	    given != NULL ? given : "", family != NULL ? family : ""));
}

static const char *
body_of(struct task *t, const struct row *row, const struct template *template)
{
	const char *name = full_name(t, row, template);
	struct buf body;

	buf_init(&body, t->arena, 1024);
	if (name[0] != '\0')
		buf_printf(&body, "Hello %s,\n\n", mail_line(t->arena, name));
	else
		buf_text(&body, "Hello,\n\n");
	if (template->write != NULL)
		template->write(t, row, &body);
	else
		buf_printf(&body, "%s\n\n", template->says);
	buf_printf(&body, "Sign in to see it: %s/\n", t->settings->base_url);
	buf_text(&body, "\nA program wrote this; nobody reads answers.\n");
	return body.data;
}

bool
letter_make(struct task *t, const struct row *row, struct arena *arena,
    const char *eol, struct letter *letter_r, const char **why_r)
{
	const char *to = row_text(row, LETTER_EMAIL);
	const struct template *template = template_named(row_text(row,
	    LETTER_TEMPLATE));
	char id[UUID_TEXT];
	struct buf out;

	*why_r = "no such template";
	if (template == NULL)
		return false;
	*why_r = "not an address that can be written to";
	if (to == NULL || !mail_address(to))
		return false;
	uuid_print(row_uuid(row, LETTER_UID), id);
	struct mail mail = {
		.id = id, .host = mail_host(t->arena, t->settings->base_url),
		.from = t->settings->mail_from, .to = to,
		.name = full_name(t, row, template),
		.subject = template->subject,
		.body = body_of(t, row, template), .date = clock_now(),
	};
	buf_init(&out, arena, 2048);
	mail_render(&mail, eol, &out);
	letter_r->from = mail.from;
	letter_r->to = arena_text(arena, to);
	letter_r->text = out.data;
	letter_r->len = out.len;
	return true;
}
