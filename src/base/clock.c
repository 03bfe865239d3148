#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t
read_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);	/* cannot fail for these clocks */
	return ts.tv_sec * SECOND + ts.tv_nsec / 1000;
}

int64_t
clock_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/*
 * Counts in years that begin in March, so that the leap day is the last of
 * its year, within eras of 400 years (146097 days).
 */
void
date_print(int64_t days, char out[DATE_TEXT])
{
	int64_t	 since = days + 719468;		/* from 0000-03-01 */
	int64_t	 era = (since >= 0 ? since : since - 146096) / 146097;
	int64_t	 of_era = since - era * 146097;
	int64_t	 year = (of_era - of_era / 1460 + of_era / 36524 -
		     of_era / 146096) / 365;
	int64_t	 of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t	 march = (5 * of_year + 2) / 153;
	int	 day = (int)(of_year - (153 * march + 2) / 5 + 1);
	int	 month = (int)(march < 10 ? march + 3 : march - 9);

	snprintf(out, DATE_TEXT, "%04d-%02d-%02d",
	    (int)((year + era * 400 + (month <= 2)) % 1000000), month, day);
}
