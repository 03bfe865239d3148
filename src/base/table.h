#ifndef CK_BASE_TABLE_H
#define CK_BASE_TABLE_H

/*
 * Helpers for tables of static const rows, and the few attributes that every
 * header uses.
 */

#include <stddef.h>

/* A table and its number of rows, as two initialisers or arguments. */
#define ROWS(a)		(a), sizeof(a) / sizeof((a)[0])
#define COUNT_OF(a)	(sizeof(a) / sizeof((a)[0]))

/* The member's offset; does not compile when the member has another type. */
#define OFFSET_OF(type, member, ctype)					\
	(offsetof(type, member) + 0 * sizeof(struct { _Static_assert(	\
	_Generic(((type *)0)->member, ctype: 1, default: 0),		\
	#member " is not " #ctype); int unused; }))

#define MUST_USE	__attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args)	__attribute__((format(printf, fmt, args)))
#define NO_RETURN	__attribute__((noreturn))

#endif
