#include "main/listener.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

#define SYSTEMD_FD	3
/* A full queue is a 502 of nginx; the kernel cuts this to its own limit. */
#define BACKLOG		4096

/* Where a reason goes, and what it is about. */
struct report {
	const char	*listen;
	char		*why;
	size_t		 size;
};

static bool
refuse(const struct report *r, const char *reason)
{
	snprintf(r->why, r->size, "listen %s: %s", r->listen, reason);
	return false;
}

static bool
is_listening(int fd)
{
	socklen_t	 len = sizeof(int);
	int		 on = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 &&
	    on != 0;
}

/* False: systemd gave none; a bad number of them is told in `why`. */
static bool
from_systemd(struct listener *l, const struct report *r)
{
	const char	*pid = getenv("LISTEN_PID");
	const char	*fds = getenv("LISTEN_FDS");
	int64_t		 who, count;

	if (pid == NULL || fds == NULL || !text_to_int(pid, &who) ||
	    who != getpid() || !text_to_int(fds, &count) || count < 1)
		return false;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (count > 1) {
		refuse(r, "systemd passed more than one socket");
		return false;
	}
	if (!is_listening(SYSTEMD_FD)) {
		refuse(r, "what systemd passed is no listening socket");
		return false;
	}
	fcntl(SYSTEMD_FD, F_SETFD, FD_CLOEXEC);
	l->fd = SYSTEMD_FD;
	return true;
}

/* Of a server that has gone: nobody answers behind it. */
static bool
remove_stale(const struct sockaddr_un *un, const struct report *r)
{
	int		 fd, error;
	struct stat	 st;

	if (lstat(un->sun_path, &st) != 0)
		return errno == ENOENT || refuse(r, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return refuse(r, "is there and is no socket");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return refuse(r, strerror(errno));
	error = connect(fd, (const struct sockaddr *)un, sizeof(*un)) == 0 ?
	    0 : errno;
	close(fd);
	if (error != ECONNREFUSED)
		return refuse(r, "another server listens there");
	return unlink(un->sun_path) == 0 || refuse(r, strerror(errno));
}

static bool
bind_unix(struct listener *l, const char *path, const struct report *r)
{
	struct sockaddr_un	 un = { .sun_family = AF_UNIX };
	mode_t			 mask;
	int			 failed;

	assert(strlen(path) < sizeof(un.sun_path));
	strcpy(un.sun_path, path);
	if (!remove_stale(&un, r))
		return false;
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return refuse(r, strerror(errno));
	/* For its owner and group, the web server's. */
	mask = umask(0117);
	failed = bind(l->fd, (struct sockaddr *)&un, sizeof(un));
	umask(mask);
	if (failed != 0 || listen(l->fd, BACKLOG) != 0)
		return refuse(r, strerror(errno));
	strcpy(l->path, un.sun_path);
	return true;
}

static bool
bind_address(struct listener *l, const struct addrinfo *ai,
    const struct report *r)
{
	int	 on = 1;

	l->fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return refuse(r, strerror(errno));
	setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(l->fd, ai->ai_addr, ai->ai_addrlen) != 0 ||
	    listen(l->fd, BACKLOG) != 0)
		return refuse(r, strerror(errno));
	return true;
}

/* ADDRESS:PORT, the address of an IPv6 one in brackets. */
static bool
bind_tcp(struct listener *l, const char *listen, const struct report *r)
{
	struct addrinfo	 hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST |
			    AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
	struct addrinfo	*ai;
	const char	*colon = strrchr(listen, ':');
	char		 host[256];
	size_t		 from = listen[0] == '[';
	bool		 good;

	snprintf(host, sizeof(host), "%.*s",
	    (int)(colon - listen - 2 * (long)from), listen + from);
	if (getaddrinfo(host, colon + 1, &hints, &ai) != 0)
		return refuse(r, "is no address with a port");
	good = bind_address(l, ai, r);
	freeaddrinfo(ai);
	return good;
}

bool
listener_open(struct listener *l, const char *listen, char *why, size_t size)
{
	struct report	 r = { listen, why, size };

	*l = (struct listener){ .fd = -1 };
	why[0] = '\0';
	if (from_systemd(l, &r))
		return true;
	if (why[0] != '\0')
		return false;
	if (is_listening(STDIN_FILENO)) {
		l->fd = STDIN_FILENO;
		l->alone = true;
		return true;
	}
	if (text_starts(listen, "unix:"))
		return bind_unix(l, listen + strlen("unix:"), &r);
	return bind_tcp(l, listen, &r);
}

void
listener_close(struct listener *l)
{
	if (l->path[0] != '\0')
		unlink(l->path);
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}
