/*
 * Fault points; see point.h.  The rows are what `chartkeep faults` prints and
 * what the suites go through: a point is tested because it is listed.
 */

#include "base/point.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/table.h"

#define ORDER_SIZE	128

struct point {
	const char	*name;
	const char	*when;
};

static const struct point points[] = {
	{ "request.read",         "a request read, nothing done" },
	{ "request.answered",     "all done and committed, the answer not sent" },
	{ "dispatcher.claimed",   "due rows claimed in Redis" },
	{ "delivery.begun",       "one occurrence locked, nothing written" },
	{ "delivery.sealed",      "its text sealed for the recipient" },
	{ "delivery.written",     "notification and outbox row, no commit" },
	{ "delivery.committed",   "committed, Redis not told" },
	{ "delivery.done",        "Redis told" },
	{ "rebuild.page",         "a part of the queue put into Redis again" },
	{ "rebuild.done",         "all of it, the mark not set" },
	{ "outbox.claimed",       "one mail claimed, not rendered" },
	{ "outbox.rendered",      "rendered, nothing sent" },
	{ "outbox.sending",       "handed to the transport" },
	{ "outbox.sent",          "taken by the server, not noted" },
	{ "outbox.noted",         "its outcome noted" },
	{ "chain.read",           "rows to seal read, nothing digested" },
	{ "chain.digested",       "their batch made, nothing written" },
	{ "chain.sealed",         "it is written, no commit" },
	{ "chain.committed",      "committed, the head told to nobody" },
	{ "chain.logged",         "the head in the log, Redis not told" },
	{ "housekeeping.done",    "an hour's housekeeping committed" },
};

/* What a point was told to do, as it was spelled. */
struct order {
	char		 text[ORDER_SIZE];
	const char	*action;
};

static bool
is_known(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(points); i++) {
		if (strcmp(points[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Splits "NAME [ACTION]"; true when it is this name. */
static bool
order_is_for(struct order *order, const char *name)
{
	char *end = order->text + strcspn(order->text, "\n");

	*end = '\0';
	end = order->text + strcspn(order->text, " ");
	order->action = *end == '\0' ? "kill" : end + 1;
	*end = '\0';
	return strcmp(order->text, name) == 0;
}

static bool
order_of_environment(struct order *order, const char *name)
{
	const char *text = getenv("CK_POINT");

	if (text == NULL || strlen(text) >= sizeof(order->text))
		return false;
	strcpy(order->text, text);
	return order_is_for(order, name);
}

/* Only the one who could remove the file acts. */
static bool
order_of_file(struct order *order, const char *name)
{
	const char *path = getenv("CK_POINT_FILE");
	ssize_t n = -1;

	if (path == NULL)
		return false;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, order->text, sizeof(order->text) - 1);
		close(fd);
	}
	if (n <= 0)
		return false;
	order->text[n] = '\0';
	return order_is_for(order, name) && unlink(path) == 0;
}

/* "sleep:MS"; a signal does not shorten it. */
static void
sleep_for(const char *milliseconds)
{
	long ms = strtol(milliseconds, NULL, 10);
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) != 0)
		continue;
}

static bool
obey(const struct order *order)
{
	log_event(LOG_WARN, "fault_point", "name", order->text, "action",
	    order->action, NULL);
	if (strcmp(order->action, "fail") == 0)
		return false;
	if (strncmp(order->action, "sleep:", 6) == 0) {
		sleep_for(order->action + 6);
		return true;
	}
	if (strcmp(order->action, "kill") == 0)
		raise(SIGKILL);
	abort();
}

bool
point_reached(const char *name)
{
	struct order order;

	assert(is_known(name));
	if (order_of_environment(&order, name) || order_of_file(&order, name))
		return obey(&order);
	return true;
}

void
point_list(FILE *out)
{
	for (size_t i = 0; i < COUNT_OF(points); i++)
		fprintf(out, "%-24s %s\n", points[i].name, points[i].when);
}
