/*
 * The connection to Redis.  It mends itself: a dead idle one is opened again
 * at once, a server that is away is left alone for two seconds.  Scripts are
 * loaded when it opens, and again when Redis has forgotten them.
 */

#include "store/redis_inside.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#define RETRY	(2 * SECOND)

static const struct timeval limit = { 0, 200 * 1000 };

static const char *const scripts[SCRIPTS] = {
	/* The key holds the time at which its allowance is whole again. */
	[SCRIPT_TAKE] =
	    "local t = redis.call('TIME')\n"
	    "local now = t[1] * 1000000 + t[2]\n"
	    "local gap, span = tonumber(ARGV[1]), tonumber(ARGV[2])\n"
	    "local whole = tonumber(redis.call('GET', KEYS[1]) or 0)\n"
	    /* Later than now + span: Redis' clock was set back since. */
	    "whole = math.min(math.max(whole, now), now + span) + gap\n"
	    "if whole > now + span then return whole - now - span end\n"
	    "redis.call('SET', KEYS[1], string.format('%.0f', whole),\n"
	    "    'PX', math.ceil((whole - now) / 1000))\n"
	    "return 0\n",
	[SCRIPT_CLAIM] =
	    "local room = tonumber(ARGV[3])\n"
	    "local function due(key)\n"
	    "    return redis.call('ZRANGEBYSCORE', key, '-inf', ARGV[1],\n"
	    "        'LIMIT', 0, room)\n"
	    "end\n"
	    "local got = due(KEYS[2])\n"
	    "room = room - #got\n"
	    "for _, member in ipairs(due(KEYS[1])) do\n"
	    "    redis.call('ZREM', KEYS[1], member)\n"
	    "    got[#got + 1] = member\n"
	    "end\n"
	    "for _, member in ipairs(got) do\n"
	    "    redis.call('ZADD', KEYS[2], ARGV[2], member)\n"
	    "end\n"
	    "return got\n",
};

struct redis *
redis_new(const char *address, const char *prefix)
{
	struct arena *arena = arena_new(4096);
	struct redis *r = arena_alloc(arena, sizeof(*r));

	r->arena = arena;
	r->address = arena_text(arena, address);
	r->prefix = arena_text(arena, prefix);
	signal(SIGPIPE, SIG_IGN);
	return r;
}

static void
hang_up(struct redis *r)
{
	if (r->context != NULL)
		redisFree(r->context);
	r->context = NULL;
	r->proven = false;
}

void
redis_free(struct redis *r)
{
	if (r == NULL)
		return;
	hang_up(r);
	arena_free(r->arena);
}

/* Gives up for a while, and says so once. */
static void
lose(struct redis *r, const char *why)
{
	if (!r->away)
		log_event(LOG_WARN, "redis_away", "address", r->address,
		    "why", why, NULL);
	r->away = true;
	r->tried = clock_monotonic();
	hang_up(r);
}

static bool
timed_out(const redisContext *c, int error)
{
	return c->err == REDIS_ERR_IO && (error == EAGAIN ||
	    error == EWOULDBLOCK || error == ETIMEDOUT);
}

static redisContext *
dial(const struct redis *r)
{
	char host[256];
	const char *address = r->address;
	const char *colon = strrchr(address, ':');
	int64_t port;

	if (text_starts(address, "unix:"))
		return redisConnectUnixWithTimeout(address + 5, limit);
	if (colon == NULL || !text_to_int(colon + 1, &port) || port < 1 ||
	    port > 65535)
		return NULL;
	size_t len = (size_t)(colon - address);
	if (len >= 2 && address[0] == '[' && address[len - 1] == ']') {
		address++;
		len -= 2;
	}
	if (len >= sizeof(host))
		return NULL;
	memcpy(host, address, len);
	host[len] = '\0';
	return redisConnectWithTimeout(host, (int)port, limit);
}

static bool
load_scripts(struct redis *r)
{
	for (int i = 0; i < SCRIPTS; i++) {
		redisReply *reply = redisCommand(r->context, "SCRIPT LOAD %s",
		    scripts[i]);
		bool good = reply != NULL &&
		    reply->type == REDIS_REPLY_STRING && reply->len == 40;

		if (good)
			memcpy(r->digests[i], reply->str, 41);
		else if (reply != NULL && reply->type == REDIS_REPLY_ERROR)
			lose(r, reply->str);
		else
			lose(r, "it loads no scripts");
		if (reply != NULL)
			freeReplyObject(reply);
		if (!good)
			return false;
	}
	return true;
}

static bool
open_connection(struct redis *r)
{
	r->tried = clock_monotonic();
	r->context = dial(r);
	if (r->context == NULL) {
		lose(r, "the address is not understood");
		return false;
	}
	if (r->context->err != 0) {
		lose(r, r->context->errstr);
		return false;
	}
	if (redisSetTimeout(r->context, limit) != REDIS_OK) {
		lose(r, "it takes no time limit");
		return false;
	}
	return load_scripts(r);
}

static bool
usable(struct redis *r)
{
	if (r->context != NULL)
		return true;
	if (r->tried != 0 && clock_monotonic() - r->tried < RETRY)
		return false;
	return open_connection(r);
}

/* It is there and reads: full, a replica, or without a disk to save to. */
static bool
refuses_writes(const char *error)
{
	return strstr(error, "OOM ") != NULL ||
	    strstr(error, "READONLY ") != NULL ||
	    strstr(error, "MISCONF ") != NULL;
}

/* Says once that writes are refused, and when they are taken again. */
static void
note_refusal(struct redis *r, const char *why)
{
	if ((why != NULL) == r->refuses)
		return;
	r->refuses = why != NULL;
	log_event(r->refuses ? LOG_WARN : LOG_INFO,
	    r->refuses ? "redis_refuses" : "redis_back",
	    "address", r->address, "why", why, NULL);
}

/*
 * Looks at an answer: what is no good becomes NULL.  True when the same
 * should be asked again: on a connection that had been fine and was closed
 * meanwhile, or when the scripts are gone.  Once; then it is away.
 */
static bool
mend(struct redis *r, redisReply **reply, int error)
{
	bool proven = r->proven;

	r->proven = *reply != NULL && (*reply)->type != REDIS_REPLY_ERROR;
	if (r->proven) {
		if (r->away)
			log_event(LOG_INFO, "redis_back", "address",
			    r->address, NULL);
		r->away = false;
		return false;
	}
	if (*reply == NULL) {
		bool late = timed_out(r->context, error);
		if (late || !proven) {
			lose(r, late ? "no answer in time" :
			    r->context->errstr);
			return false;
		}
		hang_up(r);
		return open_connection(r);
	}
	if (refuses_writes((*reply)->str)) {
		note_refusal(r, (*reply)->str);
		r->proven = true;
		freeReplyObject(*reply);
		*reply = NULL;
		return false;
	}
	bool forgot = text_starts((*reply)->str, "NOSCRIPT");
	if (!forgot || !proven)
		lose(r, (*reply)->str);
	freeReplyObject(*reply);
	*reply = NULL;
	return forgot && proven && load_scripts(r);
}

redisReply *
redis_ask(struct redis *r, const char *format, ...)
{
	redisReply *reply = NULL;
	bool again = r != NULL;
	va_list args;

	if (r == NULL)
		return NULL;
	int64_t start = clock_monotonic();
	while (again && usable(r)) {
		va_start(args, format);
		errno = 0;
		reply = redisvCommand(r->context, format, args);
		va_end(args);
		again = mend(r, &reply, errno);
	}
	if (reply != NULL && (text_starts(format, "SET ") ||
	    text_starts(format, "EVALSHA ")))
		note_refusal(r, NULL);
	r->waited += clock_monotonic() - start;
	return reply;
}

int64_t
redis_number(redisReply *reply)
{
	int64_t number = -1;

	if (reply == NULL)
		return -1;
	if (reply->type == REDIS_REPLY_INTEGER)
		number = reply->integer;
	freeReplyObject(reply);
	return number;
}

bool
redis_came(redisReply *reply)
{
	if (reply == NULL)
		return false;
	freeReplyObject(reply);
	return true;
}
