/*
 * The least that a FastCGI server can do: as many processes as chartkeepd has
 * workers, one request at a time, a constant answer.  What it costs above
 * this is Chartkeep; what it costs below is the web server's and libfcgi's.
 *
 *	hello SOCKET PROCESSES
 */

#include <fcgiapp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static const char	 answer[] =
    "Status: 200 OK\r\n"
    "Content-Type: application/json\r\n"
    "\r\n"
    "{\"message\":\"hello\"}";

static void
serve(int fd)
{
	FCGX_Request	 request;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	FCGX_InitRequest(&request, fd, 0);
	while (FCGX_Accept_r(&request) == 0) {
		FCGX_PutStr(answer, sizeof(answer) - 1, request.out);
		FCGX_Finish_r(&request);
	}
	_exit(1);
}

int
main(int argc, char **argv)
{
	int	 n = argc == 3 ? atoi(argv[2]) : 0;
	int	 fd;

	if (n < 1 || n > 64) {
		fprintf(stderr, "usage: hello SOCKET PROCESSES\n");
		return 64;
	}
	if (FCGX_Init() != 0 || (fd = FCGX_OpenSocket(argv[1], 1024)) < 0) {
		fprintf(stderr, "hello: cannot listen on %s\n", argv[1]);
		return 1;
	}
	for (int i = 0; i < n; i++) {
		pid_t	 pid = fork();

		if (pid == 0)
			serve(fd);
		if (pid < 0)
			return 1;
	}
	/* They end with this process, and it with the first of them. */
	return wait(NULL) < 0;
}
