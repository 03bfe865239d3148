#include "main/prompt.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "crypto/digest.h"

static bool
refuse(char *why, size_t size, const char *reason)
{
	snprintf(why, size, "%s", reason);
	return false;
}

static bool
read_line(char line[PASSWORD_MAX + 1], char *why, size_t size)
{
	size_t	 len = 0;
	int	 c;

	while ((c = getchar()) != EOF && c != '\n') {
		if (len == PASSWORD_MAX || c == '\0')
			return refuse(why, size, "the password is longer than"
			    " 511 bytes or holds a NUL");
		line[len++] = (char)c;
	}
	line[len] = '\0';
	return len > 0 || refuse(why, size, "no password was given");
}

static bool
ask(const char *question, char line[PASSWORD_MAX + 1], char *why, size_t size)
{
	struct termios	 shown, hidden;
	bool		 good;

	fputs(question, stderr);
	tcgetattr(STDIN_FILENO, &shown);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	good = read_line(line, why, size);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	fputc('\n', stderr);
	return good;
}

bool
prompt_password(char password_r[PASSWORD_MAX + 1], char *why, size_t size)
{
	char	 again[PASSWORD_MAX + 1];
	bool	 same;

	if (!isatty(STDIN_FILENO))
		return read_line(password_r, why, size);
	if (!ask("Password: ", password_r, why, size) ||
	    !ask("Once more: ", again, why, size))
		return false;
	same = strcmp(password_r, again) == 0;
	wipe(again, sizeof(again));
	return same || refuse(why, size, "the two passwords differ");
}
