/* The administrator's command; its rows are in command_*.c. */

#include "main/command.h"

int
main(int argc, char **argv)
{
	(void)argc;
	return commands_run((const char **)argv + 1);
}
