/* SPDX-License-Identifier: MIT */
/* The registry that everybody runs, with a login, and an image that skopeo pushed. */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "registry/registry.h"

static char dir[256], reason[256] = "python3 is not installed\n", name[64], auth_file[512];
static struct digest manifest, layer;
static unsigned long long size;
static pid_t pid;
static int its_stdin = -1;
static struct http *http;

static void read_answer(FILE *f)
{
	char first[128], second[128];
	unsigned port;

	if (!fgets(reason, sizeof(reason), f))
		return;
	if (sscanf(reason, "%u %127s %127s %llu", &port, first, second, &size) == 4 &&
	    digest_parse(first, &manifest) == 0 && digest_parse(second, &layer) == 0)
		snprintf(name, sizeof(name), "127.0.0.1:%u", port);
}

static int setup(void **state)
{
	char path[512];
	int in[2], out[2];
	FILE *f;

	(void)state;
	close(test_dir(dir, sizeof(dir)));
	snprintf(path, sizeof(path), "%.*s/realregistry.py",
		 (int)(strrchr(__FILE__, '/') - __FILE__), __FILE__);
	snprintf(auth_file, sizeof(auth_file), "%s/auth.json", dir);
	if (pipe(in) < 0 || pipe(out) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		close(out[0]);
		execlp("python3", "python3", path, dir, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	its_stdin = in[1];
	fcntl(its_stdin, F_SETFD, FD_CLOEXEC);
	f = fdopen(out[0], "r");
	read_answer(f);
	fclose(f);
	return http_new(NULL, &http);
}

static int teardown(void **state)
{
	(void)state;
	http_free(http);
	close(its_stdin);
	waitpid(pid, NULL, 0);
	return 0;
}

static struct registry *open_registry(const char *login)
{
	static struct credential_settings credentials;
	const struct registry_settings settings = { .insecure = true, .credentials = &credentials };
	struct registry *r = NULL;
	FILE *f;

	if (!*name) {
		print_message("%s", reason);
		skip();
	}
	credentials.auth_file = auth_file;
	umask(022);
	f = fopen(auth_file, "w");
	assert_non_null(f);
	fprintf(f, "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}", name, login);
	fclose(f);
	assert_int_equal(registry_new(http, name, &settings, &r), 0);
	return r;
}

#define ME "bWU6c2VjcmV0"     /* me:secret */
#define NOT_ME "bWU6d3Jvbmc=" /* me:wrong */

static void test_documents(void **state)
{
	cleanup_registry struct registry *r = open_registry(ME);
	cleanup_registry_document struct registry_document by_tag = { 0 }, by_digest = { 0 };
	cleanup_free char *why = NULL;
	struct digest digest;

	(void)state;
	assert_int_equal(registry_get_document(r, "a/b", "latest", NULL, &by_tag), 0);
	assert_true(digest_equal(&by_tag.digest, &manifest));
	assert_string_equal(by_tag.type, "application/vnd.oci.image.manifest.v1+json");
	assert_int_equal(registry_get_document(r, "a/b", NULL, &manifest, &by_digest), 0);
	assert_string_equal(by_digest.bytes, by_tag.bytes);
	assert_int_equal(registry_resolve_tag(r, "a/b", "latest", &digest, &why), 0);
	assert_true(digest_equal(&digest, &manifest));
}

static void assert_refused(const char *login, const char *repository, const char *tag, int expected,
			   const char *words)
{
	cleanup_registry struct registry *r = open_registry(login);
	struct registry_document d = { 0 };
	struct capture messages = capture_start(stderr);
	int error = registry_get_document(r, repository, tag, NULL, &d);
	const char *said = capture_end(&messages);

	if (error != expected || !strstr(said, words))
		fail_msg("%d: %s", error, said);
}

static void test_refusals(void **state)
{
	(void)state;
	assert_refused(ME, "a/b", "other", -ENOENT, "has no 'a/b:other' (manifest unknown)");
	assert_refused(ME, "c", "latest", -ENOENT, "has no 'c:latest'");
	assert_refused(NOT_ME, "a/b", "latest", -EACCES, "does not accept the credentials from");
}

static int hash(void *userdata, const void *data, size_t len)
{
	hasher_update(userdata, data, len);
	return 0;
}

/* Whole, and again as if a part of it were there. */
static void test_blob(void **state)
{
	cleanup_registry struct registry *r = open_registry(ME);
	cleanup_hasher struct hasher *h = hasher_new(DIGEST_SHA256),
				     *part = hasher_new(DIGEST_SHA256);
	struct registry_blob_request request = {
		.repository = "a/b", .digest = &layer, .size = size, .write = hash
	};
	struct registry_blob *blobs[2];
	struct digest digest;

	(void)state;
	request.userdata = h;
	blobs[0] = registry_blob_start(r, &request);
	request.userdata = part;
	request.offset = size - 1000;
	blobs[1] = registry_blob_start(r, &request);
	for (int done = 0; done < 2;) {
		assert_int_equal(http_poll(http, NULL, 0, now_usec() + 50 * USEC_PER_MSEC), 0);
		done = 0;
		for (int i = 0; i < 2; i++) {
			assert_true(registry_blob_step(blobs[i]) >= 0);
			done += registry_blob_step(blobs[i]);
		}
	}
	hasher_finish(h, &digest);
	assert_true(digest_equal(&digest, &layer));
	/* The end of it is zeros. */
	hasher_finish(part, &digest);
	hasher_free(part);
	part = hasher_new(DIGEST_SHA256);
	hash(part, (char[1000]){ 0 }, 1000);
	{
		struct digest zeros;

		hasher_finish(part, &zeros);
		assert_true(digest_equal(&digest, &zeros));
	}
	registry_blob_free(blobs[0]);
	registry_blob_free(blobs[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_blob),
	};

	return cmocka_run_group_tests_name("realregistry", tests, setup, teardown);
}
