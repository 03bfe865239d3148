/*
 * One loop: sleep until a signal, a worker's word that it is ready, or the
 * next moment something is to be done; then reap, look for the stuck, fill
 * empty seats and go on with rolling.
 */

#include "main/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "api/status.h"
#include "base/clock.h"
#include "base/log.h"
#include "job/dispatcher.h"
#include "main/child.h"
#include "main/notify.h"
#include "main/settings.h"
#include "main/worker.h"
#include "model/hashing.h"

#define SEATS		WORKERS_MAX
#define DRAIN_EXTRA	(5 * SECOND)	/* beyond request_timeout */
#define CHORE_TIME	(120 * SECOND)

static struct supervisor {
	struct setup		*setup;
	const char		*path;
	const struct listener	*listener;
	struct shared		*shared;
	int			 signals;	/* signalfd */
	int			 ready[2];	/* pipe from the workers */
	unsigned		 generation;
	size_t			 nworkers;
	struct seat		 workers[SEATS];
	struct seat		 dispatcher;
	bool			 was_ready;	/* told systemd */
	int64_t			 stopping;	/* since; 0: not */
	int64_t			 watchdog, barked;
} super;

static void
open_signals(void)
{
	sigset_t	 set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	super.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* What only the supervisor needs. */
static void
leave_supervisor(void)
{
	close(super.signals);
	close(super.ready[0]);
	/* systemd listens to the supervisor alone. */
	unsetenv("NOTIFY_SOCKET");
}

static int
run_worker(void *ctx)
{
	const struct child	*child = ctx;
	struct worker_place	 place = {
		super.listener->fd, super.ready[1], child->slot / 2,
		child->slot / 2 == 0
	};

	leave_supervisor();
	status_attach(super.shared, child->slot);
	return worker_run(&super.setup->settings, &super.setup->keyring,
	    &place);
}

static int
run_dispatcher(void *unused)
{
	(void)unused;
	leave_supervisor();
	close(super.listener->fd);
	close(super.ready[1]);
	status_attach(super.shared, DISPATCHER_SLOT);
	return dispatcher_run(&super.setup->settings, &super.setup->keyring,
	    status_beat);
}

static void
start_worker(size_t at)
{
	struct seat	*seat = &super.workers[at];
	struct child	*child = &seat->here;

	/* The slot that its predecessor does not write. */
	child->slot = 2 * at + (seat->leaving.pid > 0 &&
	    seat->leaving.slot % 2 == 0);
	child->generation = super.generation;
	status_clear(super.shared, child->slot);
	if (!child_start(child, run_worker, child))
		seat_crashed(seat);
}

static void
start_dispatcher(void)
{
	super.dispatcher.here.slot = DISPATCHER_SLOT;
	super.dispatcher.here.generation = super.generation;
	status_clear(super.shared, DISPATCHER_SLOT);
	if (!child_start(&super.dispatcher.here, run_dispatcher, NULL))
		seat_crashed(&super.dispatcher);
}

static bool
is_due(const struct seat *seat)
{
	return seat->here.pid == 0 && clock_monotonic() >= seat->not_before;
}

static void
fill_seats(void)
{
	for (size_t i = 0; i < super.nworkers; i++) {
		if (is_due(&super.workers[i]))
			start_worker(i);
	}
	if (is_due(&super.dispatcher))
		start_dispatcher();
}

static void
log_end(const char *who, pid_t pid, int status)
{
	if (WIFSIGNALED(status))
		log_event(LOG_ERROR, "child_died", "kind", who, "pid",
		    log_int(pid), "signal", strsignal(WTERMSIG(status)), NULL);
	else
		log_event(LOG_ERROR, "child_died", "kind", who, "pid",
		    log_int(pid), "status", log_int(WEXITSTATUS(status)),
		    NULL);
}

/* Who sat there has ended by itself: worn out, killed as stuck, or dead. */
static void
vacate(struct seat *seat, const char *who, int status)
{
	bool	 is_worker = seat != &super.dispatcher;
	bool	 well = WIFEXITED(status) && (WEXITSTATUS(status) == 0 ?
		    seat->here.asked != 0 :
		    is_worker && WEXITSTATUS(status) == WORKER_WORN);
	enum restart why = well ? RESTART_WORN :
		    seat->here.stuck ? RESTART_STUCK : RESTART_CRASHED;

	if (is_worker && super.stopping == 0)
		status_restarted(super.shared, why);
	if (!well && super.stopping == 0)
		log_end(who, seat->here.pid, status);
	if (why == RESTART_CRASHED)
		seat_crashed(seat);
	else
		seat->not_before = 0;
	seat->here.pid = 0;
}

static void
reap_one(pid_t pid, int status)
{
	if (super.dispatcher.here.pid == pid) {
		vacate(&super.dispatcher, "dispatcher", status);
		return;
	}
	for (size_t i = 0; i < SEATS; i++) {
		struct seat	*seat = &super.workers[i];

		if (seat->leaving.pid == pid) {
			seat->leaving.pid = 0;
			return;
		}
		if (seat->here.pid == pid) {
			vacate(seat, "worker", status);
			return;
		}
	}
}

static void
reap(void)
{
	pid_t	 pid;
	int	 status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		reap_one(pid, status);
}

/*
 * What a dispatcher has for one chore, whose statements may take 30 s each.
 * Tests of one that hangs need not take minutes.
 */
static int64_t
chore_time(void)
{
#ifdef CK_DEVELOPER
	const char	*seconds = getenv("CK_CHORE_SECONDS");

	if (seconds != NULL)
		return atoi(seconds) * SECOND;
#endif
	return CHORE_TIME;
}

/* Over its time, or a dispatcher that was asked to end and does not? */
static bool
is_stuck(const struct child *child)
{
	int64_t	 now = clock_monotonic();
	int64_t	 patience = super.setup->settings.request_timeout;
	int64_t	 started = status_started(super.shared, child->slot);

	if (child->slot == DISPATCHER_SLOT) {
		if (child->asked != 0 &&
		    now - child->asked >= patience + DRAIN_EXTRA)
			return true;
		patience = chore_time();
	}
	return started != 0 && now - started >= patience;
}

/* Over its time, or being killed for it. */
static void
end_stuck(struct child *child)
{
	if (child->pid == 0 || (!child->stuck && !is_stuck(child)))
		return;
	if (!child->stuck)
		log_event(LOG_ERROR, child->slot == DISPATCHER_SLOT ?
		    "dispatcher_stuck" : "worker_stuck", "pid",
		    log_int(child->pid), NULL);
	child->stuck = true;
	child_kill(child);
}

static void
look_for_stuck(void)
{
	for (size_t i = 0; i < SEATS; i++) {
		end_stuck(&super.workers[i].here);
		end_stuck(&super.workers[i].leaving);
	}
	end_stuck(&super.dispatcher.here);
}

/*
 * Of the workers with an old configuration one at a time gets a successor;
 * it is asked to end when that one waits for requests.
 */
static bool
is_rolling(struct seat *seat)
{
	if (seat->leaving.pid == 0)
		return false;
	if (seat->here.pid > 0 && seat->leaving.asked == 0 &&
	    status_is_ready(super.shared, seat->here.slot)) {
		child_ask(&seat->leaving);
		status_restarted(super.shared, RESTART_RELOADED);
	}
	return true;
}

static void
roll(void)
{
	for (size_t i = 0; i < SEATS; i++) {
		if (is_rolling(&super.workers[i]))
			return;
	}
	for (size_t i = 0; i < super.nworkers; i++) {
		struct seat	*seat = &super.workers[i];

		if (seat->here.pid == 0 ||
		    seat->here.generation == super.generation)
			continue;
		seat->leaving = seat->here;
		seat->here = (struct child){ .pid = 0 };
		seat->not_before = 0;
		return;
	}
}

/* Fewer workers than before: the last ones end. */
static void
drop_surplus(void)
{
	for (size_t i = super.nworkers; i < SEATS; i++) {
		struct seat	*seat = &super.workers[i];

		if (seat->here.pid == 0 || seat->leaving.pid > 0)
			continue;
		child_ask(&seat->here);
		seat->leaving = seat->here;
		seat->here.pid = 0;
	}
}

static void
reload(void)
{
	char	 why[512];
	char	 listen[256];

	notify_reloading();
	snprintf(listen, sizeof(listen), "%s", super.setup->settings.listen);
	if (!setup_read(super.setup, super.path, why, sizeof(why))) {
		log_event(LOG_ERROR, "reload_refused", "why", why, NULL);
		notify("READY=1\nSTATUS=the new configuration was refused");
		return;
	}
	if (strcmp(listen, super.setup->settings.listen) != 0)
		log_event(LOG_WARN, "listen_changes_at_restart", NULL);
	log_set_level(super.setup->settings.log_level);
	super.generation++;
	if (super.nworkers != (size_t)super.setup->settings.workers) {
		super.nworkers = (size_t)super.setup->settings.workers;
		hashing_places(super.nworkers);
	}
	child_ask(&super.dispatcher.here);
	log_event(LOG_INFO, "reloaded", NULL);
	notify("READY=1\nSTATUS=reloaded");
}

static void
stop_all(void)
{
	if (super.stopping != 0)
		return;
	super.stopping = clock_monotonic();
	notify("STOPPING=1");
	log_event(LOG_INFO, "stopping", NULL);
	child_ask(&super.dispatcher.here);
	for (size_t i = 0; i < SEATS; i++) {
		child_ask(&super.workers[i].here);
		child_ask(&super.workers[i].leaving);
	}
}

static void
take_signals(void)
{
	struct signalfd_siginfo	 info;

	while (read(super.signals, &info, sizeof(info)) == sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGTERM:
		case SIGINT:
			stop_all();
			break;
		case SIGHUP:
			if (super.stopping == 0)
				reload();
			break;
		default:
			break;
		}
	}
}

static bool
anybody_left(void)
{
	for (size_t i = 0; i < SEATS; i++) {
		if (super.workers[i].here.pid > 0 ||
		    super.workers[i].leaving.pid > 0)
			return true;
	}
	return super.dispatcher.here.pid > 0;
}

/* Who did not end in the time of a request and a little more. */
static void
kill_late(void)
{
	if (clock_monotonic() - super.stopping <
	    super.setup->settings.request_timeout + DRAIN_EXTRA)
		return;
	child_kill(&super.dispatcher.here);
	for (size_t i = 0; i < SEATS; i++) {
		child_kill(&super.workers[i].here);
		child_kill(&super.workers[i].leaving);
	}
}

static void
say_ready(void)
{
	char	 trash[64];

	while (read(super.ready[0], trash, sizeof(trash)) > 0)
		;
	if (super.was_ready || super.workers[0].here.pid == 0 ||
	    !status_is_ready(super.shared, super.workers[0].here.slot))
		return;
	super.was_ready = true;
	log_event(LOG_INFO, "ready", "workers",
	    log_int((int64_t)super.nworkers), NULL);
	notify("READY=1");
}

static void
bark(void)
{
	int64_t	 now = clock_monotonic();

	if (super.watchdog == 0 || now - super.barked < super.watchdog)
		return;
	super.barked = now;
	notify("WATCHDOG=1");
}

/* How long nothing is to be done unless somebody calls. */
static int64_t
patience(void)
{
	int64_t	 now = clock_monotonic();
	int64_t	 until = now + SECOND;

	for (size_t i = 0; i <= super.nworkers; i++) {
		const struct seat	*seat = i == super.nworkers ?
					    &super.dispatcher :
					    &super.workers[i];

		if (super.stopping == 0 && seat->here.pid == 0 &&
		    seat->not_before < until)
			until = seat->not_before;
	}
	if (super.watchdog != 0 && super.barked + super.watchdog < until)
		until = super.barked + super.watchdog;
	return until > now ? until - now : 0;
}

static void
sleep_until_called(void)
{
	struct pollfd	 fds[2] = {
		{ super.signals, POLLIN, 0 }, { super.ready[0], POLLIN, 0 }
	};
	int64_t		 wait = patience();
	struct timespec	 ts = { wait / SECOND, wait % SECOND * 1000 };

	(void)ppoll(fds, COUNT_OF(fds), &ts, NULL);
}

int
supervisor_run(struct setup *setup, const char *path,
    const struct listener *listener)
{
	super.setup = setup;
	super.path = path;
	super.listener = listener;
	super.shared = status_map(2 * SEATS);
	super.nworkers = (size_t)setup->settings.workers;
	super.watchdog = notify_watchdog();
	open_signals();
	if (super.signals < 0 ||
	    pipe2(super.ready, O_CLOEXEC | O_NONBLOCK) != 0) {
		log_event(LOG_ERROR, "no_descriptors", "error",
		    strerror(errno), NULL);
		return 71;	/* EX_OSERR */
	}
	while (super.stopping == 0 || anybody_left()) {
		if (super.stopping == 0) {
			drop_surplus();
			roll();
			fill_seats();
		} else {
			kill_late();
		}
		sleep_until_called();
		take_signals();
		reap();
		say_ready();
		look_for_stuck();
		bark();
	}
	log_event(LOG_INFO, "stopped", NULL);
	return 0;
}
