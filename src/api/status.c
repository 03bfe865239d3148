/*
 * The counters.  Relaxed atomics suffice: a slot has one writer, and readers
 * want numbers that were true a moment ago.
 */

#include "api/status.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define ROUTES_MAX	512

struct slot {
	_Atomic int64_t		 started;
	_Atomic bool		 ready;
	_Atomic uint64_t	 requests[ROUTES_MAX][OUTCOMES];
	_Atomic uint64_t	 bucket[BUCKETS];
	_Atomic int64_t		 total, pg, redis;
};

struct shared {
	size_t			 nslots;
	/* Slots from here on were never used; even reading would fill them. */
	_Atomic size_t		 top;
	_Atomic uint64_t	 restarts[RESTARTS];
	_Atomic int64_t		 dispatching;	/* its last beat */
	struct slot		 slots[];
};

const int outcomes[OUTCOMES] = {
	0, 200, 201, 204, 304, 400, 401, 403, 404, 405, 409, 412, 413, 415,
	422, 429, 500, 503
};
const int64_t bucket_bounds[BUCKETS] = {
	250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000,
	500000, 1000000, 5000000, INT64_MAX
};

static struct shared	*attached;
static struct slot	*mine;
static _Atomic int64_t	*pulse;

#define LOAD(place)	atomic_load_explicit(&(place), memory_order_relaxed)
#define STORE(place, value)						\
	atomic_store_explicit(&(place), (value), memory_order_relaxed)
#define ADD(place, value)						\
	atomic_fetch_add_explicit(&(place), (value), memory_order_relaxed)

struct shared *
status_map(size_t slots)
{
	size_t		 size = sizeof(struct shared) +
			    slots * sizeof(struct slot);
	struct shared	*shared = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED) {
		perror("shared memory");
		abort();
	}
	shared->nslots = slots;
	return shared;
}

static _Atomic int64_t *
pulse_of(struct shared *shared, size_t slot)
{
	if (slot == DISPATCHER_SLOT)
		return &shared->dispatching;
	assert(slot < shared->nslots);
	return &shared->slots[slot].started;
}

void
status_clear(struct shared *shared, size_t slot)
{
	STORE(*pulse_of(shared, slot), 0);
	if (slot == DISPATCHER_SLOT)
		return;
	if (LOAD(shared->top) <= slot)
		STORE(shared->top, slot + 1);
	STORE(shared->slots[slot].ready, false);
}

bool
status_is_ready(const struct shared *shared, size_t slot)
{
	return LOAD(shared->slots[slot].ready);
}

int64_t
status_started(struct shared *shared, size_t slot)
{
	return LOAD(*pulse_of(shared, slot));
}

void
status_restarted(struct shared *shared, enum restart why)
{
	ADD(shared->restarts[why], 1);
}

void
status_attach(struct shared *shared, size_t slot)
{
	pulse = pulse_of(shared, slot);
	if (slot == DISPATCHER_SLOT)
		return;
	assert(slot < LOAD(shared->top));
	attached = shared;
	mine = &shared->slots[slot];
}

void
status_ready(void)
{
	if (mine != NULL)
		STORE(mine->ready, true);
}

void
status_beat(int64_t now)
{
	if (pulse != NULL)
		STORE(*pulse, now);
}

static size_t
bucket_of(int64_t time)
{
	size_t	 at = 0;

	while (time > bucket_bounds[at])
		at++;
	return at;
}

void
status_count(size_t route, int status, int64_t total, int64_t pg,
    int64_t redis)
{
	size_t	 outcome = OUTCOMES - 1;

	if (mine == NULL)
		return;
	assert(route < ROUTES_MAX);
	while (outcome > 0 && outcomes[outcome] != status)
		outcome--;
	ADD(mine->requests[route][outcome], 1);
	ADD(mine->bucket[bucket_of(total)], 1);
	ADD(mine->total, total);
	ADD(mine->pg, pg);
	ADD(mine->redis, redis);
}

struct shared *
status_shared(void)
{
	return attached;
}

size_t
status_slots(const struct shared *shared)
{
	return LOAD(shared->top);
}

uint64_t
status_requests(const struct shared *shared, size_t slot, size_t route,
    size_t outcome)
{
	return LOAD(shared->slots[slot].requests[route][outcome]);
}

uint64_t
status_restarts(const struct shared *shared, enum restart why)
{
	return LOAD(shared->restarts[why]);
}

void
status_timing(const struct shared *shared, struct timing *sum_r)
{
	*sum_r = (struct timing){ .count = 0 };
	for (size_t i = 0; i < LOAD(shared->top); i++) {
		const struct slot	*s = &shared->slots[i];

		for (size_t k = 0; k < BUCKETS; k++) {
			sum_r->bucket[k] += LOAD(s->bucket[k]);
			sum_r->count += LOAD(s->bucket[k]);
		}
		sum_r->total += LOAD(s->total);
		sum_r->pg += LOAD(s->pg);
		sum_r->redis += LOAD(s->redis);
	}
}
