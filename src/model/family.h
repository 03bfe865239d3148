#ifndef CK_MODEL_FAMILY_H
#define CK_MODEL_FAMILY_H

/* The resources, each in the file of its family. */

#include "model/resource.h"

/* people.c */
extern const struct resource person, provider, permission;
/* record.c */
extern const struct resource record, reminder;

#endif
