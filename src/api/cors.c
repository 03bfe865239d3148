/* Cross-origin requests. */

#include "api/cors.h"

#include <string.h>

#include "api/surface.h"
#include "base/settings.h"
#include "base/task.h"

static bool
is_known(const struct settings *settings, const char *origin)
{
	for (size_t i = 0; settings->cors_origins[i] != NULL; i++) {
		if (strcmp(settings->cors_origins[i], origin) == 0)
			return true;
	}
	return false;
}

bool
cors_answer(struct task *t, const struct request *request, unsigned methods,
    struct response *response)
{
	if (t->settings->cors_origins[0] == NULL)
		return false;
	response_header(response, "Vary", "Origin");
	if (request->origin == NULL ||
	    !is_known(t->settings, request->origin))
		return false;
	response_header(response, "Access-Control-Allow-Origin",
	    request->origin);
	response_header(response, "Access-Control-Allow-Credentials", "true");
	if (request->method != OPTIONS || methods == 0) {
		response_header(response, "Access-Control-Expose-Headers",
		    "ETag, Link, Retry-After, Idempotency-Replayed");
		return false;
	}
	response->status = 204;
	response_header(response, "Access-Control-Allow-Methods",
	    methods_text(t->arena, methods));
	response_header(response, "Access-Control-Allow-Headers",
	    "Authorization, Content-Type, Idempotency-Key, If-Match,"
	    " If-None-Match");
	response_header(response, "Access-Control-Max-Age", "600");
	return true;
}
