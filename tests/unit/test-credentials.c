/* SPDX-License-Identifier: MIT */
/* Who we are to a registry, and whom we believe that. */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "registry/auth_file.h"
#include "registry/credentials.h"
#include "registry/helper.h"

#define NOBODY 65534

static char dir[256];

static int setup(void **state)
{
	static const char *const variables[] = { "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR",
						 "DOCKER_CONFIG", "XDG_CONFIG_HOME", "SUDO_UID" };
	char *path;

	(void)state;
	close(test_dir(dir, sizeof(dir)));
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		unsetenv(variables[i]);
	chmod(dir, 0755);
	setenv("HOME", dir, 1);
	setenv("XDG_RUNTIME_DIR", dir, 1);
	path = xasprintf("%s:%s", dir, getenv("PATH"));
	setenv("PATH", path, 1);
	free(path);
	return json_load();
}

/* Make a file below the directory of the tests, and the directories in front of it. */
static void put(const char *name, const char *text, mode_t mode)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f;

	for (char *p = strchr(path + strlen(dir) + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
	unlink(path);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
	free(path);
}

static void drop(const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);

	assert_int_equal(unlink(path), 0);
	free(path);
}

/* --- the form ----------------------------------------------------------------------------- */

#define ME "bWU6c2VjcmV0"  /* me:secret */
#define YOU "eW91Ong6eQ==" /* you:x:y */

static void assert_login(const char *text, const char *registry, const char *repository,
			 const char *user, const char *password)
{
	cleanup_auth_entry struct auth_entry e = AUTH_ENTRY_INIT;

	assert_int_equal(auth_file_find(text, registry, repository, &e), 0);
	if (!user) {
		assert_null(e.login.user);
		return;
	}
	assert_non_null(e.login.user);
	assert_string_equal(e.login.user, user);
	assert_string_equal(e.login.password, password);
}

static void test_prefixes(void **state)
{
	static const char text[] = "{\"auths\":{\"r.example\":{\"auth\":\"" ME
				   "\"},\"r.example/a/b\":{\"auth\":\"" YOU "\"},"
				   "\"r.example:5000\":{\"username\":\"u\",\"password\":\"p\"}}}";

	(void)state;
	assert_login(text, "r.example", "a", "me", "secret");
	assert_login(text, "r.example", "a/b", "you", "x:y");
	assert_login(text, "r.example", "a/b/c", "you", "x:y");
	assert_login(text, "r.example", "a/bc", "me", "secret");
	assert_login(text, "r.example:5000", "a/b", "u", "p");
	assert_login(text, "r.example:5001", "a", NULL, NULL);
	assert_login(text, "r.exampl", "a", NULL, NULL);
	assert_login(text, "example", "a", NULL, NULL);
	assert_login("{}", "r.example", "a", NULL, NULL);
	assert_login("{\"auths\":{\"r.example\":{}}}", "r.example", "a", NULL, NULL);
	assert_login("{\"auths\":{\"\":{\"auth\":\"" ME "\"}}}", "r.example", "a", NULL, NULL);
}

static void test_urls(void **state)
{
	static const char *const keys[] = {
		"https://index.docker.io/v1/", "index.docker.io",   "docker.io",
		"registry-1.docker.io",        "https://docker.io", "index.docker.io/v1/"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		char *text = xasprintf("{\"auths\":{\"%s\":{\"auth\":\"" ME "\"}}}", keys[i]);

		assert_login(text, "docker.io", "library/x", "me", "secret");
		assert_login(text, "io", "library/x", NULL, NULL);
		free(text);
	}
	assert_login("{\"auths\":{\"http://r.example/v2/x\":{\"auth\":\"" ME "\"}}}", "r.example",
		     "a", "me", "secret");
	assert_login("{\"auths\":{\"r.example/v2\":{\"auth\":\"" ME "\"}}}", "r.example", "a", "me",
		     "secret");
}

static void test_token(void **state)
{
	cleanup_auth_entry struct auth_entry e = AUTH_ENTRY_INIT;

	(void)state;
	assert_int_equal(auth_file_find("{\"auths\":{\"r\":{\"auth\":\"" ME
					"\",\"identitytoken\":\"t\"}}}",
					"r", "a", &e),
			 0);
	assert_string_equal(e.login.identity_token, "t");
	assert_null(e.login.user);
}

static void assert_helper(const char *text, const char *registry, const char *helper,
			  const char *server)
{
	cleanup_auth_entry struct auth_entry e = AUTH_ENTRY_INIT;

	assert_int_equal(auth_file_find(text, registry, "a", &e), 0);
	if (!helper) {
		assert_null(e.helper);
		return;
	}
	assert_string_equal(e.helper, helper);
	assert_string_equal(e.server, server);
}

static void test_helpers(void **state)
{
	static const char text[] =
		"{\"credHelpers\":{\"r.example\":\"one\",\"q.example\":\"\"},\"credsStore\":\"all\"}";

	(void)state;
	assert_helper(text, "r.example", "one", "r.example");
	assert_helper(text, "r.example:80", "all", "r.example:80");
	assert_helper(text, "docker.io", "all", "https://index.docker.io/v1/");
	/* None is wanted for it. */
	assert_helper(text, "q.example", NULL, NULL);
	assert_helper("{\"credsStore\":\"\"}", "r.example", NULL, NULL);
	assert_helper("{\"credHelpers\":{\"https://index.docker.io/v1/\":\"hub\"}}", "docker.io",
		      "hub", "https://index.docker.io/v1/");
}

static void test_wrong(void **state)
{
	static const char *const wrong[] = {
		"",
		"x",
		"[]",
		"{\"auths\":[]}",
		"{\"auths\":{\"r\":7}}",
		"{\"auths\":{\"r\":{\"auth\":7}}}",
		"{\"auths\":{\"r\":{\"auth\":\"!\"}}}",
		"{\"auths\":{\"r\":{\"auth\":\"bWU=\"}}}", /* no colon */
		"{\"auths\":{\"r\":{\"auth\":\"" ME "\"}}",
		"{\"credHelpers\":[]}",
		"{\"credHelpers\":{\"r\":7}}",
		"{\"credsStore\":{}}",
	};
	struct auth_entry e = AUTH_ENTRY_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (auth_file_find(wrong[i], "r", "a", &e) != -EINVAL)
			fail_msg("'%s' was taken", wrong[i]);
	}
	assert_null(e.helper);
}

/* --- programs ----------------------------------------------------------------------------- */

static void assert_asked(const char *script, int expected, const char *words)
{
	cleanup_credentials struct credentials c = CREDENTIALS_INIT;
	char *message = NULL;
	int r;

	put("docker-credential-x", script, 0755);
	r = helper_get("x", "r.example", geteuid(), 30 * USEC_PER_SEC, &c, &message);
	if (r != expected || (words && (!message || !strstr(message, words))))
		fail_msg("%s: %d, %s", script, r, message ? message : "-");
	free(message);
}

static void test_helper_program(void **state)
{
	cleanup_credentials struct credentials c = CREDENTIALS_INIT, token = CREDENTIALS_INIT;
	char *message = NULL;

	(void)state;
	put("docker-credential-x",
	    "#!/bin/sh\nread -r server\n[ \"$*\" = get ] && "
	    "echo \"{\\\"ServerURL\\\":\\\"$server\\\",\\\"Username\\\":\\\"me at $server\\\",\\\"Secret\\\":\\\"s\\\"}\"\n",
	    0755);
	assert_int_equal(helper_get("x", "r.example", geteuid(), 30 * USEC_PER_SEC, &c, &message),
			 1);
	assert_string_equal(c.user, "me at r.example");
	assert_string_equal(c.password, "s");
	put("docker-credential-x",
	    "#!/bin/sh\necho '{\"Username\":\"<token>\",\"Secret\":\"t\"}'\n", 0755);
	assert_int_equal(
		helper_get("x", "r.example", geteuid(), 30 * USEC_PER_SEC, &token, &message), 1);
	assert_string_equal(token.identity_token, "t");
	assert_null(token.user);
	assert_null(message);
}

static void test_helper_fails(void **state)
{
	struct credentials c = CREDENTIALS_INIT;
	char *message = NULL;

	(void)state;
	assert_asked("#!/bin/sh\necho 'credentials not found in native keychain'; exit 1\n", 0,
		     NULL);
	assert_asked("#!/bin/sh\necho 'no keychain'; echo secret; exit 1\n", -EIO,
		     "failed: no keychain");
	assert_asked("#!/bin/sh\nexit 0\n", -EINVAL, "does not answer");
	assert_asked("#!/bin/sh\necho '{\"Username\":\"u\"}'\n", -EINVAL, "does not answer");
	assert_asked("#!/bin/sh\necho '[]'\n", -EINVAL, "does not answer");
	assert_asked("#!/bin/sh\nexec cat /dev/zero\n", -EFBIG, "more than");
	assert_asked("#!/bin/sh\nkill -9 $$\n", -ECHILD, "cannot be run");
	drop("docker-credential-x");
	assert_int_equal(helper_get("x", "r", geteuid(), USEC_PER_SEC, &c, &message), -ENOENT);
	/* No path, no shell. */
	assert_int_equal(helper_get("../x", "r", geteuid(), USEC_PER_SEC, &c, &message), -EINVAL);
	assert_int_equal(helper_get("x; true", "r", geteuid(), USEC_PER_SEC, &c, &message),
			 -EINVAL);
	free(message);
}

/* One that never ends; one that closes its output and lives on. */
static void test_helper_hangs(void **state)
{
	struct credentials c = CREDENTIALS_INIT;
	char *message = NULL;

	(void)state;
	put("docker-credential-x", "#!/bin/sh\nexec sleep 1000\n", 0755);
	assert_int_equal(helper_get("x", "r", geteuid(), 50 * USEC_PER_MSEC, &c, &message),
			 -ETIMEDOUT);
	put("docker-credential-x", "#!/bin/sh\nexec sleep 1000 >&-\n", 0755);
	assert_true(helper_get("x", "r", geteuid(), 50 * USEC_PER_MSEC, &c, &message) < 0);
	free(message);
	drop("docker-credential-x");
}

/* --- which files -------------------------------------------------------------------------- */

static const struct credential_settings none;

/* The user that is found, "-" for nobody, or the error. */
static void assert_found(const struct credential_settings *s, const char *registry,
			 const char *expected)
{
	cleanup_credentials struct credentials c = CREDENTIALS_INIT;
	struct capture messages = capture_start(stderr);
	int r = credentials_find(s, registry, "a/b", &c);
	const char *said = capture_end(&messages);

	assert_null(strstr(said, "secret"));
	if (r < 0)
		fail_msg("%d: %s", r, said);
	assert_int_equal(r, !streq(expected, "-"));
	assert_string_equal(c.user ? c.user : "-", expected);
	assert_true(r == 0 || c.source);
}

static void assert_refused(const struct credential_settings *s, int error, const char *words)
{
	struct credentials c = CREDENTIALS_INIT;
	struct capture messages = capture_start(stderr);
	int r = credentials_find(s, "r", "a/b", &c);
	const char *said = capture_end(&messages);

	if (r != error || !strstr(said, words))
		fail_msg("%d: %s", r, said);
}

#define AUTHS(coded) "{\"auths\":{\"r\":{\"auth\":\"" coded "\"}}}"

static void test_order(void **state)
{
	char *path = xasprintf("%s/mine.json", dir), *missing = xasprintf("%s/missing.json", dir);
	const struct credential_settings asked = { .auth_file = path },
					 gone = { .auth_file = missing };
	const struct credential_settings hub = { .docker_user = "hub", .docker_token = "t" },
					 half = { .docker_user = "hub", .docker_token = "" };

	(void)state;
	assert_found(&none, "r", "-");
	put(".docker/config.json", AUTHS("YTpzZWNyZXQ="), 0600);
	assert_found(&none, "r", "a");
	put(".config/containers/auth.json", AUTHS("YjpzZWNyZXQ="), 0600);
	assert_found(&none, "r", "b");
	put("containers/auth.json", AUTHS("YzpzZWNyZXQ="), 0600);
	assert_found(&none, "r", "c");
	put("mine.json", AUTHS("ZDpzZWNyZXQ="), 0600);
	assert_found(&asked, "r", "d");
	setenv("REGISTRY_AUTH_FILE", path, 1);
	assert_found(&none, "r", "d");
	/* It has nothing else, and the others are not read. */
	assert_found(&none, "q", "-");
	assert_refused(&gone, -ENOENT, "missing.json");
	put("mine.json", "{\"auths\":{\"r\":{\"auth\":\"secret\"}}}", 0600);
	assert_refused(&asked, -EINVAL, "not of the form");
	unsetenv("REGISTRY_AUTH_FILE");
	/* The configuration's are for one registry. */
	assert_found(&hub, "docker.io", "hub");
	assert_found(&half, "docker.io", "-");
	assert_found(&hub, "r", "c");
	assert_found(&hub, "docker.io.evil.example", "-");
	/* A file that is broken does not hide the next. */
	put("containers/auth.json", "{\"auths\":{\"r\":{\"auth\":\"secret\"}}}", 0600);
	assert_found(&none, "r", "b");
	drop("containers/auth.json");
	setenv("XDG_CONFIG_HOME", "/nowhere", 1);
	setenv("DOCKER_CONFIG", "/nowhere", 1);
	assert_found(&none, "r", "-");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("DOCKER_CONFIG");
	drop(".config/containers/auth.json");
	drop(".docker/config.json");
	free(path), free(missing);
}

/* What others may write to, or is no file. */
static void test_planted(void **state)
{
	char *path = xasprintf("%s/planted", dir);
	const struct credential_settings asked = { .auth_file = path },
					 device = { .auth_file = "/dev/zero" };

	(void)state;
	put("planted", AUTHS(ME), 0666);
	assert_refused(&asked, -EPERM, "does not belong to you");
	put("planted", AUTHS(ME), 0660);
	assert_refused(&asked, -EPERM, "does not belong to you");
	put("planted", AUTHS(ME), 0644);
	assert_found(&asked, "r", "me");
	assert_refused(&device, -EINVAL, "not of the form");
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused(&asked, -EINVAL, "not of the form");
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_refused(&asked, -EINVAL, "not of the form");
	rmdir(path);
	if (geteuid() != 0) {
		print_message("only root can give files away\n");
		skip();
	}
	put("planted", AUTHS(ME), 0600);
	assert_int_equal(chown(path, NOBODY, NOBODY), 0);
	assert_refused(&asked, -EPERM, "does not belong to you");
	setenv("SUDO_UID", "65534", 1);
	assert_found(&asked, "r", "me");
	setenv("SUDO_UID", "65533", 1);
	assert_refused(&asked, -EPERM, "does not belong to you");
	unsetenv("SUDO_UID");
	unlink(path);
	free(path);
}

static void test_helper_in_file(void **state)
{
	(void)state;
	put(".docker/config.json", "{\"credsStore\":\"x\",\"auths\":{\"r\":{\"auth\":\"" ME "\"}}}",
	    0600);
	put("docker-credential-x",
	    "#!/bin/sh\necho '{\"Username\":\"helped\",\"Secret\":\"secret\"}'\n", 0755);
	assert_found(&none, "r", "helped");
	/* It has none, it fails: what is in the file counts. */
	put("docker-credential-x", "#!/bin/sh\necho credentials not found; exit 1\n", 0755);
	assert_found(&none, "r", "me");
	drop("docker-credential-x");
	assert_found(&none, "r", "me");
	drop(".docker/config.json");
}

/* A helper that somebody else's file names has the rights of that somebody. */
static void test_helper_rights(void **state)
{
	char *path = xasprintf("%s/.docker/config.json", dir);

	(void)state;
	if (geteuid() != 0) {
		print_message("only root becomes somebody else\n");
		skip();
	}
	put(".docker/config.json", "{\"credHelpers\":{\"r\":\"x\"}}", 0600);
	put("docker-credential-x",
	    "#!/bin/sh\necho \"{\\\"Username\\\":\\\"$(id -u) $(id -g) $(id -G) ${SUDO_UID-unset}\\\",\\\"Secret\\\":\\\"s\\\"}\"\n",
	    0755);
	setenv("SUDO_UID", "65534", 1);
	assert_found(&none, "r", "0 0 0 65534");
	assert_int_equal(chown(path, NOBODY, NOBODY), 0);
	assert_found(&none, "r", "65534 65534 65534 unset");
	unsetenv("SUDO_UID");
	drop("docker-credential-x");
	drop(".docker/config.json");
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefixes),       cmocka_unit_test(test_urls),
		cmocka_unit_test(test_token),          cmocka_unit_test(test_helpers),
		cmocka_unit_test(test_wrong),          cmocka_unit_test(test_helper_program),
		cmocka_unit_test(test_helper_fails),   cmocka_unit_test(test_helper_hangs),
		cmocka_unit_test(test_order),          cmocka_unit_test(test_planted),
		cmocka_unit_test(test_helper_in_file), cmocka_unit_test(test_helper_rights),
	};

	return cmocka_run_group_tests_name("credentials", tests, setup, NULL);
}
