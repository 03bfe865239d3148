/* Any bytes as a configuration file. */

#include "base/ini.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define REFUSED	"refused by the reader"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static bool
on_setting(void *count, const char *name, const char *value, char *why,
    size_t why_size)
{
	++*(size_t *)count;
	assert(strchr(name, '\n') == NULL && strchr(value, '\n') == NULL);
	assert(strlen(value) <= 4096);
	if (strcmp(value, "bad") != 0)
		return true;
	snprintf(why, why_size, "%s", REFUSED);
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[40], why[300] = "";
	size_t lines = 1, count = 0;
	int fd = memfd_create("ini", MFD_CLOEXEC);
	bool good;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	good = ini_read(path, on_setting, &count, why, sizeof(why));
	close(fd);
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	assert(count <= lines);
	assert(good == (why[0] == '\0'));
	assert(good || strncmp(why, path, strlen(path)) == 0);
	return 0;
}
