/*
 * The kinds' readers.  What is accepted is spelled anew where its form could
 * mean something else to PostgreSQL ("now", "infinity", 8-digit dates ...).
 */

#include "model/parse.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/task.h"
#include "base/text.h"

static bool
is_scalar(const struct input_value *value)
{
	return value->type == INPUT_TEXT || value->type == INPUT_NUMBER;
}

static bool
refuse(struct task *t, const char *field, enum field_reason reason,
    const struct input_value *value)
{
	return fail_field(t, field, reason, 0, value->text);
}

bool
parse_id(struct task *t, const struct column *column, const char *field,
    const struct input_value *value, const char **text_r)
{
	int64_t	 id;

	(void)column;
	if (!is_scalar(value) || !text_to_int(value->text, &id) || id < 1)
		return refuse(t, field, FIELD_TYPE, value);
	*text_r = arena_text(t->arena, value->text);
	return true;
}

bool
parse_uid(struct task *t, const struct column *column, const char *field,
    const struct input_value *value, const char **text_r)
{
	unsigned char	 uuid[16];
	char		 text[UUID_TEXT];

	(void)column;
	if (value->type != INPUT_TEXT || !uuid_parse(value->text, uuid))
		return refuse(t, field, FIELD_FORMAT, value);
	uuid_print(uuid, text);
	*text_r = arena_text(t->arena, text);
	return true;
}

static bool
is_choice(const char *const *choices, const char *text)
{
	for (; *choices != NULL; choices++) {
		if (strcmp(*choices, text) == 0)
			return true;
	}
	return false;
}

bool
parse_text(struct task *t, const struct column *column, const char *field,
    const struct input_value *value, const char **text_r)
{
	size_t	 length;

	if (value->type != INPUT_TEXT)
		return refuse(t, field, FIELD_TYPE, value);
	if (column->choices != NULL &&
	    !is_choice(column->choices, value->text))
		return refuse(t, field, FIELD_CHOICE, value);
	length = text_length(value->text);
	if (length == 0 && (column->flags & REQUIRED))
		return refuse(t, field, FIELD_BLANK, value);
	if (column->max > 0 && (double)length > column->max)
		return fail_field(t, field, FIELD_TOO_LONG, column->max, NULL);
	if (length > 0 && (double)length < column->min)
		return fail_field(t, field, FIELD_TOO_SHORT, column->min,
		    NULL);
	*text_r = arena_text(t->arena, value->text);
	return true;
}

/* No bounds given: any value of the type. */
static bool
within(struct task *t, const struct column *column, const char *field,
    double number)
{
	if (column->min >= column->max)
		return true;
	if (number < column->min)
		return fail_field(t, field, FIELD_TOO_SMALL, column->min,
		    NULL);
	if (number > column->max)
		return fail_field(t, field, FIELD_TOO_LARGE, column->max,
		    NULL);
	return true;
}

bool
parse_count(struct task *t, const struct column *column, const char *field,
    const struct input_value *value, const char **text_r)
{
	int64_t	 count;

	if (!is_scalar(value) || !text_to_int(value->text, &count))
		return refuse(t, field, FIELD_TYPE, value);
	if (!within(t, column, field, (double)count))
		return false;
	*text_r = arena_text(t->arena, value->text);
	return true;
}

bool
parse_real(struct task *t, const struct column *column, const char *field,
    const struct input_value *value, const char **text_r)
{
	char	*end;
	double	 number;

	if (!is_scalar(value) || value->text[0] == '\0' ||
	    strspn(value->text, "0123456789+-.eE") != strlen(value->text))
		return refuse(t, field, FIELD_TYPE, value);
	number = strtod(value->text, &end);
	if (*end != '\0' || !isfinite(number))
		return refuse(t, field, FIELD_TYPE, value);
	if (!within(t, column, field, number))
		return false;
	*text_r = arena_printf(t->arena, "%.17g", number);
	return true;
}

bool
parse_bool(struct task *t, const struct column *column, const char *field,
    const struct input_value *value, const char **text_r)
{
	(void)column;
	if (value->type == INPUT_LIST || value->type == INPUT_OBJECT)
		return refuse(t, field, FIELD_TYPE, value);
	if (strcmp(value->text, "true") == 0 || strcmp(value->text, "1") == 0)
		*text_r = "true";
	else if (strcmp(value->text, "false") == 0 ||
	    strcmp(value->text, "0") == 0)
		*text_r = "false";
	else
		return refuse(t, field, FIELD_TYPE, value);
	return true;
}

/* Exactly `digits` digits at *at, which moves behind them; or -1. */
static int
number_at(const char **at, int digits)
{
	int	 n = 0;

	for (int i = 0; i < digits; i++, (*at)++) {
		if (**at < '0' || **at > '9')
			return -1;
		n = n * 10 + (**at - '0');
	}
	return n;
}

static bool
char_at(const char **at, char wanted)
{
	if (**at != wanted)
		return false;
	(*at)++;
	return true;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};
	bool	 leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool
date_at(const char **at)
{
	int	 year, month, day;

	year = number_at(at, 4);
	if (year < 1 || !char_at(at, '-'))
		return false;
	month = number_at(at, 2);
	if (month < 1 || month > 12 || !char_at(at, '-'))
		return false;
	day = number_at(at, 2);
	return day >= 1 && day <= days_in_month(year, month);
}

/* HH:MM[:SS[.f]], a fraction of one to six digits. */
static bool
time_at(const char **at)
{
	int	 hour, minute;
	size_t	 fraction;

	hour = number_at(at, 2);
	if (hour < 0 || hour > 23 || !char_at(at, ':'))
		return false;
	minute = number_at(at, 2);
	if (minute < 0 || minute > 59)
		return false;
	if (!char_at(at, ':'))
		return true;
	/* A leap second has no place in PostgreSQL's clock. */
	if ((unsigned)number_at(at, 2) > 59)
		return false;
	if (!char_at(at, '.'))
		return true;
	fraction = strspn(*at, "0123456789");
	*at += fraction;
	return fraction >= 1 && fraction <= 6;
}

/* Nothing, Z, or +HH:MM up to PostgreSQL's bound of 15:59. */
static bool
offset_at(const char **at)
{
	int	 hour, minute;

	if (**at == '\0' || char_at(at, 'Z'))
		return true;
	if (!char_at(at, '+') && !char_at(at, '-'))
		return false;
	hour = number_at(at, 2);
	if (hour < 0 || hour > 15 || !char_at(at, ':'))
		return false;
	minute = number_at(at, 2);
	return minute >= 0 && minute <= 59;
}

bool
parse_date(struct task *t, const struct column *column, const char *field,
    const struct input_value *value, const char **text_r)
{
	const char	*at = value->text;

	(void)column;
	if (value->type != INPUT_TEXT || !date_at(&at) || *at != '\0')
		return refuse(t, field, FIELD_FORMAT, value);
	*text_r = arena_text(t->arena, value->text);
	return true;
}

/* An offset could push it out of the years that have four digits. */
static bool
is_at_the_edge(const char *date)
{
	return strncmp(date, "0001-01-01", 10) == 0 ||
	    strncmp(date, "9999-12-31", 10) == 0;
}

bool
parse_time(struct task *t, const struct column *column, const char *field,
    const struct input_value *value, const char **text_r)
{
	const char	*at = value->text;

	(void)column;
	if (value->type != INPUT_TEXT || !date_at(&at))
		return refuse(t, field, FIELD_FORMAT, value);
	if (*at == '\0') {
		*text_r = arena_printf(t->arena, "%s 00:00:00", value->text);
		return true;
	}
	if (!char_at(&at, 'T') && !char_at(&at, ' '))
		return refuse(t, field, FIELD_FORMAT, value);
	if (!time_at(&at) || ((*at == '+' || *at == '-') &&
	    is_at_the_edge(value->text)) || !offset_at(&at) || *at != '\0')
		return refuse(t, field, FIELD_FORMAT, value);
	*text_r = arena_text(t->arena, value->text);
	return true;
}
