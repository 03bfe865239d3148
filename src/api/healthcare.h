#ifndef CK_API_HEALTHCARE_H
#define CK_API_HEALTHCARE_H

/* The Healthcare Management System's API, below /api. */

#include "api/surface.h"

extern const struct surface healthcare_surface;

#endif
