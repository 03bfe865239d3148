#ifndef CK_UNIT_KEYRING_FILE_H
#define CK_UNIT_KEYRING_FILE_H

/*
 * A keyring file in a directory of its own, for the tests of reading it and
 * of writing it.
 */

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include "crypto/keyring.h"

/* 32 bytes of 0x00, 0x11, 0x22, 0x33 */
#define KEY0	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KEY1	"ERERERERERERERERERERERERERERERERERERERERERE"
#define KEY2	"IiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiI"
#define KEY3	"MzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzM"
#define GOOD	"kek k1 " KEY1 " current\n"				\
		"sign s1 " KEY2 " current\n"				\
		"index " KEY3 "\n"

static char directory[64], path[80], why[256];
static struct keyring ring;

static inline void
set_up(void)
{
	strcpy(directory, "/tmp/check_keyring.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	sprintf(path, "%s/keyring", directory);
	why[0] = '\0';
}

static inline size_t
files(bool unlink_them)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	size_t n = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		n++;
		if (unlink_them)
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	closedir(dir);
	return n;
}

static inline void
tear_down(void)
{
	files(true);
	rmdir(directory);
}

static inline void
write_bytes(const char *text, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static inline void
write_ring(const char *text)
{
	write_bytes(text, strlen(text), 0600);
}

static inline bool
load(void)
{
	return keyring_load(&ring, path, why, sizeof(why));
}

static inline void
assert_loads(void)
{
	ck_assert_msg(load(), "%s", why);
}

static inline bool
all_are(const unsigned char bytes[KEYRING_BYTES], unsigned char value)
{
	for (size_t i = 0; i < KEYRING_BYTES; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

#endif
