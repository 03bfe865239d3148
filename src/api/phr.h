#ifndef CK_API_PHR_H
#define CK_API_PHR_H

/* The surface of the PHR System. */

#include "api/surface.h"

extern const struct surface phr_surface;

#endif
