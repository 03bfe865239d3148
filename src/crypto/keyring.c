/*
 * Reading the keyring file and finding keys; see keyring.h.  Reading is
 * strict, because a key that is silently skipped is data that does not open.
 * Buffers that held keys are wiped.
 */

#include "crypto/keyring.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/digest.h"

#define FILE_MAX	8192	/* 33 keys of 90 bytes, and comments */
#define WORDS		4	/* of the longest line */

/* Where a reason goes, and what it is about. */
struct report {
	const char	*path;
	char		*why;
	size_t		 size;
	unsigned	 line;
};

static bool
refuse(const struct report *report, const char *reason)
{
	if (report->line > 0)
		snprintf(report->why, report->size, "%s:%u: %s", report->path,
		    report->line, reason);
	else
		snprintf(report->why, report->size, "%s: %s", report->path,
		    reason);
	return false;
}

const struct keyring_key *
keyring_find(const struct keyring_set *set, const char *id)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->keys[i].id, id) == 0)
			return &set->keys[i];
	return NULL;
}

static const struct keyring_key *
current_key(const struct keyring_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->keys[i].current)
			return &set->keys[i];
	return NULL;
}

static bool
is_id(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len < KEYRING_ID &&
	    strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static bool
read_bytes(const struct report *report, const char *word,
    unsigned char bytes[KEYRING_BYTES])
{
	size_t len;

	if (!base64_decode(word, strlen(word), bytes, KEYRING_BYTES, &len) ||
	    len != KEYRING_BYTES)
		return refuse(report,
		    "a key is 43 characters of base64url (32 bytes)");
	return true;
}

static bool
read_key(const struct report *report, struct keyring_set *set, char **words,
    size_t n)
{
	struct keyring_key *key = &set->keys[set->count];

	if (n < 3 || (n > 3 && strcmp(words[3], "current") != 0))
		return refuse(report, "expected: kind, id, key, [current]");
	if (!is_id(words[1]))
		return refuse(report,
		    "a key's id is 1 to 16 of a-z, 0-9 and \"-\"");
	if (keyring_find(set, words[1]) != NULL)
		return refuse(report, "duplicate id");
	if (set->count == KEYRING_KEYS)
		return refuse(report, "more than 16 keys of a kind");
	if (n > 3 && current_key(set) != NULL)
		return refuse(report, "a second current key");
	if (!read_bytes(report, words[2], key->bytes))
		return false;
	strcpy(key->id, words[1]);
	key->current = n > 3;
	set->count++;
	return true;
}

static bool
read_index(const struct report *report, struct keyring *keyring, char **words,
    size_t n)
{
	if (n != 2)
		return refuse(report, "expected: index, key");
	if (keyring->has_index)
		return refuse(report, "a second index key");
	keyring->has_index = true;
	return read_bytes(report, words[1], keyring->index);
}

static bool
read_line(const struct report *report, struct keyring *keyring, char *line)
{
	char *words[WORDS], *rest = NULL, *word = strtok_r(line, " \t", &rest);
	size_t n = 0;

	for (; word != NULL; word = strtok_r(NULL, " \t", &rest)) {
		if (n == 0 && word[0] == '#')
			return true;
		if (n == WORDS)
			return refuse(report, "too many words");
		words[n++] = word;
	}
	if (n == 0)
		return true;
	if (strcmp(words[0], "kek") == 0)
		return read_key(report, &keyring->kek, words, n);
	if (strcmp(words[0], "sign") == 0)
		return read_key(report, &keyring->sign, words, n);
	if (strcmp(words[0], "index") == 0)
		return read_index(report, keyring, words, n);
	return refuse(report, "expected kek, sign or index");
}

static bool
read_lines(struct report *report, struct keyring *keyring, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		report->line++;
		if (!read_line(report, keyring, line))
			return false;
	}
	report->line = 0;
	if (current_key(&keyring->kek) == NULL)
		return refuse(report, "no current kek");
	if (current_key(&keyring->sign) == NULL)
		return refuse(report, "no current signing key");
	if (!keyring->has_index)
		return refuse(report, "no index key");
	return true;
}

static bool
read_file(struct report *report, struct keyring *keyring, int fd)
{
	char text[FILE_MAX + 1];
	size_t len = 0;
	ssize_t n;
	bool ok;

	while ((n = read(fd, text + len, sizeof(text) - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		ok = refuse(report, strerror(errno));
	else if (len > FILE_MAX)
		ok = refuse(report, "larger than a keyring can be");
	else if (memchr(text, '\0', len) != NULL)
		ok = refuse(report, "not a text file");
	else {
		text[len] = '\0';
		ok = read_lines(report, keyring, text);
	}
	wipe(text, sizeof(text));
	return ok;
}

/*
 * A credential of systemd is root:root 0440: its service reads it by an
 * access list, whose mask stat() shows as the group's bits.
 */
static bool
is_private(const struct stat *st)
{
	return (st->st_mode & 077) == 0 || ((st->st_mode & 0777) == 0440 &&
	    st->st_uid == 0 && st->st_gid == 0);
}

static bool
check_file(const struct report *report, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return refuse(report, "not a regular file");
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return refuse(report,
		    "belongs neither to this user nor to root");
	if (!is_private(st))
		return refuse(report,
		    "others can read or change it: chmod 600");
	return true;
}

/* -1 and a reason, or the open file. */
static int
open_file(const struct report *report, struct stat *st)
{
	int fd = open(report->path,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		refuse(report, errno == ELOOP ?
		    "not a regular file but a link" : strerror(errno));
		return -1;
	}
	if (fstat(fd, st) == 0 && check_file(report, st))
		return fd;
	close(fd);
	return -1;
}

bool
keyring_load(struct keyring *keyring_r, const char *path, char *why,
    size_t size)
{
	struct report report = { path, why, size };
	struct stat st;
	int fd;
	bool ok;

	memset(keyring_r, 0, sizeof(*keyring_r));
	keyring_guard(keyring_r);
	fd = open_file(&report, &st);
	if (fd < 0)
		return false;
	ok = read_file(&report, keyring_r, fd);
	close(fd);
	if (!ok)
		keyring_wipe(keyring_r);
	return ok;
}

void
keyring_guard(const struct keyring *keyring)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t first = (uintptr_t)keyring & ~(page - 1);
	uintptr_t end = (uintptr_t)(keyring + 1);
	static const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)mlock(keyring, sizeof(*keyring));
	(void)madvise((void *)first, end - first, MADV_DONTDUMP);
}

void
keyring_wipe(struct keyring *keyring)
{
	wipe(keyring, sizeof(*keyring));
}

const struct keyring_key *
keyring_kek(const struct keyring *keyring, const char *id)
{
	return keyring_find(&keyring->kek, id);
}

const struct keyring_key *
keyring_sign(const struct keyring *keyring, const char *id)
{
	return keyring_find(&keyring->sign, id);
}

const struct keyring_key *
keyring_current_kek(const struct keyring *keyring)
{
	const struct keyring_key *key = current_key(&keyring->kek);

	assert(key != NULL);
	return key;
}

const struct keyring_key *
keyring_current_sign(const struct keyring *keyring)
{
	const struct keyring_key *key = current_key(&keyring->sign);

	assert(key != NULL);
	return key;
}

const unsigned char *
keyring_index(const struct keyring *keyring)
{
	assert(keyring->has_index);
	return keyring->index;
}
