/* SPDX-License-Identifier: MIT */
/* The forms of platforms, and which images run on which. */
#include "test.h"

#include <errno.h>
#include <sys/utsname.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "oci/platform.h"

static const char *const texts[][2] = {
	{ "linux/amd64", "linux/amd64" },
	{ "Linux/AMD64", "linux/amd64" },
	{ "linux/x86_64", "linux/amd64" },
	{ "linux/amd64/v1", "linux/amd64" },
	{ "linux/amd64/v3", "linux/amd64/v3" },
	{ "linux/arm64", "linux/arm64" },
	{ "linux/arm64/v8", "linux/arm64" },
	{ "linux/arm64/8", "linux/arm64" },
	{ "linux/aarch64", "linux/arm64" },
	{ "linux/arm64/v9", "linux/arm64/v9" },
	{ "linux/arm", "linux/arm/v7" },
	{ "linux/arm/v6", "linux/arm/v6" },
	{ "linux/arm/5", "linux/arm/v5" },
	{ "linux/armhf", "linux/arm/v7" },
	{ "linux/armel", "linux/arm/v6" },
	{ "linux/armel/v5", "linux/arm/v5" },
	{ "linux/i386", "linux/386" },
	{ "windows/amd64", "windows/amd64" },
	{ "unknown/unknown", "unknown/unknown" },
};

static void test_text(void **state)
{
	static const char *const bad[] = { "",
					   "/",
					   "linux",
					   "linux/",
					   "/amd64",
					   "linux/arm/",
					   "linux/arm/v7/x",
					   "linux/a b",
					   "linux/../x\n",
					   "linux/\xc3\xa9",
					   "linux//v7" };
	static const char *const known[] = { "linux/amd64", "linux/unknown", "unknown/amd64" };
	cleanup_platform struct platform p = PLATFORM_INIT;
	char longest[130] = "linux/";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		cleanup_free char *text = NULL;

		assert_int_equal(platform_parse(texts[i][0], &p), 0);
		text = platform_text(&p);
		assert_string_equal(text, texts[i][1]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (platform_parse(bad[i], &p) != -EINVAL)
			fail_msg("'%s' is taken", bad[i]);
	}
	assert_true(platform_is_unknown(&p)); /* the last good one: failures change nothing */
	memset(longest + 6, 'x', 128 - 6);
	assert_int_equal(platform_parse(longest, &p), 0);
	longest[128] = 'x';
	assert_int_equal(platform_parse(longest, &p), -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		assert_int_equal(platform_parse(known[i], &p), 0);
		assert_false(platform_is_unknown(&p));
	}
	platform_set(&p, NULL, "s390x", "");
	assert_null(p.os);
	assert_null(p.variant);
	assert_false(platform_is_unknown(&p));
}

static const char *const machines[][2] = {
	{ "x86_64", "linux/amd64" },    { "aarch64", "linux/arm64" },
	{ "armv7l", "linux/arm/v7" },   { "armv6l", "linux/arm/v6" },
	{ "armv5tel", "linux/arm/v5" }, { "armv8l", "linux/arm/v8" },
	{ "i686", "linux/386" },        { "ppc64le", "linux/ppc64le" },
	{ "s390x", "linux/s390x" },     { "loongarch64", "linux/loong64" },
	{ "riscv64", "linux/riscv64" },
};

static void test_machine(void **state)
{
	cleanup_platform struct platform host = PLATFORM_INIT, same = PLATFORM_INIT;
	struct utsname name;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		cleanup_free char *text = NULL;

		platform_set_machine(&host, machines[i][0]);
		text = platform_text(&host);
		assert_string_equal(text, machines[i][1]);
	}
	assert_int_equal(uname(&name), 0);
	platform_set_host(&host);
	platform_set_machine(&same, name.machine);
	assert_int_equal(platform_fit(&host, &same), 100);
}

/* Images from the best to the worst, and then those that do not run. */
static const struct {
	const char *wanted, *fit[6], *unfit[6];
} fits[] = {
	{ "linux/amd64",
	  { "linux/amd64" },
	  { "linux/amd64/v2", "linux/386", "linux/arm64", "windows/amd64" } },
	{ "linux/amd64/v3",
	  { "linux/amd64/v3", "linux/amd64" },
	  { "linux/amd64/v2", "linux/amd64/v4" } },
	{ "linux/arm64",
	  { "linux/arm64/v8" },
	  { "linux/arm64/v9", "linux/arm/v7", "linux/arm/v8", "linux/arm64be" } },
	{ "linux/arm/v8",
	  { "linux/arm/v8", "linux/arm/v7", "linux/arm/v6", "linux/arm/v5" },
	  { "linux/arm64", "linux/arm/v9", "linux/arm/v4", "linux/arm/x" } },
	{ "linux/arm/v7",
	  { "linux/arm", "linux/arm/v6", "linux/arm/v5" },
	  { "linux/arm/v8", "linux/arm64" } },
	{ "linux/arm/v6",
	  { "linux/arm/v6", "linux/arm/v5" },
	  { "linux/arm/v7", "linux/arm", "linux/arm/v8" } },
	{ "linux/x/v7", { "linux/x/v7", "linux/x" }, { "linux/x/v6" } },
	{ "linux/arm/x", { "linux/arm/x" }, { "linux/arm/v5", "linux/arm/y" } },
};

static int fit(const char *image, const char *wanted)
{
	cleanup_platform struct platform a = PLATFORM_INIT, b = PLATFORM_INIT;

	assert_int_equal(platform_parse(image, &a), 0);
	assert_int_equal(platform_parse(wanted, &b), 0);
	return platform_fit(&a, &b);
}

static void test_fit(void **state)
{
	cleanup_platform struct platform unsaid = PLATFORM_INIT, wanted = PLATFORM_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fits); i++) {
		int last = 101;

		for (size_t j = 0; fits[i].fit[j]; j++) {
			int now = fit(fits[i].fit[j], fits[i].wanted);

			if (now <= 0 || now >= last)
				fail_msg("%s fits %s by %d", fits[i].fit[j], fits[i].wanted, now);
			last = now;
		}
		for (size_t j = 0; fits[i].unfit[j]; j++) {
			if (fit(fits[i].unfit[j], fits[i].wanted) != 0)
				fail_msg("%s fits %s", fits[i].unfit[j], fits[i].wanted);
		}
	}
	assert_int_equal(platform_parse("linux/arm64", &wanted), 0);
	assert_int_equal(platform_fit(&unsaid, &wanted), 1);
	platform_set(&unsaid, "windows", NULL, NULL);
	assert_int_equal(platform_fit(&unsaid, &wanted), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_machine),
		cmocka_unit_test(test_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
