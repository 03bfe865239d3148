#ifndef CK_MAIN_NOTIFY_H
#define CK_MAIN_NOTIFY_H

/*
 * Telling systemd how we are (sd_notify(3), by hand).  Without NOTIFY_SOCKET
 * nothing is sent.
 */

#include <stdint.h>

/* "READY=1", "STOPPING=1", "WATCHDOG=1"; several lines at once. */
void	 notify(const char *state);
/* RELOADING=1 with the time that Type=notify-reload asks for. */
void	 notify_reloading(void);
/* How often to say WATCHDOG=1, in microseconds; 0: not at all. */
int64_t	 notify_watchdog(void);

#endif
