#ifndef CK_MODEL_HASHING_H
#define CK_MODEL_HASHING_H

/*
 * Hashing a password is made to be slow, so at most half of the workers do
 * it at once and others who want to wait their turn: a burst of logins costs
 * time, not every processor.  The places are locks on bytes of an unnamed
 * file: the kernel takes them back from a worker that dies.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/table.h"

struct task;

/* Before the workers are forked. */
void	 hashing_places(size_t workers);
/* Waits for a place; FAULT_UNAVAILABLE when the kernel gives none. */
bool	 hashing_begin(struct task *) MUST_USE;
void	 hashing_end(void);

#endif
