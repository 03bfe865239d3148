/*
 * A case is a block with a role and a relation: people and rows are made, the
 * request is sent, and its status, whether the subject's word stands in the
 * answer, and what was written meanwhile are held against the rule.
 */

#include "main/access_play.h"

#include <stdio.h>
#include <string.h>

#include "api/surface.h"
#include "base/task.h"
#include "main/access_client.h"
#include "main/access_place.h"
#include "main/access_stage.h"

/* One case, as far as it has come. */
struct scene {
	struct play			*play;
	struct block			*block;
	const struct rule		*rule;		/* NULL: denied */
	const struct expectation	*expected;
	struct access_stage		 stage;
	struct asked			 asked;
	struct answered			 answered;
	struct access_writes		 writes;
	const char			*mark;
};

static const struct route *
route_of(const struct block *b, const struct surface **surface_r)
{
	size_t	 number = 0;

	for (size_t i = 0; surfaces[i] != NULL; i++) {
		for (size_t k = 0; k < surfaces[i]->nroutes; k++, number++) {
			*surface_r = surfaces[i];
			if (block_is_route(b, route_label(number)))
				return &surfaces[i]->routes[k];
		}
	}
	return NULL;
}

static bool
has_block(const struct eval *eval, const char *label)
{
	for (const struct block *b = eval->blocks; b != NULL; b = b->next) {
		if (block_is_route(b, label))
			return true;
	}
	return false;
}

void
play_compare(struct play *p)
{
	const struct surface	*surface;

	for (size_t i = 0; i < route_count(); i++) {
		p->routes++;
		if (has_block(p->eval, route_label(i)))
			continue;
		p->wrong++;
		printf("%s: nothing is said of %s\n", p->eval->path,
		    route_label(i));
	}
	for (struct block *b = p->eval->blocks; b != NULL; b = b->next) {
		if (route_of(b, &surface) != NULL)
			continue;
		p->wrong++;
		printf("%s:%d: there is no route %s %s\n", p->eval->path,
		    b->line, b->method, b->path);
	}
}

static bool
fill(struct scene *s, const char *text, const char **filled_r)
{
	const char	*unknown;

	if (text == NULL) {
		*filled_r = NULL;
		return true;
	}
	if (eval_fill(s->stage.task->arena, text, access_stage_value,
	    &s->stage, filled_r, &unknown))
		return true;
	return fail(s->stage.task, FAULT_NOT_FOUND, "%s:%d: there is no {%s}",
	    s->play->eval->path, s->block->line, unknown);
}

static bool
send_request(struct scene *s)
{
	struct task	*t = s->stage.task;
	char		 why[256];

	s->asked.method = s->block->method;
	s->asked.peer = s->block->peer;
	s->asked.token = s->stage.token;
	if (!fill(s, s->block->path, &s->asked.target) ||
	    !fill(s, s->block->body, &s->asked.body) ||
	    !fill(s, s->block->mark, &s->mark))
		return false;
	if (!access_ask(t->arena, s->play->place->socket, &s->asked,
	    &s->answered, why, sizeof(why)))
		return fail(t, FAULT_INTERNAL, "%s", why);
	return access_stage_writes(&s->stage, &s->writes);
}

/*
 * Whoever is known leaves a row of the audit, but for what is only malformed
 * and for routes that ask for nobody.
 */
static bool
leaves_evidence(const struct scene *s)
{
	const struct surface	*surface;
	const struct route	*route = route_of(s->block, &surface);

	return s->asked.token != NULL && s->answered.status != 400 &&
	    route != NULL && !(route->roles & PUBLIC);
}

/* NULL, or in which way the answer is not what the rule says. */
static const char *
difference(const struct scene *s)
{
	const struct expectation	*e = s->expected;
	const char	*text = s->answered.text.data;
	bool		 shown = strstr(text, s->mark) != NULL;
	bool		 wrote = s->writes.tables != NULL ||
			    s->writes.gone != 0;

	if (s->answered.status < e->least || s->answered.status > e->most)
		return "";
	if (e->mark == SHOWN && !shown)
		return ", which does not show the row";
	if (e->mark == HIDDEN && shown)
		return ", which shows the row";
	if (e->writes && !wrote && method_named(s->asked.method) != GET)
		return ", and nothing was written";
	if (!e->writes && wrote)
		return ", and something was written";
	if (!s->writes.evidence && leaves_evidence(s))
		return ", and the audit has no row";
	return NULL;
}

static void
tell(const struct scene *s, const char *how, const char *because)
{
	printf("%s:%d: %s, %s: %s %s: expected %s, got %d%s%s%s%s\n",
	    s->play->eval->path,
	    s->rule != NULL ? s->rule->line : s->block->line,
	    access_roles[s->stage.role],
	    access_relations[s->stage.relation], s->asked.method,
	    s->asked.target, s->expected->name, s->answered.status, how,
	    s->writes.tables != NULL && how[0] != '\0' ? " to " : "",
	    s->writes.tables != NULL && how[0] != '\0' ?
	    s->writes.tables : "", because);
}

/* Something else than expected: is it what the institution has decided? */
static bool
blame(struct scene *s, const char *how)
{
	const struct surface	*surface;
	const struct route	*route = route_of(s->block, &surface);
	struct access		 access;
	bool			 closed = false, opened = false;

	if (route != NULL) {
		access = route_access(surface, route);
		if (!access_matrix_differs(s->stage.task, access.permission,
		    s->stage.role, access.action, &closed, &opened))
			return false;
	}
	if (closed && s->answered.status == 403 && s->writes.tables == NULL) {
		s->play->closed++;
		if (s->play->verbose)
			tell(s, how, " (closed by the matrix)");
		return true;
	}
	s->play->wrong++;
	tell(s, how, opened ? " (opened by the matrix)" : "");
	return true;
}

static bool
play_scene(struct play *p, struct task *t, struct block *b,
    enum access_role role, enum access_relation relation)
{
	struct scene	 s = { .play = p, .block = b };
	struct rule	*rule = eval_decide(b, role, relation);
	const char	*how;

	if (rule != NULL)
		rule->decided++;
	s.rule = rule;
	s.expected = rule != NULL ? rule->expected : eval_denied(role);
	if (!access_stage_make(&s.stage, t, role, relation))
		return false;
	if (!send_request(&s)) {
		p->skipped += s.stage.absent;
		return s.stage.absent;
	}
	p->cases++;
	p->broke |= s.answered.status >= 500;
	how = difference(&s);
	if (how == NULL && p->verbose)
		tell(&s, "", ", as expected");
	return how == NULL || blame(&s, how);
}

/* Each case has its memory. */
static bool
play_case(struct play *p, struct block *b, enum access_role role,
    enum access_relation relation)
{
	struct task	*whole = p->place->task;
	struct task	 t = *whole;
	bool		 played;

	t.arena = arena_new(0);
	played = play_scene(p, &t, b, role, relation);
	if (!played)
		fail(whole, t.fault.code, "%s", t.fault.text != NULL ?
		    t.fault.text : "a case could not be played");
	arena_free(t.arena);
	return played;
}

static bool
play_block(struct play *p, struct block *b)
{
	for (unsigned role = 0; role < ACCESS_ROLES; role++) {
		for (unsigned r = 0; r < ACCESS_RELATIONS; r++) {
			if (role == AS_NOBODY && r != STRANGER)
				continue;
			if (place_is_ending())
				return fail(p->place->task, FAULT_INTERNAL,
				    "interrupted");
			if (!play_case(p, b, role, r))
				return false;
		}
	}
	return true;
}

bool
play_all(struct play *p)
{
	const struct surface	*surface;

	for (struct block *b = p->eval->blocks; b != NULL; b = b->next) {
		if (route_of(b, &surface) != NULL && !play_block(p, b))
			return false;
	}
	return true;
}
