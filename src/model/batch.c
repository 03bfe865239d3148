/*
 * Sealing and comparing batches of audit rows; see batch.h.  Nothing here
 * asks the database.
 */

#include "model/batch.h"

#include <endian.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "store/row.h"

/* What a digest is of; no two kinds begin alike. */
static const char	 row_kind[] = "audit row 1";
static const char	 batch_kind[] = "audit batch 1";
static const char	 checkpoint_kind[] = "audit checkpoint 1";

/*
 * From the index key, which does not rotate: a key that went with its time
 * would leave old batches that nobody can verify, and who has one key of the
 * keyring's file has them all.
 */
void
batch_key(const struct keyring *keyring, unsigned char key_r[DIGEST_SIZE])
{
	digest_key(keyring, "audit", key_r);
}

static void
put_int(unsigned char *to, int64_t value)
{
	uint64_t	 bytes = htobe64((uint64_t)value);

	memcpy(to, &bytes, sizeof(bytes));
}

static int64_t
get_int(const unsigned char *from)
{
	uint64_t	 bytes;

	memcpy(&bytes, from, sizeof(bytes));
	return (int64_t)be64toh(bytes);
}

int64_t
entry_id(const unsigned char *entry)
{
	return get_int(entry);
}

int64_t
entry_at(const unsigned char *entry)
{
	return get_int(entry + 8);
}

/* A column behind its length; null has one of its own. */
static void
add_column(struct buf *b, const struct row *row, int column)
{
	unsigned char		 length[8];
	const unsigned char	*bytes;
	size_t			 len;

	bytes = row_bytes(row, column, &len);
	put_int(length, row_null(row, column) ? -1 : (int64_t)len);
	buf_add(b, length, sizeof(length));
	buf_add(b, bytes, len);
}

static void
make_entry(const unsigned char key[DIGEST_SIZE], const struct row *row,
    struct buf *b, unsigned char entry_r[ENTRY_SIZE])
{
	unsigned char	 mac[DIGEST_SIZE];

	buf_cut(b, 0);
	buf_add(b, row_kind, sizeof(row_kind));
	for (int i = 0; i < AUDIT_COLUMNS; i++)
		add_column(b, row, i);
	digest_hmac(key, DIGEST_SIZE, b->data, b->len, mac);
	put_int(entry_r, row_int(row, AUDIT_ID));
	put_int(entry_r + 8, row_time(row, AUDIT_AT));
	memcpy(entry_r + ENTRY_KEY, mac, ENTRY_SIZE - ENTRY_KEY);
}

void
entry_make(const unsigned char key[DIGEST_SIZE], const struct row *row,
    struct arena *arena, unsigned char entry_r[ENTRY_SIZE])
{
	struct buf	 b;

	buf_init(&b, arena, 512);
	make_entry(key, row, &b, entry_r);
}

static void
batch_mac(const unsigned char key[DIGEST_SIZE],
    const unsigned char before[DIGEST_SIZE], const struct batch *b,
    unsigned char mac_r[DIGEST_SIZE])
{
	const int64_t	 numbers[] = {
		b->number, b->last_xact, b->last_id, b->rows, b->first_at,
		b->last_at
	};
	unsigned char	 text[sizeof(batch_kind) + sizeof(numbers) +
			    2 * DIGEST_SIZE];
	unsigned char	*to = text;

	memcpy(to, batch_kind, sizeof(batch_kind));
	to += sizeof(batch_kind);
	for (size_t i = 0; i < COUNT_OF(numbers); i++, to += 8)
		put_int(to, numbers[i]);
	memcpy(to, b->digest, DIGEST_SIZE);
	memcpy(to + DIGEST_SIZE, before, DIGEST_SIZE);
	digest_hmac(key, DIGEST_SIZE, text, sizeof(text), mac_r);
}

void
batch_seal(const unsigned char key[DIGEST_SIZE],
    const unsigned char before[DIGEST_SIZE], const struct result *rows,
    struct arena *arena, struct batch *batch)
{
	struct row	 row = { rows, 0 };
	unsigned char	*entries;
	struct buf	 b;

	batch->rows = result_rows(rows);
	entries = arena_alloc(arena, (size_t)batch->rows * ENTRY_SIZE);
	batch->entries = entries;
	batch->first_at = INT64_MAX;
	batch->last_at = INT64_MIN;
	buf_init(&b, arena, 512);
	for (; row.at < batch->rows; row.at++, entries += ENTRY_SIZE) {
		int64_t	 at = row_time(&row, AUDIT_AT);

		make_entry(key, &row, &b, entries);
		if (at < batch->first_at)
			batch->first_at = at;
		if (at > batch->last_at)
			batch->last_at = at;
		batch->last_xact = row_int(&row, AUDIT_XACT);
		batch->last_id = row_int(&row, AUDIT_ID);
	}
	digest_sha256(batch->entries, (size_t)batch->rows * ENTRY_SIZE,
	    batch->digest);
	batch_mac(key, before, batch, batch->mac);
}

bool
batch_mac_is_genuine(const unsigned char key[DIGEST_SIZE],
    const unsigned char before[DIGEST_SIZE], const struct batch *b)
{
	unsigned char	 mac[DIGEST_SIZE];

	batch_mac(key, before, b, mac);
	return digest_equal(mac, b->mac, DIGEST_SIZE);
}

bool
batch_is_genuine(const unsigned char key[DIGEST_SIZE],
    const unsigned char before[DIGEST_SIZE], const struct batch *b)
{
	unsigned char	 digest[DIGEST_SIZE];

	digest_sha256(b->entries, (size_t)b->rows * ENTRY_SIZE, digest);
	return digest_equal(digest, b->digest, DIGEST_SIZE) &&
	    batch_mac_is_genuine(key, before, b);
}

/* ----------------------------------------------------------- checkpoints */

static void
checkpoint_mac(const unsigned char key[DIGEST_SIZE],
    const struct checkpoint *c, unsigned char mac_r[DIGEST_SIZE])
{
	const int64_t	 numbers[] = { c->from, c->upto, c->batch, c->rows };
	unsigned char	 text[sizeof(checkpoint_kind) + sizeof(numbers) +
			    DIGEST_SIZE];
	unsigned char	*to = text;

	memcpy(to, checkpoint_kind, sizeof(checkpoint_kind));
	to += sizeof(checkpoint_kind);
	for (size_t i = 0; i < COUNT_OF(numbers); i++, to += 8)
		put_int(to, numbers[i]);
	memcpy(to, c->digest, DIGEST_SIZE);
	digest_hmac(key, DIGEST_SIZE, text, sizeof(text), mac_r);
}

void
checkpoint_sign(const unsigned char key[DIGEST_SIZE], struct checkpoint *c)
{
	checkpoint_mac(key, c, c->mac);
}

bool
checkpoint_is_genuine(const unsigned char key[DIGEST_SIZE],
    const struct checkpoint *c)
{
	unsigned char	 mac[DIGEST_SIZE];

	checkpoint_mac(key, c, mac);
	return digest_equal(mac, c->mac, DIGEST_SIZE);
}

static bool
checkpoint_has(const struct checkpoint *c, int64_t batch, int64_t at)
{
	return batch <= c->batch && at >= c->from && at < c->upto;
}

void
checkpoint_add(struct checkpoint *c, const struct batch *b)
{
	unsigned char	 text[DIGEST_SIZE + ENTRY_SIZE];

	if (b->number > c->batch || b->last_at < c->from ||
	    b->first_at >= c->upto)
		return;
	for (int64_t i = 0; i < b->rows; i++) {
		const unsigned char	*entry = b->entries + i * ENTRY_SIZE;

		if (!checkpoint_has(c, b->number, entry_at(entry)))
			continue;
		memcpy(text, c->digest, DIGEST_SIZE);
		memcpy(text + DIGEST_SIZE, entry, ENTRY_SIZE);
		digest_sha256(text, sizeof(text), c->digest);
		c->rows++;
	}
}

/* ------------------------------------------------------------- comparing */

/* A batch's entries and the rows that are there, and how far they agree. */
struct comparison {
	const struct batch	*batch;
	const struct result	*rows;
	int			 nentries, nrows;
	int			 entry, row;
};

static const unsigned char *
entry_of(const struct comparison *c, int i)
{
	return c->batch->entries + i * ENTRY_SIZE;
}

static int64_t
id_of_row(const struct comparison *c, int i)
{
	return row_int(&(struct row){ c->rows, i }, AUDIT_ID);
}

/* Is there a row of this id from here on? */
static bool
row_follows(const struct comparison *c, int64_t id)
{
	for (int i = c->row; i < c->nrows; i++) {
		if (id_of_row(c, i) == id)
			return true;
	}
	return false;
}

static bool
entry_follows(const struct comparison *c, int64_t id)
{
	for (int i = c->entry; i < c->nentries; i++) {
		if (entry_id(entry_of(c, i)) == id)
			return true;
	}
	return false;
}

/* Has the row's time changed so far that it passed a neighbour's? */
static bool
has_moved(const struct comparison *c)
{
	int64_t	 was = entry_at(entry_of(c, c->entry));
	int64_t	 is = row_time(&(struct row){ c->rows, c->row }, AUDIT_AT);

	if (is == was)
		return false;
	return (c->entry > 0 && is <= entry_at(entry_of(c, c->entry - 1))) ||
	    (c->entry + 1 < c->nentries &&
	    is >= entry_at(entry_of(c, c->entry + 1)));
}

static enum difference
difference_at(const struct comparison *c)
{
	int64_t	 sealed, there;

	if (c->entry == c->nentries)
		return ROW_INSERTED;
	if (c->row == c->nrows)
		return ROW_REMOVED;
	sealed = entry_id(entry_of(c, c->entry));
	there = id_of_row(c, c->row);
	if (sealed == there)
		return has_moved(c) ? ROW_REORDERED : ROW_CHANGED;
	if (!row_follows(c, sealed))
		return ROW_REMOVED;
	return entry_follows(c, there) ? ROW_REORDERED : ROW_INSERTED;
}

static void
tell(const struct comparison *c, struct finding *finding_r)
{
	finding_r->what = difference_at(c);
	finding_r->entry = c->entry < c->nentries ? c->entry : -1;
	finding_r->row = c->row < c->nrows ? c->row : -1;
	if (finding_r->what == ROW_INSERTED) {
		struct row	 row = { c->rows, c->row };

		finding_r->id = row_int(&row, AUDIT_ID);
		finding_r->at = row_time(&row, AUDIT_AT);
	} else {
		finding_r->id = entry_id(entry_of(c, c->entry));
		finding_r->at = entry_at(entry_of(c, c->entry));
	}
}

/* Was the row of the present entry dropped with its month? */
static bool
is_excused(const struct comparison *c, const struct checkpoint *checkpoints,
    size_t n)
{
	int64_t	 at = entry_at(entry_of(c, c->entry));

	for (size_t i = 0; i < n; i++) {
		if (checkpoint_has(&checkpoints[i], c->batch->number, at))
			return c->row == c->nrows || id_of_row(c, c->row) !=
			    entry_id(entry_of(c, c->entry));
	}
	return false;
}

void
batch_compare(const unsigned char key[DIGEST_SIZE], const struct batch *batch,
    const struct result *rows, const struct checkpoint *checkpoints,
    size_t ncheckpoints, struct arena *arena, struct finding *finding_r)
{
	struct comparison	 c = {
		.batch = batch, .rows = rows,
		.nentries = (int)batch->rows, .nrows = result_rows(rows),
	};
	unsigned char		 entry[ENTRY_SIZE];
	struct buf		 b;

	*finding_r = (struct finding){ .what = ROW_SAME };
	buf_init(&b, arena, 512);
	while (c.entry < c.nentries || c.row < c.nrows) {
		if (c.row < c.nrows)
			make_entry(key, &(struct row){ rows, c.row }, &b,
			    entry);
		if (c.row < c.nrows && c.entry < c.nentries &&
		    memcmp(entry, entry_of(&c, c.entry), ENTRY_SIZE) == 0) {
			c.entry++;
			c.row++;
		} else if (c.entry < c.nentries &&
		    is_excused(&c, checkpoints, ncheckpoints)) {
			c.entry++;
		} else {
			tell(&c, finding_r);
			return;
		}
	}
}
