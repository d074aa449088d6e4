/* SPDX-License-Identifier: MIT */
/* What becomes of an index.json that gets one more image, and of a directory that gets blobs. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "json.h"
#include "oci/layout_write.h"

#define D1 "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define D2 "sha256:2222222222222222222222222222222222222222222222222222222222222222"
#define ENTRY(digest, more) \
	"{'mediaType':'" MEDIA_TYPE_MANIFEST "','digest':'" digest "','size':7" more "}"
#define NAMES(image, tag)                                    \
	",'annotations':{'io.containerd.image.name':'" image \
	"','org.opencontainers.image.ref.name':'" tag "'}"
#define TAG(tag) ",'annotations':{'org.opencontainers.image.ref.name':'" tag "'}"
#define INDEX(entries) "{'schemaVersion':2,'manifests':[" entries "]}"

static struct digest digest;

static struct layout_entry entry(const char *tag, const char *reference)
{
	assert_int_equal(digest_parse(D2, &digest), 0);
	return (struct layout_entry){ .digest = &digest,
				      .type_text = MEDIA_TYPE_MANIFEST,
				      .size = 7,
				      .tag = tag,
				      .reference = reference };
}

static int add(const char *old, const struct layout_entry *e, char **ret_text, char **ret_message)
{
	cleanup_free char *json = old ? with_quotes(old) : NULL;

	return layout_index_add(json, e, ret_text, ret_message);
}

/* Added to the old one, the entry makes the new one. */
static void becomes(const char *old, const struct layout_entry *e, const char *want)
{
	cleanup_free char *wanted = with_quotes(want), *text = NULL, *message = NULL;
	int r = add(old, e, &text, &message);

	if (r < 0)
		fail_msg("%s: %s", old, message);
	assert_string_equal(text, wanted);
}

static void test_new(void **state)
{
	struct layout_entry e = entry("1.0", "example.com/x:1.0"), unnamed = entry(NULL, NULL);

	(void)state;
	becomes(NULL, &e,
		"{'schemaVersion':2,'mediaType':'" MEDIA_TYPE_INDEX
		"','manifests':[" ENTRY(D2, NAMES("example.com/x:1.0", "1.0")) "]}");
	becomes(INDEX(""), &unnamed, INDEX(ENTRY(D2, "")));
	becomes(INDEX(ENTRY(D2, "")), &unnamed, INDEX(ENTRY(D2, "")));
	becomes(INDEX(ENTRY(D2, TAG("a"))), &unnamed, INDEX(ENTRY(D2, TAG("a")) "," ENTRY(D2, "")));
	becomes("{'schemaVersion':2,'manifests':null}", &unnamed, INDEX(ENTRY(D2, "")));
}

static void test_others_stay(void **state)
{
	struct layout_entry e = entry("1.0", NULL);

	(void)state;
#define OTHERS "{'mediaType':'a/b','digest':'" D1 "','size':1,'x':[1,2.5]}," ENTRY(D1, TAG("0.9"))
	becomes("{'schemaVersion':2,'y':{'z':null},'manifests':[" OTHERS "]}", &e,
		"{'schemaVersion':2,'y':{'z':null},'manifests':[" OTHERS
		"," ENTRY(D2, TAG("1.0")) "]}");
}

static void test_names(void **state)
{
	struct layout_entry e = entry("1.0", "example.com/x:1.0");
	cleanup_free char *text = NULL, *message = NULL;

	(void)state;
	/* Of the same repository, or of nobody knows which. */
	becomes(INDEX(ENTRY(D1, NAMES("example.com/x:1.0", "1.0"))), &e,
		INDEX(ENTRY(D2, NAMES("example.com/x:1.0", "1.0"))));
	becomes(INDEX(ENTRY(D1, TAG("1.0")) "," ENTRY(D1, TAG("2.0")) "," ENTRY(D1, TAG("1.0"))),
		&e, INDEX(ENTRY(D1, TAG("2.0")) "," ENTRY(D2, NAMES("example.com/x:1.0", "1.0"))));
	/* Of another one. */
	assert_int_equal(
		add(INDEX(ENTRY(D1, NAMES("example.com/y:1.0", "1.0"))), &e, &text, &message),
		-EEXIST);
	assert_null(text);
	assert_string_equal(message, "'1.0' is the name of 'example.com/y:1.0' in it");
	e.replaces = true;
	becomes(INDEX(ENTRY(D1, NAMES("example.com/y:1.0", "1.0"))), &e,
		INDEX(ENTRY(D2, NAMES("example.com/x:1.0", "1.0"))));
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{'schemaVersion':1,'manifests':[]}",
		"{'schemaVersion':2,'manifests':{}}",
		"{'schemaVersion':2,'manifests':[7]}",
		"{'schemaVersion':2,'manifests':[{'mediaType':'a/b','digest':'sha256:../x','size':1}]}",
		"{'schemaVersion':2,'manifests':[],'layers':[]}",
		"{'schemaVersion':2,'mediaType':'" MEDIA_TYPE_MANIFEST "','manifests':[]}",
	};
	struct layout_entry e = entry("1.0", NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cleanup_free char *text = NULL, *message = NULL;

		if (add(bad[i], &e, &text, &message) >= 0)
			fail_msg("%s is taken", bad[i]);
		assert_null(text);
		assert_non_null(message);
	}
}

/* One image may have several names, and none. */
static void test_same_digest(void **state)
{
	struct layout_entry e = entry("1.0", NULL);

	(void)state;
	becomes(INDEX(ENTRY(D2, "")), &e, INDEX(ENTRY(D2, "") "," ENTRY(D2, TAG("1.0"))));
	becomes(INDEX(ENTRY(D2, TAG("2.0"))), &e, INDEX(ENTRY(D2, TAG("2.0")) "," ENTRY(D2, TAG("1.0"))));
}

/* The same repository of another registry is another one. */
static void test_other_registry(void **state)
{
	struct layout_entry e = entry("1.0", "example.com/x:1.0");
	cleanup_free char *text = NULL, *message = NULL;

	(void)state;
	assert_int_equal(add(INDEX(ENTRY(D1, NAMES("other.example/x:1.0", "1.0"))), &e, &text, &message),
			 -EEXIST);
	assert_string_equal(message, "'1.0' is the name of 'other.example/x:1.0' in it");
}

/* An index that we could not read again is not written. */
static void test_full(void **state)
{
	struct layout_entry e = entry("1.0", NULL);
	cleanup_strbuf struct strbuf old = STRBUF_INIT;
	cleanup_free char *text = NULL, *message = NULL;

	(void)state;
	strbuf_add_str(&old, "{\"schemaVersion\":2,\"x\":\"");
	while (old.len < DOCUMENT_SIZE_MAX - 100)
		strbuf_add_char(&old, 'x');
	strbuf_add_str(&old, "\",\"manifests\":[]}");
	assert_int_equal(layout_index_add(old.buf, &e, &text, &message), -E2BIG);
	assert_null(text);
	assert_string_equal(message, "there is no room for more images in it");
}

/* --- the directory ------------------------------------------------------------------------------- */

static const char hello[] = "hello";
#define HELLO "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

static struct descriptor hello_descriptor(void)
{
	struct descriptor d = { .size = strlen(hello) };

	assert_int_equal(digest_parse("sha256:" HELLO, &d.digest), 0);
	return d;
}

static int put_hello(int dir)
{
	struct descriptor d = hello_descriptor();
	cleanup_strbuf struct strbuf text = STRBUF_INIT;

	strbuf_add_str(&text, hello);
	return layout_put_text(dir, &d.digest, &text);
}

static void assert_content(int dir, const char *path, const char *want)
{
	cleanup_free char *text = NULL;

	assert_int_equal(read_file_at(dir, path, 1 << 20, &text), 0);
	assert_string_equal(text, want);
}

static void write_file(int dir, const char *path, const char *text)
{
	cleanup_close int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text)), 0);
}

static void test_blob(void **state)
{
	cleanup_close int dir = test_dir(NULL, 0);
	struct descriptor d = hello_descriptor();

	(void)state;
	assert_false(layout_has(dir, &d));
	assert_int_equal(put_hello(dir), 0);
	assert_true(layout_has(dir, &d));
	assert_content(dir, "blobs/sha256/" HELLO, hello);
	/* As long, and something else: it comes anew. */
	write_file(dir, "blobs/sha256/" HELLO, "hallo");
	assert_false(layout_has(dir, &d));
	assert_int_equal(put_hello(dir), 0);
	assert_true(layout_has(dir, &d));
}

static void test_links(void **state)
{
	cleanup_close int dir = test_dir(NULL, 0);
	struct layout_entry e = entry("1.0", NULL);
	struct descriptor d = hello_descriptor();
	cleanup_free char *message = NULL;

	(void)state;
	assert_int_equal(mkdirat(dir, "outside", 0755), 0);
	assert_int_equal(mkdirat(dir, "outside/sha256", 0755), 0);
	assert_int_equal(symlinkat("outside", dir, "blobs"), 0);
	assert_int_equal(put_hello(dir), -ENOTDIR);
	assert_int_equal(unlinkat(dir, "blobs", 0), 0);
	assert_int_equal(mkdirat(dir, "blobs", 0755), 0);
	assert_int_equal(symlinkat("../outside/sha256", dir, "blobs/sha256"), 0);
	assert_int_equal(put_hello(dir), -ENOTDIR);
	assert_false(exists_at(dir, "outside/sha256/" HELLO));
	assert_int_equal(unlinkat(dir, "blobs/sha256", 0), 0);
	/* A link in the place of the blob goes, and what it leads to stays. */
	assert_int_equal(mkdirat(dir, "blobs/sha256", 0755), 0);
	write_file(dir, "outside/victim", "hallo");
	assert_int_equal(symlinkat("../../outside/victim", dir, "blobs/sha256/" HELLO), 0);
	assert_false(layout_has(dir, &d));
	assert_int_equal(put_hello(dir), 0);
	assert_content(dir, "outside/victim", "hallo");
	assert_true(layout_has(dir, &d));
	/* An index that is one is neither read nor replaced. */
	write_file(dir, "outside/index", "{\"schemaVersion\":2,\"manifests\":[]}");
	assert_int_equal(symlinkat("outside/index", dir, "index.json"), 0);
	assert_int_equal(layout_put_image(dir, &e, &message), -ELOOP);
	assert_string_equal(message, "index.json: it is a link");
	assert_content(dir, "outside/index", "{\"schemaVersion\":2,\"manifests\":[]}");
	assert_int_equal(unlinkat(dir, "index.json", 0), 0);
	free(message);
	message = NULL;
	assert_int_equal(layout_put_image(dir, &e, &message), 0);
	assert_true(exists_at(dir, "index.json"));
}

/* A directory with something else in it becomes no layout, one of another version gets nothing. */
static void test_make(void **state)
{
	char path[256];
	cleanup_close int dir = test_dir(path, sizeof(path));
	struct capture said;
	int fd;

	(void)state;
	write_file(dir, "file", "");
	said = capture_start(stderr);
	fd = layout_make(path);
	assert_non_null(strstr(capture_end(&said), "is no OCI layout, and no empty directory"));
	assert_int_equal(fd, -ENOTEMPTY);
	assert_false(exists_at(dir, "oci-layout"));
	assert_int_equal(unlinkat(dir, "file", 0), 0);
	fd = layout_make(path);
	assert_true(fd >= 0);
	close(fd);
	assert_content(dir, "oci-layout", LAYOUT_FILE);
	write_file(dir, "oci-layout", "{\"imageLayoutVersion\":\"9\"}");
	said = capture_start(stderr);
	fd = layout_make(path);
	assert_non_null(strstr(capture_end(&said), "the version is '9'"));
	assert_int_equal(fd, -ENOTSUP);
}

static int load(void **state)
{
	(void)state;
	return json_load() < 0 ? -1 : hasher_load();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new),
		cmocka_unit_test(test_others_stay),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_same_digest),
		cmocka_unit_test(test_other_registry),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_blob),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_make),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
