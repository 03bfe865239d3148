#ifndef CK_MODEL_AUDIT_H
#define CK_MODEL_AUDIT_H

/*
 * The trail.  Statements that read or write clinical rows write their own
 * audit row; this is for what has none: refusals.
 */

struct params;
struct task;

/*
 * The first three parameters of every audited statement: $1 route,
 * $2 request id, $3 peer.
 */
#define AUDIT_PARAMS	3
void	 audit_params(struct task *, struct params *);

/*
 * Writes one row for a refused request with a token of ours, in its own
 * transaction.  Keeps the task's fault; when the row can't be written the
 * fault becomes FAULT_UNAVAILABLE: no audit row, no answer.
 */
void	 audit_refusal(struct task *);

#endif
