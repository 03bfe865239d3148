#ifndef CK_STORE_ROW_H
#define CK_STORE_ROW_H

/*
 * A row of a result: borrowed columns in PostgreSQL's binary formats.  A row
 * lives as long as the task's arena.  Columns are numbers from 0, in the
 * order of the statement's SELECT list.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct result;

struct row {
	const struct result	*result;
	int			 at;
};

int	 result_rows(const struct result *);
/* Rows that an INSERT, UPDATE or DELETE touched. */
int64_t	 result_changed(const struct result *);
/* The column's number, or -1. */
int	 result_column(const struct result *, const char *name);

bool	 row_null(const struct row *, int column);
/* Never NULL; null reads as zero bytes. */
const unsigned char	*row_bytes(const struct row *, int column,
			    size_t *len_r);
/* text, varchar, "char": NUL-terminated.  NULL for null. */
const char	*row_text(const struct row *, int column);
/* int2, int4, int8 by length; null reads 0. */
int64_t	 row_int(const struct row *, int column);
bool	 row_bool(const struct row *, int column);
double	 row_real(const struct row *, int column);	/* float4, float8 */
/*
 * timestamp, timestamptz: microseconds since 1970; null reads 0; the
 * infinities INT64_MAX and INT64_MIN.
 */
int64_t	 row_time(const struct row *, int column);
/* date: days since 1970; null reads 0. */
int64_t	 row_date(const struct row *, int column);
/* 16 bytes, or NULL for null. */
const unsigned char	*row_uuid(const struct row *, int column);

#endif
