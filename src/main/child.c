#include "main/child.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define BACKOFF_LEAST	(SECOND / 10)
#define BACKOFF_MOST	(10 * SECOND)
#define GOOD_LIFE	(10 * SECOND)
#define KILL_AFTER	SECOND

bool
child_start(struct child *child, int (*run)(void *ctx), void *ctx)
{
	pid_t	 parent = getpid();
	pid_t	 pid = fork();

	if (pid < 0) {
		log_event(LOG_ERROR, "fork_failed", "error", strerror(errno),
		    NULL);
		return false;
	}
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent)
			_exit(0);
		_exit(run(ctx));
	}
	child->pid = pid;
	child->began = clock_monotonic();
	child->killed = 0;
	child->asked = 0;
	child->stuck = false;
	return true;
}

void
child_ask(struct child *child)
{
	if (child->pid <= 0 || child->asked != 0)
		return;
	child->asked = clock_monotonic();
	kill(child->pid, SIGTERM);
}

void
child_kill(struct child *child)
{
	int64_t	 now = clock_monotonic();

	if (child->pid <= 0)
		return;
	if (child->killed == 0) {
		child->killed = now;
		kill(child->pid, SIGABRT);
	} else if (now - child->killed >= KILL_AFTER) {
		kill(child->pid, SIGKILL);
	}
}

void
seat_crashed(struct seat *seat)
{
	int64_t	 now = clock_monotonic();

	if (now - seat->here.began >= GOOD_LIFE)
		seat->backoff = 0;
	seat->not_before = now + seat->backoff;
	seat->backoff = seat->backoff == 0 ? BACKOFF_LEAST :
	    2 * seat->backoff;
	if (seat->backoff > BACKOFF_MOST)
		seat->backoff = BACKOFF_MOST;
}
