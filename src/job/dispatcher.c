/*
 * The dispatcher's loop: chores, each with the time at which it wants to be
 * called next, and one place to wait.  Nothing else blocks for long: mails
 * are sent while other chores go on, and both servers have time limits.
 *
 * Signals stay blocked and are read from a descriptor, so that no step is
 * ever interrupted by one.
 */

#include "job/dispatcher.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/task.h"
#include "job/chain.h"
#include "job/delivery.h"
#include "job/housekeeping.h"
#include "job/occurrence.h"
#include "job/outbox.h"
#include "store/pg.h"
#include "store/redis.h"

#define STATEMENTS_MAX	32
#define RETRY		(2 * SECOND)	/* while PostgreSQL is away */

struct dispatcher {
	struct task		 task;
	struct occurrences	 occurrences;
	struct outbox		*outbox;
	const struct statement	*statements[STATEMENTS_MAX];
	size_t			 nstatements;
	void			(*moves)(int64_t now);
	int			 signals;
	bool			 ended;
};

static int64_t
announce(struct dispatcher *d)
{
	return occurrences_work(&d->task, &d->occurrences);
}

static int64_t
send_mail(struct dispatcher *d)
{
	return outbox_work(&d->task, d->outbox);
}

static int64_t
live(struct dispatcher *d)
{
	return beat(&d->task);
}

static int64_t
sweep(struct dispatcher *d)
{
	return housekeeping(&d->task);
}

static int64_t
seal(struct dispatcher *d)
{
	return chain_work(&d->task);
}

enum { ANNOUNCE, SEND_MAIL, LIVE, SWEEP, SEAL, CHORES };

static int64_t	(*const chores[CHORES])(struct dispatcher *) = {
	[ANNOUNCE]  = announce,
	[SEND_MAIL] = send_mail,
	[LIVE]      = live,
	[SWEEP]     = sweep,
	[SEAL]      = seal,
};

static const struct statement *const *const lists[] = {
	delivery_statements, occurrence_statements, outbox_statements,
	housekeeping_statements, chain_statements,
};

static void
collect_statements(struct dispatcher *d)
{
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		for (size_t k = 0; lists[i][k] != NULL; k++) {
			if (d->nstatements == STATEMENTS_MAX)
				abort();
			d->statements[d->nstatements++] = lists[i][k];
		}
	}
}

/* Returns the descriptor that tells of signals. */
static int
take_signals(void)
{
	sigset_t set;
	int fd;

	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_SETMASK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		abort();
	return fd;
}

static void
read_signals(struct dispatcher *d, int64_t at[CHORES])
{
	struct signalfd_siginfo info;

	while (read(d->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGUSR1)
			at[ANNOUNCE] = at[SEND_MAIL] = 0;
		else if (info.ssi_signo != SIGCHLD)
			d->ended = true;
	}
}

/* Runs one chore; when it wants to be called again. */
static int64_t
run(struct dispatcher *d, int64_t (*chore)(struct dispatcher *))
{
	struct task *t = &d->task;
	int64_t pause = RETRY;

	if (d->moves != NULL)
		d->moves(clock_monotonic());
	if (pg_ready(t))
		pause = chore(d);
	pg_settle(t->pg);
	if (t->fault.code != FAULT_NONE && t->fault.code != FAULT_UNAVAILABLE)
		log_event(LOG_ERROR, "dispatcher", "why", t->fault.text, NULL);
	fault_clear(t);
	arena_reset(t->arena);
	return clock_monotonic() + pause;
}

/* Runs all whose time has come; when the next one's comes. */
static int64_t
run_due(struct dispatcher *d, int64_t at[CHORES])
{
	int64_t next = INT64_MAX;

	if (outbox_moved(d->outbox))
		at[SEND_MAIL] = 0;
	for (int i = 0; i < CHORES; i++) {
		if (at[i] <= clock_monotonic())
			at[i] = run(d, chores[i]);
		next = at[i] < next ? at[i] : next;
	}
	return next;
}

static void
loop(struct dispatcher *d)
{
	int64_t at[CHORES] = { 0 };

	while (!d->ended) {
		struct pollfd fd = { .fd = d->signals, .events = POLLIN };
		int64_t next = run_due(d, at);

		outbox_wait(d->outbox, &fd, 1, next - clock_monotonic());
		read_signals(d, at);
	}
}

int
dispatcher_run(const struct settings *settings, const struct keyring *keyring,
    void (*moves)(int64_t now))
{
	struct dispatcher d = {
		.task = { .settings = settings, .keyring = keyring },
		.moves = moves,
	};
	struct task *t = &d.task;

	log_set_name("dispatcher");
	d.signals = take_signals();
	collect_statements(&d);
	t->arena = arena_new(0);
	t->pg = pg_new(settings->database,
	    "-c application_name=chartkeep-dispatcher"
	    " -c statement_timeout=30s", "SET ROLE chartkeep_job",
	    d.statements, d.nstatements);
	if (settings->redis[0] != '\0')
		t->redis = redis_new(settings->redis, settings->redis_prefix);
	d.outbox = outbox_new(settings);
	log_event(LOG_INFO, "dispatcher_started", NULL);
	loop(&d);
	outbox_finish(t, d.outbox);
	log_event(LOG_INFO, "dispatcher_ended", NULL);
	outbox_free(d.outbox);
	redis_free(t->redis);
	pg_free(t->pg);
	arena_free(t->arena);
	close(d.signals);
	return EXIT_SUCCESS;
}
