/*
 * Making and rotating the keyring file; see keyring.h.  A rotation writes a
 * new file beside the old one and renames it over: at no time is the only
 * copy of a key in a file that is being written.
 */

#include "crypto/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/random.h"

static const char comment[] =
    "# Chartkeep's keys.  Whoever reads this file can read every record, and\n"
    "# without it no record opens: keep a copy, apart from the database's.\n"
    "# A rotation keeps every key, and no comment but this.\n";
/* Two full sets and the index key. */
#define LINE_SIZE	(sizeof("sign  current\n") + KEYRING_ID +	\
			BASE64_SIZE(KEYRING_BYTES))
#define TEXT_SIZE	(sizeof(comment) + (2 * KEYRING_KEYS + 1) * LINE_SIZE)

/* Where a reason goes, and what it is about. */
struct report {
	const char	*path;
	char		*why;
	size_t		 size;
};

static bool
refuse(const struct report *report, const char *doing)
{
	snprintf(report->why, report->size, "%s: cannot %s: %s", report->path,
	    doing, strerror(errno));
	return false;
}

/* "2026-11-21-3f9a": the administrator sees its day. */
static void
fresh_id(const struct keyring_set *set, char id[KEYRING_ID])
{
	time_t now = (time_t)(clock_now() / SECOND);
	unsigned char salt[2];
	struct tm day;

	gmtime_r(&now, &day);
	do {
		size_t n = strftime(id, KEYRING_ID, "%Y-%m-%d-", &day);

		random_bytes(salt, sizeof(salt));
		hex_encode(salt, sizeof(salt), id + n);
	} while (keyring_find(set, id) != NULL);
}

/* The set has room. */
static const struct keyring_key *
add_key(struct keyring_set *set)
{
	struct keyring_key *key = &set->keys[set->count];

	fresh_id(set, key->id);
	random_bytes(key->bytes, sizeof(key->bytes));
	for (size_t i = 0; i < set->count; i++)
		set->keys[i].current = false;
	key->current = true;
	set->count++;
	return key;
}

/* Returns the end of what it wrote. */
static char *
print_set(char *at, const char *kind, const struct keyring_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct keyring_key *key = &set->keys[i];

		at += sprintf(at, "%s %s ", kind, key->id);
		at += base64_encode(key->bytes, sizeof(key->bytes), at);
		at = stpcpy(at, key->current ? " current\n" : "\n");
	}
	return at;
}

static size_t
print_keyring(const struct keyring *keyring, char text[TEXT_SIZE])
{
	char *at = stpcpy(text, comment);

	at = print_set(at, "kek", &keyring->kek);
	at = print_set(at, "sign", &keyring->sign);
	at = stpcpy(at, "index ");
	at += base64_encode(keyring->index, sizeof(keyring->index), at);
	at = stpcpy(at, "\n");
	return (size_t)(at - text);
}

static bool
write_keys(int fd, const struct keyring *keyring)
{
	char text[TEXT_SIZE];
	size_t len = print_keyring(keyring, text);
	ssize_t n = write(fd, text, len);

	wipe(text, sizeof(text));
	if (n >= 0 && (size_t)n != len)
		errno = ENOSPC;
	return n >= 0 && (size_t)n == len && fsync(fd) == 0;
}

static bool
sync_directory(const char *path)
{
	char copy[PATH_MAX];
	int fd;
	bool ok;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = fsync(fd) == 0;
	close(fd);
	return ok;
}

/* A file that is not there yet, of the owner and mode of `like` (NULL: ours,
 * 0600).  Taken away again when it cannot be written whole. */
static bool
write_file(const struct report *report, const char *path,
    const struct keyring *keyring, const struct stat *like)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool ok;

	if (fd < 0)
		return refuse(report, "create it");
	ok = (like == NULL || (fchown(fd, like->st_uid, like->st_gid) == 0 &&
	    fchmod(fd, like->st_mode & 0777) == 0)) && write_keys(fd, keyring);
	if (!ok) {
		refuse(report, "write it");
		unlink(path);
	}
	close(fd);
	return ok;
}

bool
keyring_create(const char *path, char *why, size_t size)
{
	const struct report report = { path, why, size };
	struct keyring keyring = { 0 };
	bool ok;

	keyring_guard(&keyring);
	add_key(&keyring.kek);
	add_key(&keyring.sign);
	random_bytes(keyring.index, sizeof(keyring.index));
	ok = write_file(&report, path, &keyring, NULL);
	keyring_wipe(&keyring);
	if (ok && !sync_directory(path))
		return refuse(&report, "sync its directory");
	return ok;
}

/* Under the lock of the old file, so a left ".new" is of a dead process. */
static bool
replace_file(const struct report *report, const struct keyring *keyring,
    const struct stat *like)
{
	char fresh[PATH_MAX];

	if (strlen(report->path) + sizeof(".new") > sizeof(fresh)) {
		errno = ENAMETOOLONG;
		return refuse(report, "write FILE.new");
	}
	stpcpy(stpcpy(fresh, report->path), ".new");
	if (unlink(fresh) != 0 && errno != ENOENT)
		return refuse(report, "take away an old FILE.new");
	if (!write_file(report, fresh, keyring, like))
		return false;
	if (rename(fresh, report->path) != 0) {
		refuse(report, "replace it");
		unlink(fresh);
		return false;
	}
	if (!sync_directory(report->path))
		return refuse(report, "sync its directory");
	return true;
}

/* -1 and a reason, or a descriptor that holds the lock on the file that is
 * there now: another rotation may have replaced it while we waited. */
static int
lock_file(const struct report *report, struct stat *st)
{
	struct stat now;

	for (;;) {
		int fd = open(report->path,
		    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

		if (fd < 0 || flock(fd, LOCK_EX) != 0 || fstat(fd, st) != 0) {
			refuse(report, "lock it");
			if (fd >= 0)
				close(fd);
			return -1;
		}
		if (stat(report->path, &now) == 0 &&
		    now.st_dev == st->st_dev && now.st_ino == st->st_ino)
			return fd;
		close(fd);
	}
}

/* `which` finds the set that gets a key. */
static bool
rotate(const struct report *report, char id_r[KEYRING_ID],
    struct keyring_set *(*which)(struct keyring *))
{
	struct keyring keyring;
	struct stat st;
	int lock = lock_file(report, &st);
	bool ok;

	if (lock < 0)
		return false;
	ok = keyring_load(&keyring, report->path, report->why, report->size);
	if (ok && which(&keyring)->count == KEYRING_KEYS) {
		snprintf(report->why, report->size, "%s: holds 16 keys of "
		    "this kind: take out one that is not in use", report->path);
		ok = false;
	}
	if (ok) {
		strcpy(id_r, add_key(which(&keyring))->id);
		ok = replace_file(report, &keyring, &st);
	}
	keyring_wipe(&keyring);
	close(lock);
	return ok;
}

static struct keyring_set *
keks(struct keyring *keyring)
{
	return &keyring->kek;
}

static struct keyring_set *
signs(struct keyring *keyring)
{
	return &keyring->sign;
}

bool
keyring_add_kek(const char *path, char id_r[KEYRING_ID], char *why,
    size_t size)
{
	const struct report report = { path, why, size };

	return rotate(&report, id_r, keks);
}

bool
keyring_add_sign(const char *path, char id_r[KEYRING_ID], char *why,
    size_t size)
{
	const struct report report = { path, why, size };

	return rotate(&report, id_r, signs);
}
