#ifndef CK_BASE_CLOCK_H
#define CK_BASE_CLOCK_H

/*
 * Time as microseconds.  What a rule is decided by is the database's time
 * (task.now); these are for tokens before it is known, for time-outs and for
 * measuring.
 */

#include <stdint.h>

#define SECOND	INT64_C(1000000)
#define MINUTE	(60 * SECOND)
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)

#define DATE_TEXT	16
/* Days since 1970 as "YYYY-MM-DD" (proleptic Gregorian). */
void	 date_print(int64_t days, char out[DATE_TEXT]);

int64_t	 clock_now(void);		/* since 1970, UTC */
int64_t	 clock_monotonic(void);		/* for differences */

#endif
