/*
 * Reading PostgreSQL's binary formats: network order, times from 2000-01-01.
 * A column of another type than the reader's is a programmer's error and
 * asserts: `chartkeep check` has compared the columns before.
 */

#include "store/row.h"

#include <assert.h>
#include <libpq-fe.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/pg_inside.h"

/* OIDs of built-in types, fixed for ever (pg_type.dat). */
enum {
	TYPE_BOOL = 16,
	TYPE_INT8 = 20,
	TYPE_INT2 = 21,
	TYPE_INT4 = 23,
	TYPE_OID = 26,
	TYPE_FLOAT4 = 700,
	TYPE_FLOAT8 = 701,
	TYPE_DATE = 1082,
	TYPE_TIMESTAMP = 1114,
	TYPE_TIMESTAMPTZ = 1184,
	TYPE_UUID = 2950,
};

#define EPOCH_DAYS	10957		/* 1970-01-01 to 2000-01-01 */

int
result_rows(const struct result *result)
{
	return PQntuples(result_inside(result));
}

int64_t
result_changed(const struct result *result)
{
	int64_t n = 0;

	return text_to_int(PQcmdTuples(result_inside(result)), &n) ? n : 0;
}

int
result_column(const struct result *result, const char *name)
{
	const PGresult *res = result_inside(result);

	for (int i = 0; i < PQnfields(res); i++) {
		if (strcmp(PQfname(res, i), name) == 0)
			return i;
	}
	return -1;
}

bool
row_null(const struct row *row, int column)
{
	const PGresult *res = result_inside(row->result);

	assert(column >= 0 && column < PQnfields(res));
	assert(row->at >= 0 && row->at < PQntuples(res));
	return PQgetisnull(res, row->at, column);
}

const unsigned char *
row_bytes(const struct row *row, int column, size_t *len_r)
{
	const PGresult *res = result_inside(row->result);

	*len_r = 0;
	if (row_null(row, column))
		return (const unsigned char *)"";
	*len_r = (size_t)PQgetlength(res, row->at, column);
	return (const unsigned char *)PQgetvalue(res, row->at, column);
}

const char *
row_text(const struct row *row, int column)
{
	if (row_null(row, column))
		return NULL;
	return PQgetvalue(result_inside(row->result), row->at, column);
}

static Oid
type_of(const struct row *row, int column)
{
	return PQftype(result_inside(row->result), column);
}

/* The big-endian number of 1, 2, 4 or 8 bytes; 0 for null. */
static uint64_t
number(const struct row *row, int column, size_t *len_r)
{
	const unsigned char *byte = row_bytes(row, column, len_r);
	uint64_t value = 0;

	assert(*len_r <= 8);
	for (size_t i = 0; i < *len_r; i++)
		value = value << 8 | byte[i];
	return value;
}

static int64_t
signed_number(const struct row *row, int column)
{
	size_t len;
	uint64_t value = number(row, column, &len);

	switch (len) {
	case 2:
		return (int16_t)value;
	case 4:
		return (int32_t)value;
	default:
		return (int64_t)value;
	}
}

int64_t
row_int(const struct row *row, int column)
{
	Oid type = type_of(row, column);
	size_t len;

	assert(type == TYPE_INT8 || type == TYPE_INT4 || type == TYPE_INT2 ||
	    type == TYPE_OID);
	if (type == TYPE_OID)
		return (int64_t)number(row, column, &len);
	return signed_number(row, column);
}

bool
row_bool(const struct row *row, int column)
{
	size_t len;

	assert(type_of(row, column) == TYPE_BOOL);
	return number(row, column, &len) != 0;
}

double
row_real(const struct row *row, int column)
{
	Oid type = type_of(row, column);
	size_t len;
	uint64_t bits = number(row, column, &len);
	double wide;
	float narrow;

	assert(type == TYPE_FLOAT4 || type == TYPE_FLOAT8);
	if (type == TYPE_FLOAT8) {
		memcpy(&wide, &bits, sizeof(wide));
		return wide;
	}
	uint32_t half = (uint32_t)bits;
	memcpy(&narrow, &half, sizeof(narrow));
	return narrow;
}

int64_t
row_time(const struct row *row, int column)
{
	Oid type = type_of(row, column);
	int64_t time = signed_number(row, column);

	assert(type == TYPE_TIMESTAMPTZ || type == TYPE_TIMESTAMP);
	if (row_null(row, column))
		return 0;
	/* "infinity" and "-infinity" stay the ends of all times. */
	if (time == INT64_MAX || time == INT64_MIN)
		return time;
	return time + EPOCH_DAYS * DAY;
}

int64_t
row_date(const struct row *row, int column)
{
	assert(type_of(row, column) == TYPE_DATE);
	if (row_null(row, column))
		return 0;
	return signed_number(row, column) + EPOCH_DAYS;
}

const unsigned char *
row_uuid(const struct row *row, int column)
{
	size_t len;
	const unsigned char *bytes = row_bytes(row, column, &len);

	assert(type_of(row, column) == TYPE_UUID);
	return len == 16 ? bytes : NULL;
}
