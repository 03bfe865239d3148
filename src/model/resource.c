/*
 * Kinds of columns and look-ups in resources.  A kind's parse function turns
 * a client's value into PostgreSQL's text; bounds are checked here, so that
 * what reaches a statement is already of its type.
 */

#include "model/resource.h"

#include <string.h>

#include "base/text.h"
#include "model/family.h"
#include "model/parse.h"

const char *const permission_names[PERMISSIONS_END] = {
	[NO_PERMISSION]	= "own",
	[USERS]		= "Users",
	[RECORDS]	= "Health Records",
	[PROVIDERS]	= "Healthcare Providers",
	[USER_PROVIDER]	= "User Provider",
	[REMINDERS]	= "Reminders",
	[PERMISSIONS]	= "Permissions",
	[PATIENTS]	= "Patients",
	[PRACTITIONERS]	= "Practitioners",
	[MEDICAL_INFO]	= "Medical info",
	[DRUGS]		= "Drugs",
	[PRESCRIPTIONS]	= "Prescriptions",
	[PROCEDURES]	= "Procedures",
	[VACCINES]	= "Vaccines",
	[VITALS]	= "Vitals",
	[APPOINTMENTS]	= "Appointments",
	[ANNOTATIONS]	= "Annotations",
	[CONNECTIONS]	= "Connections",
	[ACTIVITIES]	= "Activities",
	[ACCESS_LOG]	= "Access log",
};

const char *const role_names[] = {
	"admin", "doctor", "patient", "nurse", "pharmacist", NULL
};

const struct resource *const resources[] = {
	&person, &provider, &permission, &record, &reminder, &connection,
	&activity, &activity_invite, NULL
};

const struct kind_row kinds[KINDS] = {
	[ID]    = { "id",    "bigint",           "bigint",
		    "integer", "int64",     parse_id },
	[UID]   = { "uid",   "uuid",             "uuid",
		    "string",  "uuid",      parse_uid },
	[REF]   = { "ref",   "bigint",           "bigint",
		    "integer", "int64",     parse_id },
	[TEXT]  = { "text",  "text",             "text",
		    "string",  NULL,        parse_text },
	[COUNT] = { "count", "bigint",           "bigint",
		    "integer", NULL,        parse_count },
	[REAL]  = { "real",  "double precision", "double precision",
		    "number",  NULL,        parse_real },
	[BOOL]  = { "bool",  "boolean",          "boolean",
		    "boolean", NULL,        parse_bool },
	[DATE]  = { "date",  "date",             "date",
		    "string",  "date",      parse_date },
	[TIME]  = { "time",  "timestamptz",      "timestamp with time zone",
		    "string",  "date-time", parse_time },
};

int
column_at(const struct resource *resource, const char *name)
{
	for (size_t i = 0; i < resource->ncolumns; i++) {
		if (strcmp(resource->columns[i].name, name) == 0)
			return (int)i;
	}
	return -1;
}

int
column_with(const struct resource *resource, unsigned flag)
{
	for (size_t i = 0; i < resource->ncolumns; i++) {
		if (resource->columns[i].flags & flag)
			return (int)i;
	}
	return -1;
}

bool
resource_is_sealed(const struct resource *resource)
{
	return column_with(resource, SEALED) >= 0;
}

const struct resource *
resource_named(const char *name)
{
	for (size_t i = 0; resources[i] != NULL; i++) {
		if (strcmp(resources[i]->name, name) == 0)
			return resources[i];
	}
	return NULL;
}
