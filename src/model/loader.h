#ifndef CK_MODEL_LOADER_H
#define CK_MODEL_LOADER_H

/*
 * `chartkeep import`: many rows at once, for institutions that move, for the
 * demo and for measuring.
 *
 * JSON: {"accounts": [...], "providers": [...], "memberships": [...],
 * "connections": [...], "records": [...], "reminders": [...]}, read whole.
 * CSV (RFC 4180, with a head line) of one table, as a stream.  Keys and heads
 * are the columns of loader_table.c; rows may bring their own ids.
 *
 * Clinical words are sealed here.  A batch of rows is one transaction with
 * one audit row.  A row that is refused (its reason is told) does not hinder
 * the others.  Nobody is notified of what is imported, and what is past is
 * never announced.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/table.h"

struct pg;
struct task;

struct load_count {
	int64_t	 accepted, refused;
};

/* Told while it goes on; `place` counts a table's rows from 1. */
struct load_watch {
	void	(*progress)(void *ctx, const char *table,
		    const struct load_count *);
	void	(*refused)(void *ctx, const char *table, int64_t place,
		    const char *why);
	void	*ctx;
};

/* The owner's connection with the loader's statements. */
struct pg	*loader_connection(const char *conninfo);

/*
 * False, with the fault, when it can't go on: no table of that name, not to
 * be read, the database went away.  Batches before that stay.  Naive times
 * are in the setting time_zone.
 */
bool	 load_json(struct task *, const char *text, size_t len,
	    const struct load_watch *, struct load_count *count_r) MUST_USE;
bool	 load_csv(struct task *, FILE *, const char *table,
	    const struct load_watch *, struct load_count *count_r) MUST_USE;

/* "accounts, providers ...": for who asked for another. */
const char	*load_tables(void);

#endif
