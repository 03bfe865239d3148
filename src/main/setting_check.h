#ifndef CK_MAIN_SETTING_CHECK_H
#define CK_MAIN_SETTING_CHECK_H

/* What single settings ask of their values; named in their rows. */

#include "main/setting_type.h"

bool	 check_given(const struct setting_value *);	/* not empty */
bool	 check_path(const struct setting_value *);	/* absolute */
bool	 check_optional_path(const struct setting_value *);
bool	 check_listen(const struct setting_value *);
bool	 check_redis(const struct setting_value *);
bool	 check_prefix(const struct setting_value *);
bool	 check_hosts(const struct setting_value *);
bool	 check_url(const struct setting_value *);
bool	 check_origins(const struct setting_value *);
bool	 check_surfaces(const struct setting_value *);
bool	 check_zone(const struct setting_value *);
bool	 check_mail(const struct setting_value *);
bool	 check_address(const struct setting_value *);
bool	 check_peers(const struct setting_value *);

#endif
