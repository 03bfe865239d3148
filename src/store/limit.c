/*
 * Rates by GCRA: what is kept of a key is the one time at which its whole
 * allowance is back.  A time that has passed is the same as no entry, so the
 * table needs no deleting and Redis' keys expire by themselves.  Refused
 * attempts take nothing: a limit slows, it never locks out.
 */

#include "store/limit.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/task.h"
#include "store/redis.h"

#define KEY_SIZE	128
#define SLOTS		4096		/* a power of two */
#define REACH		8		/* slots that a key may lie in */
#define ANY_START	0xcbf29ce484222325

/* For when Redis is away: bounded, the one that is whole first goes first. */
static struct slot {
	uint64_t	key;
	int64_t		whole;		/* monotonic */
} slots[SLOTS];

/* FNV-1a. */
static uint64_t
hash(const char *text, uint64_t start)
{
	uint64_t value = start;

	for (; *text != '\0'; text++)
		value = (value ^ (unsigned char)*text) * 0x100000001b3;
	/* The low bits choose a slot: mix the high ones in. */
	return value ^ value >> 32;
}

/* This process' own, so that nobody can aim at another's slot. */
static uint64_t
secret(void)
{
	static uint64_t value;

	while (value == 0) {
		if (getrandom(&value, sizeof(value), 0) != sizeof(value))
			value = 0;
	}
	return value;
}

static struct slot *
slot_of(uint64_t key)
{
	struct slot *oldest = NULL;

	for (uint64_t i = 0; i < REACH; i++) {
		struct slot *slot = &slots[(key + i) % SLOTS];

		if (slot->key == key)
			return slot;
		if (oldest == NULL || slot->whole < oldest->whole)
			oldest = slot;
	}
	oldest->key = key;
	oldest->whole = 0;
	return oldest;
}

/* As redis_take(), in this process. */
static int64_t
take_here(const char *key, int64_t gap, int64_t span)
{
	struct slot *slot = slot_of(hash(key, secret()));
	int64_t now = clock_monotonic();
	int64_t whole = (slot->whole > now ? slot->whole : now) + gap;

	if (whole > now + span)
		return whole - now - span;
	slot->whole = whole;
	return 0;
}

bool
limit_take(struct task *t, const char *what, const char *key,
    const struct rate *rate)
{
	char name[KEY_SIZE];

	assert(rate->count > 0 && rate->period >= rate->count);
	int64_t gap = rate->period / rate->count;
	int64_t span = gap * rate->count;
	int len = snprintf(name, sizeof(name), "rate:%s:%s", what, key);
	if (len < 0 || (size_t)len >= sizeof(name))
		snprintf(name, sizeof(name), "rate:%.32s:#%016llx", what,
		    (unsigned long long)hash(key, ANY_START));

	int64_t wait = redis_take(t->redis, name, gap, span);
	if (wait < 0)
		wait = take_here(name, gap, span);
	if (wait == 0)
		return true;
	fail(t, FAULT_LIMITED, "too many attempts");
	int seconds = (int)((wait + SECOND - 1) / SECOND);
	if (t->fault.code == FAULT_LIMITED && t->fault.retry_after < seconds)
		t->fault.retry_after = seconds;
	return false;
}

const char *
limit_peer(struct task *t, const char *address)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr six;

	if (inet_pton(AF_INET6, address, &six) != 1)
		return address;
	/* Whoever has one address there has the 2^64 beside it. */
	memset(six.s6_addr + 8, 0, 8);
	inet_ntop(AF_INET6, &six, text, sizeof(text));
	return arena_printf(t->arena, "%s/64", text);
}
