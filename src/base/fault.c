#include "base/fault.h"

#include <stdarg.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/task.h"

const struct fault_kind fault_kinds[FAULT_CODES] = {
	[FAULT_NONE]          = { "none", 200, "nothing went wrong" },
	[FAULT_BAD_REQUEST]   = { "bad_request", 400, "the request is malformed" },
	[FAULT_NO_TOKEN]      = { "no_token", 401, "no access token was sent" },
	[FAULT_BAD_TOKEN]     = { "bad_token", 401, "the token is not valid, or has ended" },
	[FAULT_EXPIRED_TOKEN] = { "expired_token", 401, "the token expired, or was idle too long" },
	[FAULT_WRONG_TOKEN]   = { "wrong_token", 401, "the token is of another type" },
	[FAULT_BAD_LOGIN]     = { "bad_login", 401, "no such account with this password" },
	[FAULT_FORBIDDEN]     = { "forbidden", 403, "the account may not do this" },
	[FAULT_NOT_FOUND]     = { "not_found", 404, "there is no such thing for this account" },
	[FAULT_NO_ROUTE]      = { "no_route", 404, "there is no such path" },
	[FAULT_METHOD]        = { "method", 405, "the path does not take this method" },
	[FAULT_CONFLICT]      = { "conflict", 409, "it contradicts what is stored" },
	[FAULT_TAKEN]         = { "taken", 409, "an account has this name already" },
	[FAULT_PRECONDITION]  = { "precondition", 412, "it was changed since it was read" },
	[FAULT_TOO_LARGE]     = { "too_large", 413, "the request is too large" },
	[FAULT_MEDIA_TYPE]    = { "media_type", 415, "the content type is not taken here" },
	[FAULT_INVALID]       = { "invalid", 400, "fields are missing or not acceptable" },
	[FAULT_MISMATCH]      = { "mismatch", 422, "the Idempotency-Key had another request" },
	[FAULT_LIMITED]       = { "limited", 429, "too many requests; see Retry-After" },
	[FAULT_INTERNAL]      = { "internal", 500, "the server made a mistake" },
	[FAULT_UNAVAILABLE]   = { "unavailable", 503, "a server behind it is away" },
};

bool
fail(struct task *t, enum fault_code code, const char *format, ...)
{
	va_list args;

	if (t->fault.code != FAULT_NONE)
		return false;
	t->fault.code = code;
	if (format != NULL) {
		va_start(args, format);
		t->fault.text = arena_vprintf(t->arena, format, args);
		va_end(args);
	}
	return false;
}

bool
fail_field(struct task *t, const char *field, enum field_reason reason,
    double bound, const char *value)
{
	struct field_fault **end = &t->fault.fields;
	struct field_fault *f;

	fail(t, FAULT_INVALID, NULL);
	if (t->fault.code != FAULT_INVALID)
		return false;
	f = arena_alloc(t->arena, sizeof(*f));
	f->field = arena_text(t->arena, field);
	f->reason = reason;
	f->bound = bound;
	f->value = arena_text(t->arena, value);
	while (*end != NULL)
		end = &(*end)->next;
	*end = f;
	return false;
}

void
fault_clear(struct task *t)
{
	t->fault = (struct fault){ .code = FAULT_NONE };
}
