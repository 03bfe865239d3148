#ifndef CK_MODEL_RESOURCE_H
#define CK_MODEL_RESOURCE_H

/*
 * What is stored, said once: a resource is a table (or an updatable view) of
 * the schema with its columns.  SQL, validation, sealing, rules and the
 * documents derive from these rows; sql/ holds the tables themselves, and
 * the program refuses a database that disagrees (model/schema.h).
 *
 * Zero is the safe value everywhere: no permission resource, no rule (then
 * nobody changes a row), not writable, not sortable, no bound (a lint
 * error on text).
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/table.h"

struct input_value;
struct item;
struct task;
struct values;

enum kind {
	NO_KIND,
	ID,		/* bigint identity; the row's number */
	UID,		/* uuid, made by the program */
	REF,		/* bigint, the id of a row of `target` */
	TEXT,		/* text, or bytea when SEALED; choices close it */
	COUNT,		/* integer or bigint */
	REAL,		/* double precision */
	BOOL,
	DATE,		/* date */
	TIME,		/* timestamptz; naive ones in the session's zone */
	KINDS
};

enum column_flags {
	REQUIRED	= 1,	/* must be given when a row is made */
	FIXED		= 2,	/* given once, never changed */
	SERVER		= 4,	/* never taken from a client */
	SEALED		= 8,	/* encrypted with the owner's data key */
	OWNER		= 16,	/* REF to the data subject's account */
	AUTHOR		= 32,	/* REF to the account that wrote the row */
	SORTABLE	= 64,
	NOW		= 128,	/* absent TIME: the time of writing */
	VERSION		= 256,	/* COUNT, one more at each change */
	/*
	 * REF whose target comes with the row, in the same statement: for
	 * members that show it as an object.  It costs a join, so only where
	 * every surface shows it.
	 */
	EXPANDED	= 512
};

struct column {
	const char		*name;		/* in SQL and in our C */
	enum kind		 kind;
	unsigned		 flags;
	double			 min, max;	/* length of text, value */
	const char *const	*choices;	/* NULL-ended; absent: first */
	const struct resource	*target;	/* what a REF points at */
	bool			(*check)(struct task *, const char *field,
				    const char *value);
	const char		*doc;		/* one line, for OpenAPI */
};

/* The institution's policy speaks of these (table permission). */
enum permission {
	NO_PERMISSION,
	USERS, RECORDS, PROVIDERS, USER_PROVIDER, REMINDERS, PERMISSIONS,
	PATIENTS, PRACTITIONERS, MEDICAL_INFO, DRUGS, PRESCRIPTIONS,
	PROCEDURES, VACCINES, VITALS, APPOINTMENTS, ANNOTATIONS,
	CONNECTIONS, ACTIVITIES, ACCESS_LOG,
	PERMISSIONS_END
};
extern const char *const permission_names[PERMISSIONS_END];

/* Numbers on surfaces are places in this list, from 1.  NULL-terminated. */
extern const char *const role_names[];

/* What happened to a row, for a resource's after(). */
enum event { CREATED, CHANGED, ARCHIVED };

struct resource {
	const char		*name;		/* "record": table and noun */
	const struct column	*columns;
	size_t			 ncolumns;
	enum permission		 permission;
	/* May the actor change this row, which it sees?  NULL: nobody may. */
	bool			(*may_change)(struct task *,
				    const struct item *);
	/* SQL function (after, n, newest): the ids seen, in order. */
	const char		*page;
	/* After the commit; may only do what may be lost. */
	void			(*after)(struct task *, const struct item *,
				    enum event);
	const char		*doc;
	/* The table of ids and uids, where `name` is a view of more. */
	const char		*ids;
	/*
	 * SQL, of the row x: is its owner a patient whose data it is, so that
	 * the trail names it?  NULL: always.
	 */
	const char		*about_patient;
	/* The SQL function that makes its rows; NULL: a plain INSERT. */
	const char		*make;
};

/* All of them, NULL-terminated. */
extern const struct resource *const resources[];

/* The column's place in the row, or -1. */
int	 column_at(const struct resource *, const char *name);
/* The place of the first column with the flag, or -1. */
int	 column_with(const struct resource *, unsigned flag);
bool	 resource_is_sealed(const struct resource *);
const struct resource	*resource_named(const char *);

/* What a kind is, one row each. */
struct kind_row {
	const char	*name;
	const char	*sql_type;	/* cast of a parameter */
	const char	*schema_type;	/* information_schema's data_type */
	const char	*json_type;	/* OpenAPI's type and format */
	const char	*json_format;
	/* The input as PostgreSQL's text in *text_r, or a field fault. */
	bool		(*parse)(struct task *, const struct column *,
			    const char *field, const struct input_value *,
			    const char **text_r);
};
extern const struct kind_row kinds[KINDS];

#endif
