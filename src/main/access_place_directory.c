/*
 * The directory of chartkeep access-test: socket, log, configuration and keys
 * of its server.  Run as root, it stays root's, for the server's user could
 * else put links in the place of what root opens; that user gets the two
 * files to be read, and the others as descriptors.  The configuration is the
 * installation's where that decides who sees what, and else such that nothing
 * but the gates can refuse.
 */

#include "main/access_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/surface.h"
#include "base/settings.h"
#include "base/task.h"
#include "base/text.h"
#include "main/settings.h"
#include "store/pg.h"

#define PLACES		"/tmp"
#define RANDOM		"XXXXXX"	/* of mkdtemp() */
#define TRIES		5
#define LOG_SHOWN	3000

static bool
refuse(struct access_place *p, const char *path)
{
	return fail(p->task, FAULT_INTERNAL, "%s: %s", path,
	    strerror(errno));
}

static const char *
inside(const struct access_place *p, const char *name)
{
	return arena_printf(p->task->arena, "%s/%s", p->directory, name);
}

/* Who runs the server; NULL: who runs this. */
bool
place_user(const struct access_place *p, const struct passwd **pw_r)
{
	struct stat	 st;

	*pw_r = NULL;
	if (geteuid() != 0)
		return p->user == NULL || fail(p->task, FAULT_FORBIDDEN,
		    "only root can run the server as somebody else");
	if (p->user != NULL) {
		*pw_r = getpwnam(p->user);
		return *pw_r != NULL || fail(p->task, FAULT_NOT_FOUND,
		    "there is no user %s", p->user);
	}
	if (stat(p->settings->keyring, &st) == 0 && st.st_uid != 0)
		*pw_r = getpwuid(st.st_uid);
	return true;
}

/* Every rate so high that none is reached; every surface. */
static void
add_settings(const struct access_place *p, struct buf *b)
{
	const char	*name, *preset, *doc;
	const char	*database = pg_conninfo(p->task->arena,
			    p->settings->database, p->schema,
			    arena_printf(p->task->arena, "-c search_path=%s,"
			    "pg_temp -c synchronous_commit=off", p->schema));

	buf_printf(b, "database = %s\nkeyring = %s\n"
	    "sql_directory = %s\nredis =\nlisten = unix:%s\nworkers = 1\n"
	    "requests_per_worker = 1000000000\nmail = none\n"
	    "registration = open\nlog_level = warn\ntime_zone = UTC\n"
	    "surfaces = ", database, inside(p, "keyring"),
	    p->settings->sql_directory, p->socket);
	for (size_t i = 0; surfaces[i] != NULL; i++) {
		if (!surfaces[i]->own)
			buf_printf(b, "%s%s", b->data[b->len - 2] == '=' ?
			    "" : ", ", surfaces[i]->name);
	}
	buf_char(b, '\n');
	for (size_t i = 0; settings_row(i, &name, &preset, &doc); i++) {
		if (strstr(preset, " per ") != NULL)
			buf_printf(b, "%s = 1000000 per second\n", name);
	}
}

/* Anew: what has the name already is not ours, whatever it is. */
static int
create(const struct access_place *p, const char *name, int flags)
{
	return openat(p->place, name, flags | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
}

static bool
write_configuration(struct access_place *p)
{
	struct buf	 b;
	int		 fd = create(p, "chartkeep.conf", O_WRONLY);
	bool		 written;

	p->configuration = inside(p, "chartkeep.conf");
	if (fd < 0)
		return refuse(p, p->configuration);
	buf_init(&b, p->task->arena, 4096);
	add_settings(p, &b);
	written = write(fd, b.data, b.len) == (ssize_t)b.len ||
	    refuse(p, p->configuration);
	close(fd);
	return written;
}

static bool
make_keyring(struct access_place *p)
{
	const char	*path = inside(p, "keyring");
	char		 why[512];

	return (keyring_create(path, why, sizeof(why)) &&
	    keyring_load(&p->keyring, path, why, sizeof(why))) ||
	    fail(p->task, FAULT_INTERNAL, "%s", why);
}

/* The server has it from us, and nobody else connects. */
static bool
make_socket(struct access_place *p)
{
	struct sockaddr_un	 at = { .sun_family = AF_UNIX };
	mode_t			 mask = umask(0177);
	bool			 bound;

	p->socket = inside(p, "socket");
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", p->socket);
	p->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bound = p->listener >= 0 &&
	    bind(p->listener, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	    listen(p->listener, 16) == 0;
	umask(mask);
	return bound || refuse(p, p->socket);
}

static bool
make_log(struct access_place *p)
{
	p->log = create(p, "log", O_RDWR | O_APPEND);
	return p->log >= 0 || refuse(p, inside(p, "log"));
}

/* To be read.  The directory stays whose it is: nobody else can name them. */
static bool
give(struct access_place *p, const char *name, const struct passwd *pw)
{
	int	 fd = openat(p->place, name,
		    O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	bool	 given = (fd >= 0 && fchmod(fd, 0400) == 0 &&
		    fchown(fd, pw->pw_uid, pw->pw_gid) == 0) ||
		    refuse(p, inside(p, name));

	if (fd >= 0)
		close(fd);
	return given;
}

/* A descriptor of the directory of that path, if it is this user's. */
static int
open_own(const char *path)
{
	struct stat	 st;
	int		 fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
			    O_CLOEXEC);

	if (fd < 0 || (fstat(fd, &st) == 0 && st.st_uid == geteuid()))
		return fd;
	close(fd);
	return -1;
}

/*
 * Takes the descriptor.  In PLACES only the owner of a directory can put
 * another in its place.
 */
static void
clear(int fd, const char *path)
{
	struct dirent	*entry;
	DIR		*dir = fdopendir(fd);

	if (dir == NULL) {
		close(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		(void)unlinkat(fd, entry->d_name, 0);
	(void)rmdir(path);
	closedir(dir);
}

static bool
is_place(const char *name)
{
	return text_starts(name, PLACE_NAME) &&
	    strlen(name) == strlen(PLACE_NAME RANDOM);
}

/* A run holds a lock on its directory; a killed one holds none. */
static void
sweep_directories(void)
{
	char		 path[sizeof(PLACES "/" PLACE_NAME RANDOM)];
	struct dirent	*entry;
	DIR		*dir = opendir(PLACES);
	int		 fd;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (!is_place(entry->d_name))
			continue;
		stpcpy(stpcpy(path, PLACES "/"), entry->d_name);
		fd = open_own(path);
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			clear(fd, path);
		else if (fd >= 0)
			close(fd);
	}
	if (dir != NULL)
		closedir(dir);
}

/* Another run may sweep it before the lock is ours: then again. */
static bool
make_directory(struct access_place *p)
{
	struct stat	 held, named;
	char		*path;

	for (int i = 0; i < TRIES; i++) {
		path = arena_printf(p->task->arena, "%s",
		    PLACES "/" PLACE_NAME RANDOM);
		if (mkdtemp(path) == NULL)
			return refuse(p, PLACES);
		p->directory = path;
		p->place = open_own(path);
		if (p->place >= 0 && flock(p->place, LOCK_EX) == 0 &&
		    fstat(p->place, &held) == 0 && lstat(path, &named) == 0 &&
		    held.st_ino == named.st_ino)
			return true;
		if (p->place >= 0)
			close(p->place);
		p->place = -1;
	}
	return fail(p->task, FAULT_INTERNAL, "%s: it does not stay",
	    p->directory);
}

bool
place_directory(struct access_place *p)
{
	const struct passwd	*pw;

	sweep_directories();
	if (!place_user(p, &pw) || !make_directory(p) || !make_socket(p) ||
	    !make_log(p) || !write_configuration(p) || !make_keyring(p))
		return false;
	if (pw == NULL)
		return true;
	if (!give(p, "chartkeep.conf", pw) || !give(p, "keyring", pw))
		return false;
	return fchmod(p->place, 0711) == 0 || refuse(p, p->directory);
}

void
place_remove_directory(struct access_place *p)
{
	if (p->place >= 0)
		clear(p->place, p->directory);
	if (p->listener >= 0)
		close(p->listener);
	if (p->log >= 0)
		close(p->log);
	p->place = p->listener = p->log = -1;
}

/* What it holds is the server's word, and may end at a terminal. */
void
place_show_log(struct access_place *p)
{
	struct stat	 st;
	char		 end[LOG_SHOWN];
	ssize_t		 n;

	if (p->log < 0 || fstat(p->log, &st) != 0)
		return;
	n = pread(p->log, end, sizeof(end), st.st_size > LOG_SHOWN ?
	    st.st_size - LOG_SHOWN : 0);
	if (n <= 0)
		return;
	for (ssize_t i = 0; i < n; i++) {
		if ((unsigned char)end[i] < ' ' && end[i] != '\n')
			end[i] = ' ';
	}
	fprintf(stderr, "chartkeep: the end of the server's log:\n%.*s",
	    (int)n, end);
}
