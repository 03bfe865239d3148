#ifndef CK_TESTS_SERVERS_H
#define CK_TESTS_SERVERS_H

/*
 * Servers for the unit tests of store: those of `./dev test` where it set
 * PGHOST, else private ones; and a Redis of a test's own that may be stopped.
 * Where neither can be had the test fails: it never skips.
 */

#include <check.h>
#undef fail			/* an old name of ck_abort_msg() */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char servers_directory[64];
static char servers_script[512];
static const char *servers_start = "start";
static pid_t servers_owner;

static inline void
servers_stop(void)
{
	char command[700];

	/* Check's children run this too when they exit. */
	if (getpid() != servers_owner)
		return;
	snprintf(command, sizeof(command), "'%s' stop '%s'", servers_script,
	    servers_directory);
	if (system(command) != 0)
		fprintf(stderr, "the servers in %s did not stop\n",
		    servers_directory);
}

static inline void
servers_find_script(void)
{
	const char *const tops[] = {
		getenv("CK_SRC"), getenv("srcdir"), "."
	};

	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		if (tops[i] == NULL)
			continue;
		snprintf(servers_script, sizeof(servers_script),
		    "%s/tests/lib/servers.sh", tops[i]);
		if (access(servers_script, X_OK) == 0)
			return;
	}
	fprintf(stderr, "tests/lib/servers.sh is not found: set CK_SRC\n");
	exit(1);
}

/* PGHOST and its friends are set when this returns.  Call it from main(). */
static inline void
servers_need(void)
{
	char line[700];

	if (getenv("PGHOST") != NULL)
		return;
	servers_find_script();
	snprintf(servers_directory, sizeof(servers_directory),
	    "/tmp/ck-unit-XXXXXX");
	if (mkdtemp(servers_directory) == NULL) {
		perror(servers_directory);
		exit(1);
	}
	servers_owner = getpid();
	atexit(servers_stop);
	snprintf(line, sizeof(line), "'%s' %s '%s'", servers_script,
	    servers_start, servers_directory);
	FILE *out = popen(line, "r");
	while (out != NULL && fgets(line, sizeof(line), out) != NULL) {
		char *value = strchr(line, '=');

		line[strcspn(line, "\n")] = '\0';
		if (value != NULL) {
			*value = '\0';
			setenv(line, value + 1, 1);
		}
	}
	if (out == NULL || pclose(out) != 0) {
		fprintf(stderr, "no private servers could be started\n");
		exit(1);
	}
}

/* A Redis of the test's own. */
struct own_redis {
	char	directory[64];
	char	socket[80];
	char	address[96];		/* as redis_new() takes it */
	pid_t	pid;			/* 0: not running */
};

static inline bool
own_redis_answers(const struct own_redis *own)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", own->socket);
	bool answers = connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0;
	close(fd);
	return answers;
}

/* `port` "0": none but the socket. */
static inline void
own_redis_start(struct own_redis *own, const char *port)
{
	own->pid = fork();
	ck_assert_int_ge(own->pid, 0);
	if (own->pid == 0) {
		int null = open("/dev/null", O_RDWR);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execlp("redis-server", "redis-server", "--port", port,
		    "--unixsocket", own->socket, "--save", "",
		    "--appendonly", "no", "--dir", own->directory,
		    (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 500 && !own_redis_answers(own); i++)
		usleep(10 * 1000);
	ck_assert_msg(own_redis_answers(own), "redis-server does not start");
}

static inline void
own_redis_stop(struct own_redis *own)
{
	if (own->pid == 0)
		return;
	kill(own->pid, SIGKILL);
	waitpid(own->pid, NULL, 0);
	own->pid = 0;
	unlink(own->socket);
}

static inline void
own_redis_make(struct own_redis *own)
{
	snprintf(own->directory, sizeof(own->directory),
	    "/tmp/ck-redis-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(own->directory));
	snprintf(own->socket, sizeof(own->socket), "%s/s", own->directory);
	snprintf(own->address, sizeof(own->address), "unix:%s", own->socket);
	own->pid = 0;
}

static inline void
own_redis_remove(struct own_redis *own)
{
	own_redis_stop(own);
	rmdir(own->directory);
}

/* Standard error goes to a file from here on; read it with log_taken(). */
static inline int
log_divert(void)
{
	char path[] = "/tmp/ck-log-XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	unlink(path);
	int old = dup(2);
	dup2(fd, 2);
	close(fd);
	return old;
}

/* What was written since; standard error is `old` again. */
static inline const char *
log_taken(int old)
{
	static char text[8192];
	ssize_t n = pread(2, text, sizeof(text) - 1, 0);

	dup2(old, 2);
	close(old);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	return text;
}

#endif
