/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <signal.h>

#include "base/confirm.h"
#include "container/exec.h"
#include "container/passwd.h"

static void statuses_are_those_of_a_shell(void **state)
{
	(void)state;
	assert_int_equal(exec_status(CLD_EXITED, 0), 0);
	assert_int_equal(exec_status(CLD_EXITED, 255), 255);
	assert_int_equal(exec_status(CLD_KILLED, SIGKILL), 137);
	assert_int_equal(exec_status(CLD_DUMPED, SIGSEGV), 139);
	assert_int_equal(exec_status(0, 0), -1);
}

static void users_by_name_and_by_number(void **state)
{
	static const char text[] = "root:x:0:0:root:/root:/bin/bash\n"
				   "broken:x:1\n"
				   ":x:2:2::/:/bin/sh\n"
				   "minus:x:-1:1::/:/bin/sh\n"
				   "top:x:4294967295:1::/:/bin/sh\n"
				   "noshell:x:7:8::/home:\n"
				   "twice:x:9:9::/first:/bin/sh\n"
				   "twice:x:9:9::/second:/bin/sh\n"
				   "last:x:65534:1::/l:/bin/zsh";
	struct passwd_entry e;

	(void)state;
	assert_int_equal(passwd_find(text, "root", &e), 0);
	assert_string_equal(e.shell, "/bin/bash");
	assert_string_equal(e.home, "/root");
	passwd_entry_done(&e);
	assert_int_equal(passwd_find(text, "65534", &e), 0);
	assert_string_equal(e.name, "last");
	assert_string_equal(e.shell, "/bin/zsh");
	passwd_entry_done(&e);
	assert_int_equal(passwd_find(text, "noshell", &e), 0);
	assert_int_equal(e.uid, 7);
	assert_int_equal(e.gid, 8);
	assert_string_equal(e.shell, "");
	passwd_entry_done(&e);
	assert_int_equal(passwd_find(text, "twice", &e), 0);
	assert_string_equal(e.home, "/first");
	passwd_entry_done(&e);
	assert_int_equal(passwd_find(text, "broken", &e), -ENOENT);
	assert_int_equal(passwd_find(text, "minus", &e), -ENOENT);
	assert_int_equal(passwd_find(text, "top", &e), -ENOENT);
	assert_int_equal(passwd_find(text, "", &e), -ENOENT);
	assert_int_equal(passwd_find(text, "roo", &e), -ENOENT);
	assert_int_equal(passwd_find("", "root", &e), -ENOENT);
}

static void answers(void **state)
{
	(void)state;
	assert_true(confirm_answer("y", false));
	assert_true(confirm_answer(" YES \r", false));
	assert_false(confirm_answer("", false));
	assert_false(confirm_answer("yep", false));
	assert_false(confirm_answer("n", false));
	assert_true(confirm_answer("", true));
	assert_true(confirm_answer("maybe", true));
	assert_false(confirm_answer("N", true));
	assert_false(confirm_answer(" no", true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses_are_those_of_a_shell),
		cmocka_unit_test(users_by_name_and_by_number),
		cmocka_unit_test(answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
