/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <signal.h>

#include "base/interrupt.h"
#include "base/log.h"

static void test_lines(void **state)
{
	struct capture c = capture_start(stderr);

	(void)state;
	log_set_name("sdme-test");
	log_set_max(LOG_LEVEL_NOTICE);
	assert_int_equal(log_error("no %s", "luck"), 0);
	assert_int_equal(log_error_errno(-ENOENT, "cannot open '%s'", "x"), -ENOENT);
	assert_int_equal(log_error_code(-EINVAL, "said it all"), -EINVAL);
	assert_int_equal(log_warning("careful"), 0);
	assert_int_equal(log_warning_errno(-EBUSY, "careful"), -EBUSY);
	assert_int_equal(log_notice("progress"), 0);
	assert_int_equal(log_debug("detail"), 0);
	assert_string_equal(capture_end(&c), "sdme-test: no luck\n"
					     "sdme-test: cannot open 'x': No such file or directory\n"
					     "sdme-test: said it all\n"
					     "sdme-test: warning: careful\n"
					     "sdme-test: warning: careful: Device or resource busy\n"
					     "sdme-test: progress\n");
}

static void test_levels(void **state)
{
	struct capture c = capture_start(stderr);

	(void)state;
	log_set_max(LOG_LEVEL_ERROR);
	assert_false(log_is_verbose());
	log_notice("hidden");
	assert_int_equal(log_warning_errno(-EBUSY, "hidden"), -EBUSY);
	log_set_max(LOG_LEVEL_DEBUG);
	assert_true(log_is_verbose());
	log_debug("shown");
	log_set_max(LOG_LEVEL_NOTICE);
	assert_string_equal(capture_end(&c), "sdme-test: shown\n");
}

static void test_hostile_text(void **state)
{
	struct capture c = capture_start(stderr);

	(void)state;
	log_error("no container '%s'", "\x1b]0;x\a\nroot: all is well\r\x7f");
	assert_string_equal(capture_end(&c),
			    "sdme-test: no container '\\x1b]0;x\\x07\\x0aroot: all is well\\x0d\\x7f'\n");
}

static void test_keeps_errno(void **state)
{
	struct capture c = capture_start(stderr);

	(void)state;
	errno = EXDEV;
	log_error_errno(-ENOENT, "x");
	assert_int_equal(errno, EXDEV);
	(void)capture_end(&c);
}

static void test_long_line(void **state)
{
	static char text[20001];
	struct capture c = capture_start(stderr);

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	log_error("%s", text);
	assert_int_equal(strlen(capture_end(&c)), strlen("sdme-test: \n") + 20000);
}

/* An interrupt is told once, by whoever ends for it. */
static void test_interrupt(void **state)
{
	struct capture c = capture_start(stderr);

	(void)state;
	log_error_errno(-EINTR, "a call");
	interrupt_install();
	raise(SIGINT);
	assert_int_equal(log_error_errno(-EINTR, "hidden"), -EINTR);
	assert_int_equal(log_error_code(-EINTR, "hidden"), -EINTR);
	log_error_code(-EIO, "shown");
	(void)interrupt_save();
	assert_string_equal(capture_end(&c), "sdme-test: a call: Interrupted system call\n"
					     "sdme-test: shown\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),	    cmocka_unit_test(test_levels),
		cmocka_unit_test(test_hostile_text), cmocka_unit_test(test_keeps_errno),
		cmocka_unit_test(test_long_line),    cmocka_unit_test(test_interrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
