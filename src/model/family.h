#ifndef CK_MODEL_FAMILY_H
#define CK_MODEL_FAMILY_H

/* The resources, each in the file of its family. */

#include "model/resource.h"

/* people.c; party: whom rows point at, not to be listed by itself */
extern const struct resource person, provider, permission, party;
/* record.c */
extern const struct resource record, reminder;
/* connection.c */
extern const struct resource connection;
/* activity.c */
extern const struct resource activity, activity_invite;

#endif
