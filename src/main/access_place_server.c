/*
 * The server of chartkeep access-test: the chartkeepd that is installed beside
 * this program, on descriptor 0, which makes it one worker.
 */

#include "main/access_place.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/task.h"
#include "main/access_client.h"

#define SERVER		"chartkeepd"
#define START_LIMIT	(20 * SECOND)
#define STOP_LIMIT	(30 * SECOND)

static void
rest(int64_t time)
{
	struct timespec	 wait = { time / SECOND, time % SECOND * 1000 };

	nanosleep(&wait, NULL);
}

/* The program's own place, or where PATH leads. */
static const char *
server_path(struct access_place *p)
{
	char	*path = arena_alloc(p->task->arena, 4096);
	ssize_t	 len = readlink("/proc/self/exe", path, 4000);
	char	*slash;

	path[len > 0 ? len : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		return SERVER;
	strcpy(slash + 1, SERVER);
	return path;
}

static NO_RETURN void
become_server(const struct access_place *p, const char *path,
    const struct passwd *pw, pid_t parent)
{
	const char *const	 argv[] = {
		SERVER, "-c", p->configuration, NULL
	};

	if (pw != NULL && (initgroups(pw->pw_name, pw->pw_gid) != 0 ||
	    setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0))
		_exit(126);
	/* What is typed at a terminal is for the parent, who ends this. */
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent || dup2(p->listener, 0) < 0 ||
	    dup2(p->log, 1) < 0 || dup2(p->log, 2) < 0 || chdir("/") != 0)
		_exit(126);
	signal(SIGPIPE, SIG_DFL);
	execvp(path, (char *const *)argv);
	dprintf(2, "%s: %s\n", path, strerror(errno));
	_exit(127);
}

static bool
start(struct access_place *p)
{
	const struct passwd	*pw;
	const char		*path = server_path(p);
	pid_t			 parent = getpid();

	if (!place_user(p, &pw))
		return false;
	fflush(NULL);
	p->child = fork();
	if (p->child == 0)
		become_server(p, path, pw, parent);
	/* Else who asks a server that has died would wait. */
	close(p->listener);
	p->listener = -1;
	return p->child > 0 ||
	    fail(p->task, FAULT_INTERNAL, "fork: %s", strerror(errno));
}

static bool
has_ended(struct access_place *p, int *status_r)
{
	if (p->child <= 0 || waitpid(p->child, status_r, WNOHANG) != p->child)
		return false;
	p->child = 0;
	return true;
}

/* Whether it answers, and whether it has its database: 200 or 503. */
static bool
ask_once(struct access_place *p, int *status_r)
{
	struct asked	 asked = {
		"GET", "/api/health?deep=1", "127.0.0.1"
	};
	struct answered	 answered;
	char		 why[256];

	if (!access_ask(p->task->arena, p->socket, &asked, &answered, why,
	    sizeof(why)))
		return false;
	*status_r = strstr(answered.text.data, "\"database\"") != NULL ||
	    strstr(answered.text.data, "\"schema\"") != NULL ? 503 : 200;
	return true;
}

bool
place_serve(struct access_place *p)
{
	int64_t	 until = clock_monotonic() + START_LIMIT;
	int	 status = 0, ended;

	if (!start(p))
		return false;
	while (clock_monotonic() < until && !place_is_ending()) {
		if (has_ended(p, &ended)) {
			place_show_log(p);
			return fail(p->task, FAULT_INTERNAL,
			    "the server did not start");
		}
		if (ask_once(p, &status) && status == 200)
			return true;
		rest(SECOND / 10);
	}
	place_show_log(p);
	return fail(p->task, FAULT_INTERNAL, status == 0 ?
	    "the server does not answer" :
	    "the server has no database that fits: look at the setting"
	    " database, and at who runs this");
}

bool
place_stop(struct access_place *p)
{
	int64_t	 until = clock_monotonic() + STOP_LIMIT;
	int	 status = 0;

	if (p->child <= 0)
		return true;
	kill(p->child, SIGTERM);
	while (!has_ended(p, &status)) {
		if (clock_monotonic() > until)
			kill(p->child, SIGKILL);
		rest(SECOND / 100);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	place_show_log(p);
	return fail(p->task, FAULT_INTERNAL,
	    "the server ended badly (status %d)", status);
}
