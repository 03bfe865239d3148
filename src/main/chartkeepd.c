/*
 * The server: reads its configuration, finds its socket, and becomes a
 * supervisor, a single worker (spawn-fcgi, mod_fcgid) or a dispatcher.
 */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/openapi.h"
#include "api/status.h"
#include "base/log.h"
#include "job/dispatcher.h"
#include "main/listener.h"
#include "main/options.h"
#include "main/settings.h"
#include "main/supervisor.h"
#include "main/worker.h"
#include "model/hashing.h"
#include "model/statement.h"

enum {
	EXIT_USAGE = 2,
	EXIT_BUG = 70,		/* EX_SOFTWARE */
	EXIT_SOCKET = 71,	/* EX_OSERR */
	EXIT_SETUP = 78		/* EX_CONFIG */
};

static const struct option_row option_rows[] = {
	{ "-c",           "FILE", "the configuration (" SETTINGS_FILE ")" },
	{ "--dispatcher", NULL,   "only dispatch: reminders, mail, housekeeping" },
	{ "--foreground", NULL,   "do not detach; it never does" },
	{ "--version",    NULL,   "the program's version" },
	{ "--help",       NULL,   "this" },
};

static void
help(void)
{
	printf("Usage: chartkeepd [-c FILE] [--dispatcher]\n"
	    "Serves health records over FastCGI; see chartkeepd(8).\n\n");
	options_print(ROWS(option_rows));
	printf("\nThe socket is systemd's, descriptor 0, or the setting"
	    " listen.\nExit: 0 ended, 2 usage, 70 bad tables,"
	    " 71 no socket, 78 bad configuration or keys.\n");
}

static int
refuse(int status, const char *why)
{
	fprintf(stderr, "chartkeepd: %s\n", why);
	return status;
}

/* A row that is wrong is a bug of the program's, found before it harms. */
static bool
tables_are_good(struct arena *arena)
{
	struct buf	 b;

	tables_announce();
	statements_make(arena);
	buf_init(&b, arena, 0);
	if (tables_lint(&b) == 0)
		return true;
	fputs(b.data, stderr);
	return false;
}

static int
serve_alone(const struct setup *setup, const struct listener *listener)
{
	struct worker_place	 place = { listener->fd, -1, 0, false };
	struct shared		*shared = status_map(2);
	int			 status;

	status_clear(shared, 0);
	status_attach(shared, 0);
	status = worker_run(&setup->settings, &setup->keyring, &place);
	return status == WORKER_WORN ? 0 : status;
}

static int
serve(struct setup *setup, const char *path)
{
	struct listener	 listener;
	char		 why[512];
	int		 status;

	if (!listener_open(&listener, setup->settings.listen, why,
	    sizeof(why)))
		return refuse(EXIT_SOCKET, why);
	if (listener.alone)
		return serve_alone(setup, &listener);
	log_set_name("supervisor");
	status = supervisor_run(setup, path, &listener);
	listener_close(&listener);
	return status;
}

static int
run_as_told(const struct options *o, struct setup *setup, const char *path)
{
	struct arena	*texts = arena_new(0);
	int		 status;

	if (!tables_are_good(texts))
		status = refuse(EXIT_BUG, "its own tables are wrong");
	else if (option(o, "--dispatcher") != NULL)
		status = dispatcher_run(&setup->settings, &setup->keyring,
		    NULL);
	else
		status = serve(setup, path);
	arena_free(texts);
	return status;
}

static int
run(const struct options *o)
{
	static struct setup	 setup;
	const char		*path = option(o, "-c");
	char			 why[512];

	if (path == NULL)
		path = SETTINGS_FILE;
	if (!setup_read(&setup, path, why, sizeof(why)))
		return refuse(EXIT_SETUP, why);
	log_set_level(setup.settings.log_level);
	hashing_places((size_t)setup.settings.workers);
	return run_as_told(o, &setup, path);
}

/*
 * Whatever it was started with: no connection of ours becomes descriptor 2,
 * or the log would be written into it, and a reader of the log that has gone
 * ends nothing.
 */
static void
stand_firm(void)
{
	int	 fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	signal(SIGPIPE, SIG_IGN);
}

int
main(int argc, char **argv)
{
	struct options	 o;
	char		 why[256];

	(void)argc;
	stand_firm();
	if (!options_read(&o, ROWS(option_rows), false, (const char **)argv + 1,
	    why, sizeof(why)))
		return refuse(EXIT_USAGE, why);
	if (option(&o, "--help") != NULL) {
		help();
		return 0;
	}
	if (option(&o, "--version") != NULL) {
		printf("chartkeepd %s\n", CK_VERSION);
		return 0;
	}
	if (o.nwords > 0)
		return refuse(EXIT_USAGE, "takes options only; see --help");
	return run(&o);
}
