#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PIECE	65536

static bool
refuse(const char *path, const char *reason, char *why, size_t size)
{
	snprintf(why, size, "%s: %s", path, reason);
	return false;
}

static bool
read_all(int fd, const char *path, size_t limit, struct buf *b, char *why,
    size_t size)
{
	ssize_t	 n;

	while ((n = read(fd, buf_room(b, PIECE), PIECE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return refuse(path, strerror(errno), why, size);
		buf_grown(b, (size_t)n);
		if (b->len > limit)
			return refuse(path, "is too large", why, size);
	}
	return true;
}

bool
file_read(const char *path, size_t limit, struct buf *buf_r, char *why,
    size_t size)
{
	int	 fd = open(path, O_RDONLY | O_CLOEXEC);
	bool	 good;

	if (fd < 0)
		return refuse(path, strerror(errno), why, size);
	good = read_all(fd, path, limit, buf_r, why, size);
	close(fd);
	return good;
}
