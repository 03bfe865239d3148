/*
 * Writing mails.  The body is always quoted-printable and a name that needs
 * it a row of Q-encoded words: both are plain ASCII with short lines, pass
 * every server unchanged, and can be read in a spool directory.
 */

#include "job/mail.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"

#define LINE_MAX_QP	75	/* and a "=" behind it */
#define WORD_MAX	60	/* of an encoded word, without its frame */
#define QUOTED_MAX	60

static const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static bool
is_among(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* Words of `set` with single dots between them. */
static bool
is_dotted(const char *text, size_t len, const char *more)
{
	bool after_dot = true;

	for (size_t i = 0; i < len; i++) {
		bool dot = text[i] == '.';

		if (dot ? after_dot : !is_among(text[i], letters) &&
		    !is_among(text[i], more))
			return false;
		after_dot = dot;
	}
	return !after_dot;
}

bool
mail_address(const char *address)
{
	const char *at = strchr(address, '@');

	if (at == NULL || at - address > 64 || strlen(at + 1) > 253)
		return false;
	return is_dotted(address, (size_t)(at - address),
	    "!#$%&'*+-/=?^_`{|}~") && is_dotted(at + 1, strlen(at + 1), "-");
}

const char *
mail_host(struct arena *arena, const char *url)
{
	const char *start = strstr(url, "://");
	size_t len;

	start = start != NULL ? start + 3 : url;
	len = strcspn(start, ":/?#");
	if (len > 253 || !is_dotted(start, len, "-"))
		return "localhost";
	return arena_copy(arena, start, len);
}

static void
add_date(struct buf *out, int64_t microseconds)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t seconds = (time_t)(microseconds / SECOND);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	buf_printf(out, "%.3s, %d %.3s %d %02d:%02d:%02d +0000",
	    days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon,
	    1900 + tm.tm_year, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

const char *
mail_line(struct arena *arena, const char *text)
{
	struct buf out;
	bool control;
	size_t n;

	buf_init(&out, arena, strlen(text) + 1);
	for (; *text != '\0'; text += n) {
		n = text_point(text, &control);
		if (control)
			buf_char(&out, ' ');
		else
			buf_add(&out, text, n);
	}
	return out.data;
}

/* Some readers decode what looks like an encoded word even within quotes. */
static bool
is_plain(const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (*c < ' ' || *c > '~')
			return false;
	}
	return strlen(text) <= QUOTED_MAX && strstr(text, "=?") == NULL;
}

static void
add_quoted(struct buf *out, const char *text)
{
	buf_char(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buf_char(out, '\\');
		buf_char(out, *text);
	}
	buf_char(out, '"');
}

/* One code point as RFC 2047 section 5 (3) allows it in a phrase. */
static size_t
q_encode(const char *point, size_t n, char out[13])
{
	bool control;

	(void)text_point(point, &control);
	if (control || *point == ' ') {
		strcpy(out, "_");
	} else if (n == 1 && is_among(*point, letters)) {
		snprintf(out, 13, "%c", *point);
	} else {
		for (size_t i = 0; i < n; i++)
			snprintf(out + 3 * i, 4, "=%02X",
			    (unsigned char)point[i]);
	}
	return strlen(out);
}

/* Encoded words; one never ends within a code point. */
static void
add_encoded(struct buf *out, const char *text, const char *eol)
{
	size_t used = 0;
	size_t n;

	buf_text(out, "=?utf-8?Q?");
	for (; *text != '\0'; text += n) {
		char piece[13];

		bool control;

		n = text_point(text, &control);
		size_t len = q_encode(text, n, piece);
		if (used + len > WORD_MAX) {
			buf_printf(out, "?=%s =?utf-8?Q?", eol);
			used = 0;
		}
		buf_add(out, piece, len);
		used += len;
	}
	buf_text(out, "?=");
}

static void
add_phrase(struct buf *out, const char *text, const char *eol)
{
	if (is_plain(text))
		add_quoted(out, text);
	else
		add_encoded(out, text, eol);
}

/* Subjects are ours and short, yet they get the same care. */
static void
add_text(struct buf *out, const char *text, const char *eol)
{
	if (is_plain(text))
		buf_text(out, text);
	else
		add_encoded(out, text, eol);
}

/*
 * One character of a body line, with `column` characters before it.  Tabs,
 * and dots and "From " at a line's start, are escaped: not every path is
 * careful with them.
 */
static size_t
qp_encode(const char *c, size_t column, char out[4])
{
	bool last = c[1] == '\0' || c[1] == '\n' || c[1] == '\r';
	bool odd = column == 0 && (*c == '.' || strncmp(c, "From ", 5) == 0);

	if ((*c == ' ' ? !last : *c > ' ' && *c <= '~' && *c != '=') && !odd)
		return (size_t)snprintf(out, 4, "%c", *c);
	return (size_t)snprintf(out, 4, "=%02X", (unsigned char)*c);
}

static void
add_body(struct buf *out, const char *text, const char *eol)
{
	size_t column = 0;

	for (; *text != '\0'; text++) {
		char piece[4];

		if (*text == '\n' || *text == '\r') {
			if (text[0] == '\r' && text[1] == '\n')
				text++;
			buf_text(out, eol);
			column = 0;
			continue;
		}
		size_t len = qp_encode(text, column, piece);
		if (column + len > LINE_MAX_QP) {
			buf_printf(out, "=%s", eol);
			column = 0;
			len = qp_encode(text, 0, piece);
		}
		buf_add(out, piece, len);
		column += len;
	}
	if (column > 0)
		buf_text(out, eol);
}

void
mail_render(const struct mail *mail, const char *eol, struct buf *out)
{
	buf_text(out, "Date: ");
	add_date(out, mail->date);
	buf_printf(out, "%sFrom: %s%sTo: ", eol, mail->from, eol);
	if (mail->name[0] != '\0') {
		add_phrase(out, mail->name, eol);
		buf_printf(out, "%s ", eol);
	}
	buf_printf(out, "<%s>%sSubject: ", mail->to, eol);
	add_text(out, mail->subject, eol);
	buf_printf(out, "%sMessage-ID: <%s@%s>", eol, mail->id, mail->host);
	buf_printf(out, "%sAuto-Submitted: auto-generated", eol);
	buf_printf(out, "%sMIME-Version: 1.0", eol);
	buf_printf(out, "%sContent-Type: text/plain; charset=utf-8", eol);
	buf_printf(out, "%sContent-Transfer-Encoding: quoted-printable%s%s",
	    eol, eol, eol);
	add_body(out, mail->body, eol);
}
