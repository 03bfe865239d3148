/* Places for those who hash. */

#include "model/hashing.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/task.h"

static int	 places_fd = -1;
static size_t	 nplaces, nwaiting;
static off_t	 held = -1;

void
hashing_places(size_t workers)
{
	nplaces = workers > 1 ? workers / 2 : 1;
	nwaiting = workers / 4;
	if (places_fd >= 0)
		close(places_fd);	/* older workers have their own */
	places_fd = memfd_create("chartkeep-hashing", MFD_CLOEXEC);
	if (places_fd < 0) {
		log_event(LOG_ERROR, "memfd_create_failed", NULL);
		abort();
	}
}

static bool
lock(int command, short type, off_t at)
{
	struct flock	 byte = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = at,
		.l_len = 1
	};

	return fcntl(places_fd, command, &byte) == 0;
}

/* One of the bytes from `first`, or -1. */
static off_t
take_one(size_t first, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (lock(F_SETLK, F_WRLCK, (off_t)(first + i)))
			return (off_t)(first + i);
	}
	return -1;
}

bool
hashing_begin(struct task *t)
{
	off_t	 waiting;

	if (places_fd < 0)
		return true;		/* a command, alone */
	held = take_one(0, nplaces);
	if (held >= 0)
		return true;
	waiting = take_one(nplaces, nwaiting);
	if (waiting >= 0) {
		/* Bounded by the others' one hash each, or their death. */
		held = waiting % (off_t)nplaces;
		if (!lock(F_SETLKW, F_WRLCK, held))
			held = -1;
		lock(F_SETLK, F_UNLCK, waiting);
	}
	if (held >= 0)
		return true;
	t->fault.retry_after = 1;
	return fail(t, FAULT_UNAVAILABLE, "too many logins at once");
}

void
hashing_end(void)
{
	if (held >= 0)
		lock(F_SETLK, F_UNLCK, held);
	held = -1;
}
