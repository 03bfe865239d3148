/* Places for those who hash. */

#include "model/hashing.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/task.h"

static int	 places_fd = -1;
static size_t	 nplaces;
static off_t	 held = -1;

void
hashing_places(size_t workers)
{
	nplaces = workers > 1 ? workers / 2 : 1;
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

bool
hashing_begin(struct task *t)
{
	if (places_fd < 0)
		return true;		/* a command, alone */
	for (size_t i = 0; i < nplaces; i++) {
		held = (off_t)i;
		if (lock(F_SETLK, F_WRLCK, held))
			return true;
	}
	/* Behind one hash of each worker before us, or its death. */
	held = getpid() % (off_t)nplaces;
	if (lock(F_SETLKW, F_WRLCK, held))
		return true;
	held = -1;
	t->fault.retry_after = 1;
	return fail(t, FAULT_UNAVAILABLE, "no place to hash a password");
}

void
hashing_end(void)
{
	if (held >= 0)
		lock(F_SETLK, F_UNLCK, held);
	held = -1;
}
