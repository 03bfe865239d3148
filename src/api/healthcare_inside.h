#ifndef CK_API_HEALTHCARE_INSIDE_H
#define CK_API_HEALTHCARE_INSIDE_H

/* What the files of the healthcare surface share. */

#include "api/surface.h"

/* healthcare_words.c */
extern const struct dialect healthcare_dialect;
/* {"message": text} with the row, by its noun; NULL: without. */
bool	 healthcare_say(struct task *, struct response *, const char *text,
	    const struct view *, const struct item *) MUST_USE;

/* healthcare_account.c */
extern const struct view healthcare_user;
/* A role as this surface names it: whoever treats is a professional. */
const char	*healthcare_role(const char *role);
/* A text of the input that must be there, or a field fault. */
const char	*healthcare_text(struct call *, const struct input *,
		    const char *key);
bool	 healthcare_signup(struct call *);
bool	 healthcare_login(struct call *);
bool	 healthcare_list_users(struct call *);
extern const char *const healthcare_pages[], *const healthcare_query[];
/* For OpenAPI. */
extern const char healthcare_signup_takes[], healthcare_login_takes[];
extern const char healthcare_user_answer[];

#endif
