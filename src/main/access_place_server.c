/*
 * The server of chartkeep access-test: the chartkeepd that is installed beside
 * this program, on descriptor 0, which makes it one worker.  Its configuration
 * is the installation's where that decides who sees what, and else such that
 * nothing but the gates can refuse.
 */

#include "main/access_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "api/surface.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/settings.h"
#include "base/task.h"
#include "main/access_client.h"
#include "main/settings.h"
#include "model/migrate.h"
#include "store/pg.h"

#define PLACES		"/tmp"
#define SERVER		"chartkeepd"
#define START_LIMIT	(20 * SECOND)
#define STOP_LIMIT	(30 * SECOND)
#define LOG_LIMIT	((size_t)1 << 20)

static const char *
inside(const struct access_place *p, const char *name)
{
	return arena_printf(p->task->arena, "%s/%s", p->directory, name);
}

static void
rest(int64_t time)
{
	struct timespec	 wait = { time / SECOND, time % SECOND * 1000 };

	nanosleep(&wait, NULL);
}

/* Who runs the server; NULL: who runs this. */
static bool
find_user(const struct access_place *p, const struct passwd **pw_r)
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

	buf_printf(b, "database = %s\nadmin_database = %s\nkeyring = %s\n"
	    "sql_directory = %s\nredis =\nlisten = unix:%s\nworkers = 1\n"
	    "requests_per_worker = 1000000000\nmail = none\n"
	    "registration = open\nlog_level = warn\ntime_zone = UTC\n"
	    "surfaces = ", database, p->settings->admin_database,
	    inside(p, "keyring"), p->settings->sql_directory, p->socket);
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

static bool
write_file(struct access_place *p, const char *name, const struct buf *b)
{
	const char	*path = inside(p, name);
	int		 fd = open(path, O_WRONLY | O_CREAT | O_EXCL |
			    O_CLOEXEC, 0600);
	bool		 written = fd >= 0 &&
			    write(fd, b->data, b->len) == (ssize_t)b->len;

	if (!written)
		fail(p->task, FAULT_INTERNAL, "%s: %s", path,
		    strerror(errno));
	if (fd >= 0)
		close(fd);
	return written;
}

static bool
make_files(struct access_place *p)
{
	struct buf	 b;
	char		 why[512];

	buf_init(&b, p->task->arena, 4096);
	add_settings(p, &b);
	if (!write_file(p, "chartkeep.conf", &b))
		return false;
	buf_cut(&b, 0);
	if (!write_file(p, "log", &b))
		return false;
	return (keyring_create(inside(p, "keyring"), why, sizeof(why)) &&
	    keyring_load(&p->keyring, inside(p, "keyring"), why,
	    sizeof(why))) || fail(p->task, FAULT_INTERNAL, "%s", why);
}

static bool
give_away(struct access_place *p, const struct passwd *pw)
{
	static const char *const	 names[] = {
		".", "chartkeep.conf", "keyring", "log"
	};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (chown(inside(p, names[i]), pw->pw_uid, pw->pw_gid) != 0)
			return fail(p->task, FAULT_INTERNAL, "%s: %s",
			    p->directory, strerror(errno));
	}
	return true;
}

bool
place_directory(struct access_place *p)
{
	const struct passwd	*pw;

	p->directory = arena_printf(p->task->arena, PLACES "/%s", p->schema);
	p->socket = inside(p, "socket");
	if (!find_user(p, &pw))
		return false;
	if (mkdir(p->directory, 0700) != 0)
		return fail(p->task, FAULT_INTERNAL, "%s: %s", p->directory,
		    strerror(errno));
	p->has_directory = true;
	return make_files(p) && (pw == NULL || give_away(p, pw));
}

/* Ours, and only what is in it: nobody can put a link in its place. */
void
place_remove_directory(const char *schema)
{
	char		 path[256];
	struct dirent	*entry;
	int		 fd;
	DIR		*dir;

	snprintf(path, sizeof(path), PLACES "/%s", schema);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	dir = fdopendir(fd);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		(void)unlinkat(fd, entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	(void)rmdir(path);
}

static int
listen_at(struct access_place *p)
{
	struct sockaddr_un	 at = { .sun_family = AF_UNIX };
	int			 fd = socket(AF_UNIX,
				    SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", p->socket);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	    listen(fd, 16) == 0)
		return fd;
	fail(p->task, FAULT_INTERNAL, "%s: %s", p->socket, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
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
    const struct passwd *pw, int fd, int log, pid_t parent)
{
	const char *const	 argv[] = {
		SERVER, "-c", inside(p, "chartkeep.conf"), NULL
	};

	if (pw != NULL && (initgroups(pw->pw_name, pw->pw_gid) != 0 ||
	    setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0))
		_exit(126);
	/* What is typed at a terminal is for the parent, who ends this. */
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent || dup2(fd, 0) < 0 || dup2(log, 1) < 0 ||
	    dup2(log, 2) < 0 || chdir("/") != 0)
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
	int			 fd, log;

	if (!find_user(p, &pw))
		return false;
	fd = listen_at(p);
	if (fd < 0)
		return false;
	log = open(inside(p, "log"), O_WRONLY | O_APPEND | O_CLOEXEC);
	fflush(NULL);
	p->child = fork();
	if (p->child == 0)
		become_server(p, path, pw, fd, log, parent);
	close(fd);
	if (log >= 0)
		close(log);
	return p->child > 0 ||
	    fail(p->task, FAULT_INTERNAL, "fork: %s", strerror(errno));
}

void
place_show_log(struct access_place *p)
{
	struct buf	 b;
	char		 why[256];
	const char	*from;

	buf_init(&b, p->task->arena, 0);
	if (!file_read(inside(p, "log"), LOG_LIMIT, &b, why, sizeof(why)) ||
	    b.len == 0)
		return;
	from = b.len > 3000 ? b.data + b.len - 3000 : b.data;
	fprintf(stderr, "chartkeep: the end of the server's log:\n%s", from);
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
