/* Spellings that several surfaces share. */

#include "api/format.h"

#include <string.h>

#include "base/clock.h"
#include "base/task.h"

const char *
full_name_text(struct arena *arena, const char *given, const char *family)
{
	given = given != NULL ? given : "";
	family = family != NULL ? family : "";
	return arena_printf(arena, "%s%s%s", given,
	    given[0] != '\0' && family[0] != '\0' ? " " : "", family);
}

void
full_name_split(struct arena *arena, const char *name, const char **given_r,
    const char **family_r)
{
	const char	*family = strrchr(name, ' ');

	*given_r = name;
	*family_r = "";
	if (family == NULL)
		return;
	*given_r = text_trimmed(arena, arena_copy(arena, name,
	    (size_t)(family - name)));
	*family_r = family + 1;
}

static bool
print_full_name(struct task *t, struct json *j, const struct item *item,
    int column)
{
	const char	*given, *family;

	(void)column;
	if (!item_text_of(t, item, "given", &given) ||
	    !item_text_of(t, item, "family", &family))
		return false;
	json_text(j, full_name_text(t->arena, given, family));
	return true;
}

static bool
parse_full_name(struct task *t, const struct member *member,
    const struct input_value *value, struct values *values)
{
	const char	*given, *family, *name;

	if (value->type != INPUT_TEXT)
		return fail_field(t, member->key, FIELD_TYPE, 0, NULL);
	name = text_trimmed(t->arena, value->text);
	if (name[0] == '\0')
		return fail_field(t, member->key, FIELD_BLANK, 0, NULL);
	if (text_length(name) > 255)
		return fail_field(t, member->key, FIELD_TOO_LONG, 255, NULL);
	if (!text_is_line(name))
		return fail_field(t, member->key, FIELD_FORMAT, 0, name);
	full_name_split(t->arena, name, &given, &family);
	values_set(values, "given", given);
	values_set(values, "family", family);
	return true;
}

const struct format full_name = {
	print_full_name, parse_full_name, "string", NULL, "Will Mitchell"
};

static bool
print_role(struct task *t, struct json *j, const struct item *item,
    int column)
{
	const char	*role;
	int		 place = 0;

	if (!item_text(t, item, column, &role))
		return false;
	while (role_names[place] != NULL &&
	    !text_equal(role_names[place], role))
		place++;
	json_int(j, place + 1);
	return true;
}

const struct format role_number = {
	print_role, NULL, "integer", NULL, "3"
};

static bool
print_flag(struct task *t, struct json *j, const struct item *item,
    int column)
{
	(void)t;
	json_int(j, item_bool(item, column));
	return true;
}

static bool
parse_flag(struct task *t, const struct member *member,
    const struct input_value *value, struct values *values)
{
	int	 at = column_at(values->resource, member->column);

	if (value != NULL && value->type != INPUT_NULL)
		return validate(t, values, at, member->key, value);
	values_set(values, member->column, "false");
	return true;
}

const struct format flag_number = {
	print_flag, parse_flag, "integer", NULL, "1"
};

static bool
print_text(struct task *t, struct json *j, const struct item *item,
    int column)
{
	const char	*text;

	if (!item_text(t, item, column, &text))
		return false;
	json_text(j, text != NULL ? text : "");
	return true;
}

const struct format text_or_empty = {
	print_text, NULL, "string", NULL, NULL
};

/* Writes date and time of day, whole seconds. */
static void
print_moment(int64_t time, char out[DATE_TEXT + 9], int64_t *rest_r)
{
	int64_t	 day = time / DAY - (time % DAY < 0);
	int64_t	 left = time - day * DAY;
	int	 second = (int)(left / SECOND);
	int	 parts[3] = { second / 3600, second / 60 % 60, second % 60 };
	char	*at;

	date_print(day, out);
	at = out + strlen(out);
	for (int i = 0; i < 3; i++) {
		*at++ = i == 0 ? 'T' : ':';
		*at++ = (char)('0' + parts[i] / 10);
		*at++ = (char)('0' + parts[i] % 10);
	}
	*at = '\0';
	*rest_r = left % SECOND;
}

void
time_naive(struct json *j, int64_t time)
{
	char	 text[DATE_TEXT + 9];
	int64_t	 rest;

	print_moment(time, text, &rest);
	json_text(j, text);
}

static void
print_micro(struct json *j, int64_t time, const char *zone)
{
	char	 text[DATE_TEXT + 9 + 8];
	size_t	 len;
	int64_t	 rest;

	print_moment(time, text, &rest);
	len = strlen(text);
	text[len++] = '.';
	for (int i = 5; i >= 0; i--, rest /= 10)
		text[len + (size_t)i] = (char)('0' + rest % 10);
	memcpy(text + len + 6, zone, strlen(zone) + 1);
	json_text(j, text);
}

void
time_micro(struct json *j, int64_t time)
{
	print_micro(j, time, "Z");
}

void
time_micro_naive(struct json *j, int64_t time)
{
	print_micro(j, time, "");
}
