/*
 * Which way mails leave, and what holds for every way: one at a time, never
 * longer than its time.
 */

#include "job/transport.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/text.h"
#include "job/mail.h"
#include "job/transport_inside.h"

static const struct carrier *const carriers[] = {
	&smtp, &smtp_starttls, &smtps, &sendmail
};

static const char *
open_transport(struct transport *transport)
{
	const char *mail = transport->settings->mail;
	const char *why;

	if (!mail_address(transport->settings->mail_from))
		return "mail_from is no plain address";
	for (size_t i = 0; i < COUNT_OF(carriers); i++) {
		const struct carrier *carrier = carriers[i];

		if (!text_starts(mail, carrier->scheme))
			continue;
		if (!carrier->open(transport,
		    mail + strlen(carrier->scheme), &why))
			return why;
		transport->carrier = carrier;
		return NULL;
	}
	return "mail names no way that is known";
}

/* Tests of servers that hang need not take minutes. */
static int64_t
patience(void)
{
#ifdef CK_DEVELOPER
	const char *seconds = getenv("CK_MAIL_SECONDS");

	if (seconds != NULL)
		return atoi(seconds) * SECOND;
#endif
	return TRANSPORT_TIME;
}

struct transport *
transport_new(const struct settings *settings)
{
	struct arena *arena;
	struct transport *transport;

	if (text_equal(settings->mail, "none"))
		return NULL;
	arena = arena_new(0);
	transport = arena_alloc(arena, sizeof(*transport));
	transport->arena = arena;
	transport->settings = settings;
	transport->patience = patience();
	transport->broken = open_transport(transport);
	if (transport->broken != NULL)
		log_event(LOG_ERROR, "mail_unusable", "why",
		    transport->broken, NULL);
	return transport;
}

const char *
transport_broken(const struct transport *transport)
{
	return transport != NULL ? transport->broken : NULL;
}

void
transport_free(struct transport *transport)
{
	if (transport == NULL)
		return;
	transport_abandon(transport);
	if (transport->carrier != NULL)
		transport->carrier->close(transport);
	arena_free(transport->arena);
}

const char *
transport_eol(const struct transport *transport)
{
	return transport->carrier != NULL ? transport->carrier->eol : "\n";
}

void
transport_start(struct transport *transport, const struct letter *letter)
{
	assert(!transport->sending);
	transport->deadline = clock_monotonic() + transport->patience;
	transport->sending = transport->broken == NULL;
	if (transport->sending)
		transport->carrier->start(transport, letter);
}

enum sending
transport_result(struct transport *transport, const char **why_r)
{
	enum sending result;

	*why_r = transport->broken;
	if (transport->broken != NULL)
		return REFUSED_NOW;
	result = transport->carrier->result(transport, why_r);
	if (result == SENDING && clock_monotonic() >= transport->deadline) {
		transport_abandon(transport);
		*why_r = "took too long";
		return REFUSED_NOW;
	}
	transport->sending = result == SENDING;
	return result;
}

void
transport_abandon(struct transport *transport)
{
	if (transport->sending)
		transport->carrier->abandon(transport);
	transport->sending = false;
}

void
wait_plainly(struct transport *transport, struct pollfd *fds, unsigned n,
    int milliseconds)
{
	(void)transport;
	(void)poll(fds, n, milliseconds);
}

void
transport_wait(struct transport *transport, struct pollfd *fds, unsigned n,
    int64_t timeout)
{
	int milliseconds;

	if (transport != NULL && transport->sending) {
		int64_t left = transport->deadline - clock_monotonic();

		timeout = timeout < left ? timeout : left;
	}
	/* Rounded up, so that nobody wakes before it is time. */
	milliseconds = timeout <= 0 ? 0 : (int)((timeout + 999) / 1000);
	if (transport == NULL || transport->carrier == NULL)
		wait_plainly(transport, fds, n, milliseconds);
	else
		transport->carrier->wait(transport, fds, n, milliseconds);
}
