#ifndef CK_API_OPENAPI_INSIDE_H
#define CK_API_OPENAPI_INSIDE_H

/* What openapi.c and openapi_view.c share. */

#include <stdbool.h>

#include "api/surface.h"
#include "base/json.h"

/* "health record" and a suffix as a schema's name: HealthRecordWrite. */
const char	*schema_name(struct task *, const struct view *,
		    const char *suffix);
/* JSON that is written out already, as a value. */
void	 schema_raw(struct json *, const char *text);
/* Is the view what the handler's body holds? */
bool	 shape_takes_view(const struct shape *);
/* Does a route of the view (NULL: any) take it, or give one of `gives`? */
bool	 schema_is_used(const struct surface *, const struct view *, bool taken,
	    unsigned gives);
/* The schemas of all views of the surface, as members of an object. */
void	 schema_views(struct task *, struct json *, const struct surface *);

#endif
