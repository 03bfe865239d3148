#ifndef CK_MODEL_LOADER_INSIDE_H
#define CK_MODEL_LOADER_INSIDE_H

/*
 * What the loader's files share: tables say which columns there are, readers
 * fill batches, a batch checks, seals and writes.
 */

#include "base/input.h"
#include "base/task.h"
#include "crypto/seal.h"
#include "model/key.h"
#include "model/loader.h"
#include "store/array.h"
#include "store/pg.h"

#define LOAD_COLUMNS	16
#define LOAD_ROWS	2000		/* of a batch */
#define LOAD_BYTES	(8 << 20)	/* of its values */

enum load_flags {
	LOAD_REQUIRED	= 1,
	LOAD_OWNER	= 2		/* the account whose key seals */
};

struct load_batch;
struct load_row;
struct load_column;

/* How a column's value is checked and put into its array. */
struct load_kind {
	enum array_type	 type;
	/* NULL, or why the value is refused; may replace it. */
	const char	*(*check)(struct load_batch *, struct load_row *,
			    const struct load_column *, const char **value);
	void		(*put)(struct array *, const struct load_batch *,
			    const struct load_row *,
			    const struct load_column *, const char *value);
};

struct load_column {
	const char		*name;		/* "" for what we make */
	const struct load_kind	*kind;
	unsigned		 flags;
	size_t			 max;		/* characters */
	const char		*choices;	/* words between blanks */
};

struct load_table {
	const char			*name;		/* "records" */
	const char			*stored;	/* "record" */
	const struct load_column	*columns;
	size_t				 ncolumns;
	struct statement		 insert, advance;
};

extern const struct load_table load_table_rows[];
extern const size_t load_table_count;
const struct load_table	*load_table_named(const char *);

struct load_row {
	const char	*values[LOAD_COLUMNS];	/* NULL: absent */
	int64_t		 place;
	const char	*why;			/* refused */
	unsigned char	 uid[16];
	const struct data_key *key;		/* of its owner */
	struct new_key	 made;			/* of a new account */
};

struct load_batch {
	struct task			*task;
	struct arena			*arena;		/* this batch's */
	const struct load_table		*table;
	const struct load_watch		*watch;
	struct load_count		*count;
	struct load_row			*rows;
	size_t				 n;
	size_t				 bytes;
	int64_t				 place;		/* rows read so far */
	char				 field[64];	/* for reasons */
};

void	 load_begin(struct load_batch *, struct task *,
	    const struct load_table *, const struct load_watch *,
	    struct load_count *);
/* A new row, or NULL when what is full could not be written. */
struct load_row	*load_row(struct load_batch *);
/* A row that can't even be read. */
void	 load_refuse(struct load_batch *, struct load_row *, const char *why);
/* Its column by name: false when there is none. */
bool	 load_put(struct load_batch *, struct load_row *, const char *name,
	    const char *value, size_t len);
/* Writes what is left. */
bool	 load_end(struct load_batch *) MUST_USE;

/* The start of an import: the zone of naive times. */
bool	 load_zone(struct task *) MUST_USE;

#endif
