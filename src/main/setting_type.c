#include "main/setting_type.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/settings.h"
#include "base/text.h"

bool
setting_refuse(const struct setting_value *v, const char *format, ...)
{
	va_list	 args;
	int	 len;

	len = snprintf(v->why, v->size, "%s: ", v->setting->name);
	va_start(args, format);
	if (len >= 0 && (size_t)len < v->size)
		vsnprintf(v->why + len, v->size - (size_t)len, format, args);
	va_end(args);
	return false;
}

/* The place of a word among blank-separated ones, or -1. */
static int
word_at(const char *words, const char *word)
{
	size_t	 len = strlen(word);

	for (int at = 0; *words != '\0'; at++) {
		size_t	 n = strcspn(words, " ");

		if (n == len && memcmp(words, word, n) == 0)
			return at;
		words += n + (words[n] == ' ');
	}
	return -1;
}

static bool
read_text(const struct setting_value *v, void *place)
{
	const char	**text_r = place;
	const char	*choices = v->setting->choices;

	if (choices != NULL && word_at(choices, v->text) < 0)
		return setting_refuse(v, "is not one of: %s", choices);
	*text_r = arena_text(v->arena, v->text);
	return true;
}
const struct setting_type setting_text = { read_text };

static bool
read_bool(const struct setting_value *v, void *place)
{
	int	 at = word_at(v->setting->choices, v->text);

	if (at < 0)
		return setting_refuse(v, "is not one of: %s",
		    v->setting->choices);
	*(bool *)place = at == 0;
	return true;
}
const struct setting_type setting_bool = { read_bool };

/* Digits, which is all of `text` up to `*rest_r`. */
static bool
read_number(const struct setting_value *v, const char *text, int64_t *value_r,
    const char **rest_r)
{
	size_t	 n = strspn(text, "0123456789");
	char	*digits = arena_copy(v->arena, text, n);

	*rest_r = text + n;
	return text_to_int(digits, value_r);
}

static bool
in_bounds(const struct setting_value *v, int64_t value)
{
	if (value >= v->setting->least && value <= v->setting->most)
		return true;
	return setting_refuse(v, "is not between %lld and %lld",
	    (long long)v->setting->least, (long long)v->setting->most);
}

static bool
read_count(const struct setting_value *v, void *place)
{
	int64_t	*value_r = place;

	if (!text_to_int(v->text, value_r))
		return setting_refuse(v, "is no number");
	return in_bounds(v, *value_r);
}
const struct setting_type setting_count = { read_count };

struct unit {
	const char	*name;
	int64_t		 worth;
};

static const struct unit time_units[] = {
	{ "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 }, { NULL }
};
static const struct unit size_units[] = {
	{ "", 1 }, { "K", 1 << 10 }, { "M", 1 << 20 }, { NULL }
};
static const struct unit rate_units[] = {
	{ "second", SECOND }, { "minute", MINUTE }, { "hour", HOUR },
	{ "day", DAY }, { NULL }
};

static int64_t
worth_of(const struct unit *units, const char *name)
{
	for (; units->name != NULL; units++) {
		if (strcmp(units->name, name) == 0)
			return units->worth;
	}
	return 0;
}

/* A number with one of the units behind it. */
static bool
read_measure(const struct setting_value *v, const struct unit *units,
    const char *example, int64_t *value_r)
{
	const char	*unit;
	int64_t		 number, worth;

	if (!read_number(v, v->text, &number, &unit) ||
	    (worth = worth_of(units, unit)) == 0)
		return setting_refuse(v, "is not spelled like %s", example);
	if (__builtin_mul_overflow(number, worth, value_r))
		return setting_refuse(v, "is too large");
	return in_bounds(v, *value_r);
}

static bool
read_time(const struct setting_value *v, void *place)
{
	int64_t	*value_r = place;

	if (!read_measure(v, time_units, "30s, 60m, 12h or 7d", value_r))
		return false;
	*value_r *= SECOND;
	return true;
}
const struct setting_type setting_time = { read_time };

static bool
read_size(const struct setting_value *v, void *place)
{
	return read_measure(v, size_units, "4096, 64K or 1M", place);
}
const struct setting_type setting_size = { read_size };

static bool
read_rate(const struct setting_value *v, void *place)
{
	static const char	 per[] = " per ";
	struct rate		*rate_r = place;
	const char		*rest;

	if (!read_number(v, v->text, &rate_r->count, &rest) ||
	    strncmp(rest, per, strlen(per)) != 0)
		return setting_refuse(v, "is not spelled like 10 per minute");
	rate_r->period = worth_of(rate_units, rest + strlen(per));
	if (rate_r->period == 0)
		return setting_refuse(v, "is not per second, minute, hour"
		    " or day");
	if (rate_r->count < 1 || rate_r->count > 1000000)
		return setting_refuse(v, "is not between 1 and 1000000");
	return true;
}
const struct setting_type setting_rate = { read_rate };

const char **
setting_members(const struct setting_value *v)
{
	size_t		 n = 1, at = 0;
	const char	**members, *next;

	for (const char *p = v->text; *p != '\0'; p++)
		n += *p == ',';
	members = arena_alloc(v->arena, (n + 1) * sizeof(*members));
	for (const char *p = v->text; p != NULL; p = next) {
		size_t	 len = strcspn(p, ",");

		members[at++] = text_trimmed(v->arena,
		    arena_copy(v->arena, p, len));
		next = p[len] == ',' ? p + len + 1 : NULL;
	}
	if (at == 1 && members[0][0] == '\0')
		members[0] = NULL;
	return members;
}

static bool
read_list(const struct setting_value *v, void *place)
{
	const char	**members = setting_members(v);

	for (size_t i = 0; members[i] != NULL; i++) {
		if (members[i][0] == '\0')
			return setting_refuse(v, "has an empty member");
	}
	*(const char ***)place = members;
	return true;
}
const struct setting_type setting_list = { read_list };
