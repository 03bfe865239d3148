#ifndef CK_BASE_TEXT_H
#define CK_BASE_TEXT_H

/*
 * Strings and the spellings of bytes: UTF-8 (RFC 3629), base64url without
 * padding (RFC 4648 section 5), hexadecimal, UUID (RFC 9562), integers.
 * Decoders are strict: what does not encode back to itself is refused.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Well-formed UTF-8 without NUL, surrogates or overlong forms. */
bool	 text_is_utf8(const char *, size_t);
/* Unicode code points of well-formed UTF-8. */
size_t	 text_length(const char *);
/* Bytes of the code point there, and whether it is C0, DEL, C1, U+2028/9. */
size_t	 text_point(const char *, bool *control_r);
bool	 text_is_line(const char *);	/* well-formed, holds no control */
bool	 text_equal(const char *, const char *);	/* NULL equals NULL */
bool	 text_equal_nocase(const char *, const char *);	/* ASCII case only */
bool	 text_starts(const char *, const char *prefix);
/* ASCII letters in lower case, blanks at both ends dropped. */
char	*text_normal(struct arena *, const char *);
/* Blanks at both ends dropped. */
char	*text_trimmed(struct arena *, const char *);

/* Decimal, optional '-', no blanks, no leading zeros but "0", in range. */
bool	 text_to_int(const char *, int64_t *value_r);

/* Both write a NUL; sizes below.  Return the length written. */
#define HEX_SIZE(n)	((n) * 2 + 1)
#define BASE64_SIZE(n)	(((n) * 4 + 2) / 3 + 1)
size_t	 hex_encode(const void *, size_t, char *out);
size_t	 base64_encode(const void *, size_t, char *out);
/* False when malformed or longer than `size` bytes. */
bool	 hex_decode(const char *, size_t, void *out, size_t size,
	    size_t *len_r) MUST_USE;
bool	 base64_decode(const char *, size_t, void *out, size_t size,
	    size_t *len_r) MUST_USE;

#define UUID_TEXT	37	/* 8-4-4-4-12 in lower case, with NUL */
void	 uuid_print(const unsigned char uuid[16], char out[UUID_TEXT]);
/* Either case; exactly the 36 characters. */
bool	 uuid_parse(const char *, unsigned char uuid_r[16]) MUST_USE;

#endif
