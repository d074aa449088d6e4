/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>

#include "host/machine.h"

static void a_process_is_of_the_unit_whose_cgroup_it_is_in(void **state)
{
	static const char unit[] = "sdme@c.service";
	static const struct {
		const char *text, *root;
		bool expected;
	} cases[] = {
		{ "0::/machine.slice/sdme@c.service/payload/init.scope\n", "", true },
		{ "0::/machine.slice/sdme@c.service\n", "", true },
		{ "0::/machine.slice/sdme@c.service", "", true },
		{ "0::/sdme@c.service/payload\n", "", true },
		{ "0::/a.slice/a-b.slice/sdme@c.service/x\n", "", true },
		/* The lines of version 1 in front of it or behind it. */
		{ "9:name=systemd:/machine.slice/sdme@x.service\n1:cpu:/\n0::/machine.slice/sdme@c.service/payload\n",
		  "", true },
		{ "0::/machine.slice/sdme@c.service/payload\n1:name=systemd:/\n", "", true },
		/* A host in a container of its own. */
		{ "0::/outer/machine.slice/sdme@c.service/payload\n", "/outer", true },
		{ "0::/machine.slice/sdme@c.service/payload\n", "/outer", false },
		{ "0::/outer-not/machine.slice/sdme@c.service\n", "/outer", false },
		/* Others: the host's own, another container, one that is only called like it. */
		{ "0::/init.scope\n", "", false },
		{ "0::/\n", "", false },
		{ "0::/..\n", "", false },
		{ "0::/system.slice/ssh.service\n", "", false },
		{ "0::/machine.slice/sdme@cc.service/payload\n", "", false },
		{ "0::/machine.slice/sdme@c.service.d/payload\n", "", false },
		{ "0::/machine.slice/xsdme@c.service/payload\n", "", false },
		{ "0::/machine.slice\n", "", false },
		{ "0::/.slice/sdme@c.service\n", "", false },
		/* A container names the cgroups below its own as it likes. */
		{ "0::/machine.slice/sdme@evil.service/payload/machine.slice/sdme@c.service/x\n", "", false },
		{ "0::/machine.slice/sdme@evil.service/sdme@c.service\n", "", false },
		{ "0::/user.slice/user-1.slice/user@1.service/sdme@c.service\n", "", false },
		/* Only the hierarchy of version 2 counts. */
		{ "1:name=systemd:/machine.slice/sdme@c.service\n", "", false },
		{ "1:name=systemd:/machine.slice/sdme@c.service\n0::/\n", "", false },
		{ "10::/machine.slice/sdme@c.service\n", "", false },
		{ "", "", false },
		{ "\n\n", "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (cgroup_is_of_unit(cases[i].text, cases[i].root, unit) != cases[i].expected)
			fail_msg("'%s' below '%s'", cases[i].text, cases[i].root);
	}
}

static void we_are_no_container(void **state)
{
	struct machine m = MACHINE_INIT;

	(void)state;
	assert_int_equal(machine_open_leader("c", getpid(), &m), -ESRCH);
	assert_null(m.name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_is_of_the_unit_whose_cgroup_it_is_in),
		cmocka_unit_test(we_are_no_container),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
