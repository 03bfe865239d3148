/* The trail of what was refused; see the header for the rest. */

#include "model/audit.h"

#include <arpa/inet.h>

#include "base/task.h"
#include "crypto/token.h"
#include "model/statement.h"

static const struct statement refusal = {
	"audit_refusal",
	"SELECT audit_refusal($1::uuid, $2::text, $3::text, $4::text,"
	" $5::uuid, $6::inet, $7::bigint)",
};

/* The peer's address, or NULL for what is none ("unix:"). */
static const char *
peer_address(const struct task *t)
{
	struct in6_addr	 address;

	if (t->peer == NULL)
		return NULL;
	if (inet_pton(AF_INET, t->peer, &address) == 1 ||
	    inet_pton(AF_INET6, t->peer, &address) == 1)
		return t->peer;
	return NULL;
}

void
audit_params(struct task *t, struct params *p)
{
	param_text(p, t->route_name);
	param_text(p, t->request_id);
	param_text(p, peer_address(t));
}

void
audit_refusal(struct task *t)
{
	const struct result	*result;
	struct fault		 fault = t->fault;
	struct params		 p = { 0 };

	if (t->token == NULL)
		return;
	fault_clear(t);
	pg_settle(t->pg);
	t->open = false;
	param_text(&p, t->token->sid);
	param_text(&p, t->route_name);
	param_text(&p, t->action);
	param_text(&p, fault_kinds[fault.code].name);
	param_text(&p, t->request_id);
	param_text(&p, peer_address(t));
	if (t->subject > 0)
		param_int(&p, t->arena, t->subject);
	else
		param_text(&p, NULL);
	if (pg_ready(t) && pg_do(t, &refusal, &p, &result))
		t->fault = fault;
}

const struct statement *const audit_statements[] = { &refusal, NULL };
