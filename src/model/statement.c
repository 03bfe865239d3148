/*
 * The program's statements: which are derived (model/derive.c) for which
 * resource, and those that modules wrote.
 */

#include "model/statement.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "model/derive.h"
#include "model/resource.h"

#define RESOURCES_MAX	64
#define PAGES_MAX	64
#define STATEMENTS_MAX	1024

static struct derived		 derived[RESOURCES_MAX];

/* Lists by page functions other than the resource's own. */
static struct page {
	const struct resource	*resource;
	const char		*function;
	struct statement	 list[NAMINGS];
} pages[PAGES_MAX];
static size_t			 npages;

static const struct statement	*all[STATEMENTS_MAX];
static size_t			 nall;

/* Resources that a surface names by uid. */
static const struct resource	*by_uid[RESOURCES_MAX];
static size_t			 nby_uid;

static bool
is_named_by_uid(const struct resource *resource)
{
	for (size_t i = 0; i < nby_uid; i++) {
		if (by_uid[i] == resource)
			return true;
	}
	return false;
}

void
statements_by_uid(const struct resource *resource)
{
	if (is_named_by_uid(resource) || !derive_has_uid(resource))
		return;
	assert(nby_uid < RESOURCES_MAX);
	by_uid[nby_uid++] = resource;
}

static void
finish(struct statement *s, struct buf *b, const char *resource,
    const char *what)
{
	s->name = arena_printf(b->arena, "%s_%s", resource, what);
	s->text = arena_text(b->arena, b->data);
	assert(nall < STATEMENTS_MAX);
	all[nall++] = s;
	buf_cut(b, 0);
}

static void
make_resource(struct buf *b, const struct resource *r, struct derived *d,
    enum naming naming)
{
	const char	*by = naming == BY_UID ? "_by_uid" : "";
	struct arena	*a = b->arena;

	derive_find(b, r, naming);
	finish(&d->find[naming], b, r->name, arena_printf(a, "find%s", by));
	derive_list(b, r, r->page, naming);
	finish(&d->list[naming], b, r->name, arena_printf(a, "list%s", by));
	if (r->may_change == NULL)
		return;
	derive_lock(b, r, naming);
	finish(&d->lock[naming], b, r->name, arena_printf(a, "lock%s", by));
	derive_change(b, r, naming);
	finish(&d->change[naming], b, r->name, arena_printf(a, "change%s", by));
	if (column_with(r, AUTHOR) < 0 || r->make != NULL)
		return;
	derive_create(b, r, naming);
	finish(&d->create[naming], b, r->name, arena_printf(a, "create%s", by));
}

void
statements_page(const struct resource *resource, const char *function)
{
	if (function == NULL || list_by(resource, function, BY_NUMBER) != NULL)
		return;
	assert(npages < PAGES_MAX);
	pages[npages].resource = resource;
	pages[npages++].function = function;
}

static void
make_pages(struct buf *b)
{
	for (size_t i = 0; i < npages; i++) {
		struct page	*p = &pages[i];

		derive_list(b, p->resource, p->function, BY_NUMBER);
		finish(&p->list[BY_NUMBER], b, p->function, "list");
		if (!is_named_by_uid(p->resource))
			continue;
		derive_list(b, p->resource, p->function, BY_UID);
		finish(&p->list[BY_UID], b, p->function, "list_by_uid");
	}
}

static void
add_written(const struct statement *const *list)
{
	for (; *list != NULL; list++) {
		assert(nall < STATEMENTS_MAX);
		all[nall++] = *list;
	}
}

void
statements_make(struct arena *arena)
{
	struct buf	 b;

	nall = 0;
	buf_init(&b, arena, 4096);
	for (size_t i = 0; resources[i] != NULL; i++) {
		assert(i < RESOURCES_MAX);
		make_resource(&b, resources[i], &derived[i], BY_NUMBER);
		if (is_named_by_uid(resources[i]))
			make_resource(&b, resources[i], &derived[i], BY_UID);
		if (column_with(resources[i], AUTHOR) < 0)
			continue;
		derive_archive(&b, resources[i]);
		finish(&derived[i].archive, &b, resources[i]->name, "archive");
	}
	make_pages(&b);
	add_written(actor_statements);
	add_written(audit_statements);
	add_written(key_statements);
	add_written(session_statements);
	add_written(idempotency_statements);
	add_written(archive_statements);
	add_written(asking_statements);
	add_written(inviting_statements);
	add_written(transaction_statements);
	add_written(schema_statements);
	add_written(service_statements);
	add_written(access_log_statements);
}

const struct derived *
derived_of(const struct resource *resource)
{
	for (size_t i = 0; resources[i] != NULL; i++) {
		if (resources[i] == resource)
			return &derived[i];
	}
	return NULL;
}

const struct statement *
list_by(const struct resource *resource, const char *page, enum naming naming)
{
	if (page == NULL)
		return &derived_of(resource)->list[naming];
	for (size_t i = 0; i < npages; i++) {
		if (pages[i].resource == resource &&
		    strcmp(pages[i].function, page) == 0)
			return &pages[i].list[naming];
	}
	return NULL;
}

const struct statement *const *
statements_all(size_t *n_r)
{
	*n_r = nall;
	return all;
}
