/*
 * Reading expectations.  A line at the margin opens a block, an indented one
 * belongs to it: `body`, `mark` and `peer` say how the request is made, any
 * other is a rule of three words.
 */

#include "main/access_eval.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "http/request.h"

#define BLANKS		" \t"
#define NAME_LETTERS	"abcdefghijklmnopqrstuvwxyz_"

const char *const access_roles[ACCESS_ROLES] = {
	[AS_ADMIN] = "admin", [AS_DOCTOR] = "doctor", [AS_NURSE] = "nurse",
	[AS_PHARMACIST] = "pharmacist", [AS_PATIENT] = "patient",
	[AS_UNVERIFIED] = "unverified", [AS_NOBODY] = "nobody",
};

const char *const access_relations[ACCESS_RELATIONS] = {
	[OWN_ROWS] = "own", [CONNECTED] = "connected", [PENDING] = "pending",
	[ASKING] = "asking", [REJECTED] = "rejected", [FORMER] = "former",
	[PROVIDER] = "provider", [LEFT] = "left", [MOVED] = "moved",
	[ASSIGNED] = "assigned", [STRANGER] = "stranger",
};

static const struct expectation expectations[] = {
	{ "ok",        200, 299, ANY, true },
	{ "sees",      200, 200, SHOWN, true },
	{ "blind",     200, 200, HIDDEN },
	{ "bad",       400, 400, HIDDEN },
	{ "anonymous", 401, 401, HIDDEN },
	{ "refused",   403, 403, HIDDEN },
	{ "denied",    403, 404, HIDDEN },
	{ "hidden",    404, 404, HIDDEN },
	{ "conflict",  409, 409, HIDDEN },
};

/* What is being read, and where. */
struct reader {
	struct eval	*eval;
	struct arena	*arena;
	struct block	*block;
	struct block	**tail;
	int		 line;
	char		*why;
	size_t		 size;
};

const char *
access_role_stored(enum access_role role)
{
	if (role == AS_UNVERIFIED)
		return access_roles[AS_DOCTOR];
	return access_roles[role == AS_NOBODY ? AS_PATIENT : role];
}

const struct expectation *
expectation_named(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(expectations); i++) {
		if (strcmp(expectations[i].name, name) == 0)
			return &expectations[i];
	}
	return NULL;
}

const struct expectation *
eval_denied(enum access_role role)
{
	return expectation_named(role == AS_NOBODY ? "anonymous" : "denied");
}

static bool
refuse(struct reader *r, const char *what, const char *word)
{
	snprintf(r->why, r->size, "%s:%d: %s %s", r->eval->path, r->line,
	    what, word);
	return false;
}

/* The next word of the line, cut out of it; NULL at its end. */
static char *
next_word(char **at)
{
	char	*word = *at + strspn(*at, BLANKS);

	*at = word + strcspn(word, BLANKS);
	if (**at != '\0')
		*(*at)++ = '\0';
	return word[0] != '\0' ? word : NULL;
}

/* "doctor,nurse" or "*" as bits of the places in the names. */
static bool
read_names(struct reader *r, char *list, const char *const *names, size_t n,
    unsigned *bits_r)
{
	*bits_r = (1U << n) - 1;
	if (strcmp(list, "*") == 0)
		return true;
	*bits_r = 0;
	for (char *name = list; name != NULL; ) {
		char	*comma = strchr(name, ',');
		size_t	 i = 0;

		if (comma != NULL)
			*comma = '\0';
		while (i < n && strcmp(names[i], name) != 0)
			i++;
		if (i == n)
			return refuse(r, "there is no role or relation", name);
		*bits_r |= 1U << i;
		name = comma != NULL ? comma + 1 : NULL;
	}
	return true;
}

/* Is there a case that this rule decides, behind those before it? */
static bool
is_reached(const struct block *b, const struct rule *rule)
{
	for (unsigned role = 0; role < ACCESS_ROLES; role++) {
		unsigned	 left = rule->relations;

		if (!(rule->roles & 1U << role))
			continue;
		/* Nobody is always a stranger. */
		if (role == AS_NOBODY)
			left &= 1U << STRANGER;
		for (size_t i = 0; i < b->nrules; i++) {
			if (b->rules[i].roles & 1U << role)
				left &= ~b->rules[i].relations;
		}
		if (left != 0)
			return true;
	}
	return false;
}

static bool
read_rule(struct reader *r, char *roles, char *rest)
{
	struct block	*b = r->block;
	struct rule	 rule = { .line = r->line };
	char		*relations = next_word(&rest);
	char		*expected = next_word(&rest);

	if (relations == NULL || expected == NULL || next_word(&rest) != NULL)
		return refuse(r, "a rule has three words:", roles);
	if (!read_names(r, roles, access_roles, ACCESS_ROLES, &rule.roles) ||
	    !read_names(r, relations, access_relations, ACCESS_RELATIONS,
	    &rule.relations))
		return false;
	rule.expected = expectation_named(expected);
	if (rule.expected == NULL)
		return refuse(r, "there is no expectation", expected);
	if (!is_reached(b, &rule))
		return refuse(r, "the lines above decide all of", roles);
	if (b->nrules == RULES_MAX)
		return refuse(r, "too many rules in", b->path);
	b->rules[b->nrules++] = rule;
	return true;
}

static bool
read_head(struct reader *r, char *method, char *rest)
{
	struct block	*b = arena_alloc(r->arena, sizeof(*b));
	char		*path = next_word(&rest);

	if (method_named(method) == 0)
		return refuse(r, "this is no method:", method);
	if (path == NULL || path[0] != '/' || next_word(&rest) != NULL)
		return refuse(r, "one path follows", method);
	*b = (struct block){
		.method = method, .path = path, .line = r->line,
		.mark = "{secret}", .peer = "127.0.0.1"
	};
	*r->tail = b;
	r->tail = &b->next;
	r->block = b;
	r->eval->nblocks++;
	return true;
}

static bool
read_line(struct reader *r, char *text)
{
	bool	 indented = strspn(text, BLANKS) > 0;
	char	*rest = text;
	char	*word = next_word(&rest);

	if (word == NULL || word[0] == '#')
		return true;
	if (!indented)
		return read_head(r, word, rest);
	if (r->block == NULL)
		return refuse(r, "no route stands above", word);
	rest += strspn(rest, BLANKS);
	if (strcmp(word, "body") == 0)
		r->block->body = rest;
	else if (strcmp(word, "mark") == 0)
		r->block->mark = rest;
	else if (strcmp(word, "peer") == 0)
		r->block->peer = rest;
	else
		return read_rule(r, word, rest);
	return rest[0] != '\0' || refuse(r, "nothing follows", word);
}

bool
eval_read(struct eval *eval_r, struct arena *arena, const char *path,
    const char *text, char *why, size_t size)
{
	struct reader	 r = {
		.eval = eval_r, .arena = arena, .tail = &eval_r->blocks,
		.why = why, .size = size
	};

	*eval_r = (struct eval){ .path = path };
	for (const char *at = text; *at != '\0'; ) {
		size_t	 len = strcspn(at, "\n");

		r.line++;
		if (!read_line(&r, arena_copy(arena, at, len)))
			return false;
		at += len + (at[len] == '\n');
	}
	for (r.block = eval_r->blocks; r.block != NULL;
	    r.block = r.block->next) {
		r.line = r.block->line;
		if (r.block->nrules == 0)
			return refuse(&r, "no rule follows", r.block->path);
	}
	return true;
}

struct rule *
eval_decide(struct block *b, enum access_role role,
    enum access_relation relation)
{
	for (size_t i = 0; i < b->nrules; i++) {
		if (b->rules[i].roles & 1U << role &&
		    b->rules[i].relations & 1U << relation)
			return &b->rules[i];
	}
	return NULL;
}

/* To the end of the segment, or of the path. */
static size_t
segment_length(const char *path)
{
	return strcspn(path, "/?");
}

bool
block_is_route(const struct block *b, const char *label)
{
	size_t		 len = strlen(b->method);
	const char	*x = b->path, *y = label + len + 1;

	if (strncmp(label, b->method, len) != 0 || label[len] != ' ')
		return false;
	while (*x == '/' && *y == '/') {
		size_t	 n = segment_length(++x), m = segment_length(++y);

		/* A row may be named by its number as well. */
		if (*y == '{' ? *x != '{' && strspn(x, "0123456789") < n :
		    n != m || memcmp(x, y, n) != 0)
			return false;
		x += n;
		y += m;
	}
	return (*x == '\0' || *x == '?') && *y == '\0';
}

bool
eval_fill(struct arena *arena, const char *text, eval_value_fn *value,
    void *ctx, const char **filled_r, const char **unknown_r)
{
	struct buf	 b;

	buf_init(&b, arena, 128);
	while (*text != '\0') {
		size_t		 plain = strcspn(text, "{");
		size_t		 len;
		const char	*name, *to;

		buf_add(&b, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		len = strspn(text + 1, NAME_LETTERS);
		if (len == 0 || text[1 + len] != '}') {
			buf_char(&b, *text++);
			continue;
		}
		name = arena_copy(arena, text + 1, len);
		to = value(ctx, name);
		if (to == NULL) {
			*unknown_r = name;
			return false;
		}
		buf_text(&b, to);
		text += len + 2;
	}
	*filled_r = b.data;
	return true;
}
