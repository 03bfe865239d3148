/*
 * Mails through a sendmail-compatible program: exim, postfix, msmtp and all
 * others have one.  The mail is a memory file on its standard input, so that
 * nothing has to be fed; it gets no shell, no file of ours, and an
 * environment of its own.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/settings.h"
#include "job/transport_inside.h"

struct sendmail {
	const char	*path;
	pid_t		 pid;		/* 0: none runs */
	const char	*trouble;	/* why it did not even start */
	char		 why[64];
};

static bool
sendmail_open(struct transport *transport, const char *path,
    const char **why_r)
{
	*why_r = "mail names no program that can be run";
	if (*path != '/' || access(path, X_OK) != 0)
		return false;
	transport->sendmail = arena_alloc(transport->arena,
	    sizeof(*transport->sendmail));
	transport->sendmail->path = path;
	return true;
}

/* The text in memory, read from its start; -1 when there is no room. */
static int
text_file(const struct letter *letter)
{
	int fd = memfd_create("mail", MFD_CLOEXEC);
	size_t done = 0;

	while (fd >= 0 && done < letter->len) {
		ssize_t n = write(fd, letter->text + done, letter->len - done);

		if (n <= 0) {
			close(fd);
			return -1;
		}
		done += (size_t)n;
	}
	if (fd >= 0)
		(void)lseek(fd, 0, SEEK_SET);
	return fd;
}

/* No signal blocked or ignored, a process group of its own. */
static void
fresh_start(posix_spawnattr_t *attributes)
{
	sigset_t set;

	posix_spawnattr_init(attributes);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(attributes, &set);
	sigfillset(&set);
	posix_spawnattr_setsigdefault(attributes, &set);
	posix_spawnattr_setpgroup(attributes, 0);
	posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK |
	    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

static void
sendmail_start(struct transport *transport, const struct letter *letter)
{
	struct sendmail *sm = transport->sendmail;
	char *const argv[] = { (char *)sm->path, (char *)"-t", (char *)"-i",
	    (char *)"-f", (char *)letter->from, NULL };
	char *const env[] = { (char *)"LC_ALL=C.UTF-8",
	    (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int fd = text_file(letter);
	int failure = ENOMEM;

	fresh_start(&attributes);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, fd, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&files, 1, 2);
	posix_spawn_file_actions_addclosefrom_np(&files, 3);
	if (fd >= 0) {
		failure = posix_spawn(&sm->pid, sm->path, &files, &attributes,
		    argv, env);
		close(fd);
	}
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	sm->trouble = failure == 0 ? NULL : "the program could not be started";
	if (failure != 0)
		sm->pid = 0;
}

/* What sysexits.h says about a mail that will never go. */
static bool
is_final(int status)
{
	return status == EX_DATAERR || status == EX_NOUSER ||
	    status == EX_NOHOST;
}

static enum sending
sendmail_result(struct transport *transport, const char **why_r)
{
	struct sendmail *sm = transport->sendmail;
	int status;

	*why_r = sm->trouble;
	if (sm->pid == 0)
		return REFUSED_NOW;
	if (waitpid(sm->pid, &status, WNOHANG) == 0)
		return SENDING;
	sm->pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return SENT;
	*why_r = sm->why;
	if (!WIFEXITED(status)) {
		snprintf(sm->why, sizeof(sm->why),
		    "the program was killed (signal %d)", WTERMSIG(status));
		return REFUSED_NOW;
	}
	snprintf(sm->why, sizeof(sm->why), "the program failed (status %d)",
	    WEXITSTATUS(status));
	return is_final(WEXITSTATUS(status)) ? REFUSED : REFUSED_NOW;
}

static void
sendmail_abandon(struct transport *transport)
{
	struct sendmail *sm = transport->sendmail;

	if (sm->pid == 0)
		return;
	kill(-sm->pid, SIGKILL);
	while (waitpid(sm->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	sm->pid = 0;
}

static void
sendmail_close(struct transport *transport)
{
	sendmail_abandon(transport);
}

const struct carrier sendmail = {
	.scheme = "sendmail:",
	.eol = "\n",
	.open = sendmail_open,
	.close = sendmail_close,
	.start = sendmail_start,
	.result = sendmail_result,
	.abandon = sendmail_abandon,
	.wait = wait_plainly,
};
