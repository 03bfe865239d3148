/*
 * Accounts with their persons, the organisations and the institution's
 * policy.
 */

#include "model/family.h"
#include "model/policy.h"

/* The view `people`: an account and its person as one row. */
static const struct column person_columns[] = {
	{ "id",        ID,    SERVER | OWNER },
	{ "uid",       UID,   SERVER },
	{ "email",     TEXT,  SERVER, .max = 254 },
	{ "username",  TEXT,  SERVER, .max = 60 },
	{ "role",      TEXT,  SERVER, .max = 20, .choices = role_names },
	{ "verified",  BOOL,  SERVER, .doc = "an administrator vouches for the profession" },
	{ "time_zone", TEXT,  SERVER, .max = 64, .doc = "IANA name" },
	{ "given",     TEXT,  0, .max = 255, .doc = "given names" },
	{ "family",    TEXT,  0, .max = 255, .doc = "family name" },
	{ "phone",     TEXT,  0, .max = 32 },
	{ "created_at", TIME, SERVER | SORTABLE },
	{ "version",   COUNT, SERVER | VERSION },
};
const struct resource person = {
	"people", ROWS(person_columns), USERS, self_or_admin, "account_page",
	.doc = "accounts and the people they belong to",
};

static const struct column provider_columns[] = {
	{ "id",         ID,    SERVER },
	{ "uid",        UID,   SERVER },
	{ "name",       TEXT,  REQUIRED, .max = 100 },
	{ "address",    TEXT,  REQUIRED, .max = 255 },
	{ "contact",    TEXT,  0, .max = 255 },
	{ "author_id",  REF,   SERVER | AUTHOR, .target = &person },
	{ "created_at", TIME,  SERVER | SORTABLE },
	{ "version",    COUNT, SERVER | VERSION },
};
const struct resource provider = {
	"provider", ROWS(provider_columns), PROVIDERS, author_or_admin, "provider_page",
	.doc = "hospitals, practices and other organisations",
};

/* The id is ten times the resource and the role's place. */
static const struct column permission_columns[] = {
	{ "id",       ID,    SERVER },
	{ "resource", COUNT, SERVER, .min = 1, .max = 19 },
	{ "role",     TEXT,  SERVER, .max = 20, .choices = role_names },
	{ "can_add",  BOOL },
	{ "can_view", BOOL },
	{ "can_edit", BOOL },
	{ "version",  COUNT, SERVER | VERSION },
};
const struct resource permission = {
	"permission", ROWS(permission_columns), PERMISSIONS, admin_only, "permission_page",
	.doc = "the institution's policy: what a role may do",
};
