/* Where the socket comes from, and what systemd is told. */

#include "main/listener.h"

#include <arpa/inet.h>
#include <check.h>
#undef fail			/* an old name of ck_abort_msg() */
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "main/notify.h"

static char directory[] = "/tmp/check_listener.XXXXXX";
static char path[64], setting[80], why[300];
static struct listener listener;

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/sock", directory);
	snprintf(setting, sizeof(setting), "unix:%s", path);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("NOTIFY_SOCKET");
}

static void
teardown(void)
{
	unlink(path);
	rmdir(directory);
}

static struct sockaddr_un
address(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	return un;
}

static bool
answers(void)
{
	struct sockaddr_un un = address();
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool good = connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0;

	close(fd);
	return good;
}

START_TEST(test_listener_makes_its_socket_and_takes_it_away)
{
	struct stat st;

	ck_assert_msg(listener_open(&listener, setting, why, sizeof(why)),
	    "%s", why);
	ck_assert(!listener.alone);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0660);
	ck_assert(fcntl(listener.fd, F_GETFD) & FD_CLOEXEC);
	ck_assert(answers());
	listener_close(&listener);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(test_listener_replaces_what_nobody_serves)
{
	ck_assert(listener_open(&listener, setting, why, sizeof(why)));
	close(listener.fd);		/* as a crash does */
	ck_assert_msg(listener_open(&listener, setting, why, sizeof(why)),
	    "%s", why);
	ck_assert(answers());
	listener_close(&listener);
}
END_TEST

START_TEST(test_listener_leaves_another_server_alone)
{
	struct listener second;

	ck_assert(listener_open(&listener, setting, why, sizeof(why)));
	ck_assert(!listener_open(&second, setting, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "another server listens there"));
	ck_assert(answers());
	listener_close(&listener);
}
END_TEST

START_TEST(test_listener_destroys_no_file)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fclose(file);
	ck_assert(!listener_open(&listener, setting, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "is no socket"));
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(test_listener_takes_an_address_with_a_port)
{
	ck_assert_msg(listener_open(&listener, "127.0.0.1:0", why,
	    sizeof(why)), "%s", why);
	listener_close(&listener);
	ck_assert(!listener_open(&listener, "example.org:80", why,
	    sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "example.org:80"));
}
END_TEST

/* A child in which `fd` is descriptor `as`; its status says what it found. */
static int
found_by_child(int fd, int as, const char *fds)
{
	pid_t pid = fork();
	char text[20];
	int status;

	if (pid == 0) {
		dup2(fd, as);
		snprintf(text, sizeof(text), "%ld", (long)getpid());
		if (fds != NULL) {
			setenv("LISTEN_PID", text, 1);
			setenv("LISTEN_FDS", fds, 1);
		}
		if (!listener_open(&listener, "unix:/nonexistent/s", why,
		    sizeof(why)))
			_exit(strstr(why, "systemd") != NULL ? 9 : 8);
		if (getenv("LISTEN_FDS") != NULL)
			_exit(7);
		_exit(listener.fd + (listener.alone ? 100 : 0));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(test_listener_that_was_passed_on)
{
	struct sockaddr_un un = address();
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int null = open("/dev/null", O_RDWR);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	ck_assert_int_eq(found_by_child(fd, 3, "1"), 3);
	ck_assert_int_eq(found_by_child(fd, 0, NULL), 100);
	ck_assert_int_eq(found_by_child(fd, 3, "2"), 9);
	ck_assert_int_eq(found_by_child(null, 3, "1"), 9);
	ck_assert_int_eq(found_by_child(null, 0, NULL), 8);
	close(fd);
	close(null);
}
END_TEST

START_TEST(test_notify_reaches_systemd)
{
	struct sockaddr_un un = address();
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char got[100] = "";

	notify("READY=1");		/* nobody listens: nothing */
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	setenv("NOTIFY_SOCKET", path, 1);
	notify("READY=1");
	ck_assert_int_eq(recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT), 7);
	ck_assert_str_eq(got, "READY=1");
	notify_reloading();
	memset(got, 0, sizeof(got));
	ck_assert_int_gt(recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT), 0);
	ck_assert_ptr_nonnull(strstr(got, "RELOADING=1\nMONOTONIC_USEC="));
	close(fd);
}
END_TEST

START_TEST(test_notify_watchdog_is_for_this_process)
{
	unsetenv("WATCHDOG_USEC");
	ck_assert_int_eq(notify_watchdog(), 0);
	setenv("WATCHDOG_USEC", "3000000", 1);
	unsetenv("WATCHDOG_PID");
	ck_assert_int_eq(notify_watchdog(), 1000000);
	setenv("WATCHDOG_PID", "1", 1);
	ck_assert_int_eq(notify_watchdog(), 0);
	setenv("WATCHDOG_USEC", "soon", 1);
	ck_assert_int_eq(notify_watchdog(), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("listener");
	TCase *tests = tcase_create("listener");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests,
	    test_listener_makes_its_socket_and_takes_it_away);
	tcase_add_test(tests, test_listener_replaces_what_nobody_serves);
	tcase_add_test(tests, test_listener_leaves_another_server_alone);
	tcase_add_test(tests, test_listener_destroys_no_file);
	tcase_add_test(tests, test_listener_takes_an_address_with_a_port);
	tcase_add_test(tests, test_listener_that_was_passed_on);
	tcase_add_test(tests, test_notify_reaches_systemd);
	tcase_add_test(tests, test_notify_watchdog_is_for_this_process);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
