/*
 * What Redis is asked: ended sessions, rates, the queue of what is due.
 */

#include "store/redis.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/redis_inside.h"

int64_t
redis_time(struct redis *r)
{
	if (r == NULL)
		return 0;
	int64_t waited = r->waited;

	r->waited = 0;
	return waited;
}

/* A time for PX, which takes whole milliseconds above 0. */
static long long
milliseconds(int64_t time)
{
	return time < 1000 ? 1 : time / 1000;
}

/* A NULL redis never gets as far as its prefix: redis_ask() is first. */
static const char *
prefix(const struct redis *r)
{
	return r != NULL ? r->prefix : "";
}

bool
redis_is_up(struct redis *r)
{
	return redis_came(redis_ask(r, "SET %salive 1 PX 1000", prefix(r)));
}

void
redis_end_session(struct redis *r, const char *sid, int64_t ttl)
{
	redis_came(redis_ask(r, "SET %ssession:%s ended PX %lld", prefix(r),
	    sid, milliseconds(ttl)));
}

bool
redis_session_ended(struct redis *r, const char *sid)
{
	return redis_number(redis_ask(r, "EXISTS %ssession:%s", prefix(r),
	    sid)) == 1;
}

void
redis_note(struct redis *r, const char *key, int64_t ttl)
{
	redis_came(redis_ask(r, "SET %snote:%s 1 PX %lld", prefix(r), key,
	    milliseconds(ttl)));
}

bool
redis_noted(struct redis *r, const char *key)
{
	return redis_number(redis_ask(r, "EXISTS %snote:%s", prefix(r),
	    key)) == 1;
}

int64_t
redis_take(struct redis *r, const char *key, int64_t gap, int64_t span)
{
	if (r == NULL)
		return -1;
	return redis_number(redis_ask(r, "EVALSHA %s 1 %s%s %lld %lld",
	    r->digests[SCRIPT_TAKE], r->prefix, key, (long long)gap,
	    (long long)span));
}

bool
redis_due_add(struct redis *r, const char *kind, int64_t row, int64_t epoch)
{
	return redis_came(redis_ask(r, "ZADD %sdue %lld %s:%lld", prefix(r),
	    (long long)epoch, kind, (long long)row));
}

bool
redis_due_remove(struct redis *r, const char *kind, int64_t row)
{
	return redis_came(redis_ask(r, "ZREM %sdue %s:%lld", prefix(r), kind,
	    (long long)row));
}

static bool
read_due(const redisReply *element, struct redis_due *due_r)
{
	const char *colon = element->type == REDIS_REPLY_STRING ?
	    strchr(element->str, ':') : NULL;

	if (colon == NULL)
		return false;
	size_t len = (size_t)(colon - element->str);
	if (len == 0 || len >= sizeof(due_r->kind))
		return false;
	memset(due_r, 0, sizeof(*due_r));
	memcpy(due_r->kind, element->str, len);
	return text_to_int(colon + 1, &due_r->row);
}

int
redis_due_claim(struct redis *r, int64_t epoch, int64_t lease,
    struct redis_due *due_r, int n)
{
	int got = 0;

	if (r == NULL)
		return -1;
	redisReply *reply = redis_ask(r,
	    "EVALSHA %s 2 %sdue %sdue:claimed %lld %lld %d",
	    r->digests[SCRIPT_CLAIM], r->prefix, r->prefix, (long long)epoch,
	    (long long)(epoch + lease), n);
	if (reply == NULL)
		return -1;
	for (size_t i = 0; i < reply->elements && got < n; i++) {
		const redisReply *element = reply->element[i];

		if (read_due(element, &due_r[got]))
			got++;
		else	/* Nobody could do it: it must not come again. */
			redis_came(redis_ask(r, "ZREM %sdue:claimed %s",
			    r->prefix, element->str));
	}
	freeReplyObject(reply);
	return got;
}

bool
redis_due_done(struct redis *r, const struct redis_due *due)
{
	return redis_came(redis_ask(r, "ZREM %sdue:claimed %s:%lld",
	    prefix(r), due->kind, (long long)due->row));
}

int64_t
redis_due_length(struct redis *r, bool claimed)
{
	return redis_number(redis_ask(r, "ZCARD %sdue%s", prefix(r),
	    claimed ? ":claimed" : ""));
}

int64_t
redis_due_next(struct redis *r)
{
	int64_t next = 0;
	redisReply *reply = redis_ask(r, "ZRANGE %sdue 0 0 WITHSCORES",
	    prefix(r));

	if (reply == NULL)
		return -1;
	if (reply->elements == 2)
		next = (int64_t)strtod(reply->element[1]->str, NULL);
	freeReplyObject(reply);
	return next;
}

bool
redis_mark_matches(struct redis *r, const char *mark)
{
	redisReply *reply = redis_ask(r, "GET %smark", prefix(r));
	bool same = reply != NULL && reply->type == REDIS_REPLY_STRING &&
	    text_equal(reply->str, mark);

	redis_came(reply);
	return same;
}

bool
redis_mark_set(struct redis *r, const char *mark)
{
	return redis_came(redis_ask(r, "SET %smark %s", prefix(r), mark));
}

bool
redis_due_clear(struct redis *r)
{
	return redis_came(redis_ask(r, "DEL %sdue %sdue:claimed", prefix(r),
	    prefix(r)));
}

bool
redis_head(struct redis *r, int64_t *number_r, char mac_r[REDIS_HEAD])
{
	redisReply *reply = redis_ask(r, "GET %saudit:head", prefix(r));
	bool good = false;

	if (reply != NULL && reply->type == REDIS_REPLY_STRING) {
		char *colon = strchr(reply->str, ':');

		if (colon != NULL)
			*colon++ = '\0';
		good = colon != NULL && strlen(colon) == REDIS_HEAD - 1 &&
		    text_to_int(reply->str, number_r);
		if (good)
			strcpy(mac_r, colon);
	}
	redis_came(reply);
	return good;
}

void
redis_head_set(struct redis *r, int64_t number, const char *mac)
{
	redis_came(redis_ask(r, "SET %saudit:head %lld:%s", prefix(r),
	    (long long)number, mac));
}

void
redis_head_forget(struct redis *r)
{
	redis_came(redis_ask(r, "DEL %saudit:head", prefix(r)));
}
