#ifndef CK_TESTS_MADE_ROW_H
#define CK_TESTS_MADE_ROW_H

/*
 * Rows as PostgreSQL would send them (binary formats), for tests without a
 * server: made_row() of text cells, "" is null, numbers by the column's kind.
 */

#include <endian.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/item.h"

/* Object ids of pg_type.h, which the row readers assert. */
static inline Oid
made_type(enum kind kind)
{
	static const Oid	 types[KINDS] = {
		[ID] = 20, [UID] = 2950, [REF] = 20, [TEXT] = 25,
		[COUNT] = 20, [REAL] = 701, [BOOL] = 16, [DATE] = 1082,
		[TIME] = 1114
	};

	return types[kind];
}

static inline void
made_cell(PGresult *result, int column, enum kind kind, const char *cell)
{
	unsigned char	 bytes[16];
	uint64_t	 number;
	size_t		 len = strlen(cell);

	if (len == 0) {
		PQsetvalue(result, 0, column, NULL, -1);
		return;
	}
	if (kind == TEXT) {
		PQsetvalue(result, 0, column, (char *)cell, (int)len);
		return;
	}
	if (kind == UID && uuid_parse(cell, bytes)) {
		PQsetvalue(result, 0, column, (char *)bytes, 16);
		return;
	}
	if (kind == BOOL) {
		bytes[0] = cell[0] == 't';
		PQsetvalue(result, 0, column, (char *)bytes, 1);
		return;
	}
	number = htobe64((uint64_t)strtoll(cell, NULL, 10));
	memcpy(bytes, &number, sizeof(number));
	PQsetvalue(result, 0, column, (char *)bytes, 8);
}

/* The cells of the resource's columns, then the row's number. */
static inline struct item
made_row(const struct resource *resource, const char *const *cells)
{
	PGresult	*result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc	 columns[32] = { 0 };
	int		 n = (int)resource->ncolumns;

	for (int i = 0; i < n; i++) {
		columns[i].name = (char *)resource->columns[i].name;
		columns[i].format = 1;
		columns[i].typid = made_type(resource->columns[i].kind);
	}
	columns[n].name = (char *)"row_id";
	columns[n].format = 1;
	columns[n].typid = 20;
	PQsetResultAttrs(result, n + 1, columns);
	for (int i = 0; i < n; i++)
		made_cell(result, i, resource->columns[i].kind, cells[i]);
	made_cell(result, n, ID, cells[0]);
	return (struct item){ resource,
	    { (const struct result *)result, 0 }, 0 };
}

#define MADE_CELLS	64

/* The kinds of an expanded row's cells, in the order of struct item. */
static inline int
made_layout(const struct resource *resource, enum kind *kinds_r, int n)
{
	for (size_t i = 0; i < resource->ncolumns; i++)
		kinds_r[n++] = resource->columns[i].kind;
	kinds_r[n++] = ID;
	for (size_t i = 0; i < resource->ncolumns; i++) {
		if (resource->columns[i].flags & EXPANDED)
			n = made_layout(resource->columns[i].target, kinds_r,
			    n);
	}
	return n;
}

/*
 * A row with what its EXPANDED columns point at: each part's columns and its
 * number.  For resources without sealed columns.
 */
static inline struct item
made_wide_row(const struct resource *resource, const char *const *cells)
{
	enum kind	 layout[MADE_CELLS];
	PGresAttDesc	 columns[MADE_CELLS];
	int		 n = made_layout(resource, layout, 0);
	PGresult	*result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);

	memset(columns, 0, sizeof(columns));
	for (int i = 0; i < n; i++) {
		columns[i].name = (char *)"x";
		columns[i].format = 1;
		columns[i].typid = made_type(layout[i]);
	}
	PQsetResultAttrs(result, n, columns);
	for (int i = 0; i < n; i++)
		made_cell(result, i, layout[i], cells[i]);
	return (struct item){ resource,
	    { (const struct result *)result, 0 }, 0 };
}

#endif
