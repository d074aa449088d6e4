/* SPDX-License-Identifier: MIT */
/* Layouts, whole and tampered with, and how the documents in them lead to an image. */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "json.h"
#include "oci/layout.h"

#define OCI "application/vnd.oci.image."
#define EMPTY_DIFF "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"

static int dir = -1;

static void write_file(const char *path, const char *text)
{
	cleanup_close int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text)), 0);
}

static void put(const char *path, const char *text)
{
	cleanup_free char *json = with_quotes(text);

	write_file(path, json);
}

/* Write a blob; its descriptor, which the caller frees. */
static char *blob(const char *type, const char *text, const char *more)
{
	cleanup_free char *json = with_quotes(text);
	cleanup_hasher struct hasher *h = hasher_new(DIGEST_SHA256);
	char path[6 + DIGEST_TEXT_SIZE] = "blobs/", *digest = path + 6;
	struct digest d;
	char *descriptor;

	hasher_update(h, json, strlen(json));
	hasher_finish(h, &d);
	digest_text(&d, digest);
	descriptor = xasprintf("{'mediaType':'" OCI "%s','digest':'%s','size':%zu%s}", type, digest,
			       strlen(json), more);
	*strchr(digest, ':') = '/';
	put(path, text);
	return descriptor;
}

static void put_index(const char *entries)
{
	cleanup_free char *text = xasprintf("{'schemaVersion':2,'manifests':[%s]}", entries);

	put("index.json", text);
}

/* An image of one layer for this architecture; the descriptor of its manifest. */
static char *put_image(const char *architecture, const char *diff_ids, const char *more)
{
	cleanup_free char *config = NULL, *layer = NULL, *config_text = NULL, *text = NULL;

	config_text = xasprintf(
		"{'os':'linux','architecture':'%s','rootfs':{'type':'layers','diff_ids':[%s]}}",
		architecture, diff_ids);
	config = blob("config.v1+json", config_text, "");
	layer = blob("layer.v1.tar", "layer", "");
	text = xasprintf("{'schemaVersion':2,'config':%s,'layers':[%s]}", config, layer);
	return blob("manifest.v1+json", text, more);
}

static int make_layout(void **state)
{
	(void)state;
	dir = test_dir(NULL, 0);
	assert_int_equal(mkdirat(dir, "blobs", 0755), 0);
	assert_int_equal(mkdirat(dir, "blobs/sha256", 0755), 0);
	put("oci-layout", "{'imageLayoutVersion':'1.0.0'}");
	return 0;
}

static int remove_layout(void **state)
{
	char path[64], target[256] = "";

	(void)state;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", dir);
	assert_true(readlink(path, target, sizeof(target) - 1) > 0);
	close(dir);
	return rmtree_at(AT_FDCWD, target);
}

static int read_image(const char *name, const char *platform, char **ret_message)
{
	cleanup_platform struct platform wanted = PLATFORM_INIT;
	cleanup_image struct image image = IMAGE_INIT;
	int r;

	assert_int_equal(platform_parse(platform, &wanted), 0);
	r = layout_read_image(dir, name, &wanted, &image, ret_message);
	if (r == 0) {
		assert_int_equal(image.manifest.layers.n, 1);
		assert_int_equal(image.config.n_diff_ids, 1);
		assert_int_equal(platform_fit(&image.config.platform, &wanted), 100);
	} else {
		assert_null(image.config.diff_ids);
	}
	return r;
}

static void expect(const char *name, int want_r, const char *want_message)
{
	cleanup_free char *message = NULL;
	int r = read_image(name, "linux/amd64", &message);

	if (r != want_r)
		fail_msg("%d: %s", r, message ? message : "");
	if (want_message)
		assert_non_null(strstr(message, want_message));
}

static void test_whole(void **state)
{
	cleanup_free char *image = put_image("amd64", "'" EMPTY_DIFF "'", "");

	(void)state;
	assert_true(layout_is_one(dir));
	put_index(image);
	expect(NULL, 0, NULL);
	expect("1.0", -ENOENT, "there is no image '1.0', they have no names");
	put_index("");
	expect(NULL, -ENOENT, "index.json: it names no image");
}

static void test_names(void **state)
{
#define NAMED(name) ",'annotations':{'org.opencontainers.image.ref.name':'" name "'}"
	cleanup_free char *one = put_image("amd64", "'" EMPTY_DIFF "'", NAMED("1.0"));
	cleanup_free char *same = put_image("amd64", "'" EMPTY_DIFF "'", NAMED("latest"));
	cleanup_free char *other = put_image("arm64", "'" EMPTY_DIFF "'", NAMED("2.0"));
	cleanup_free char *both = xasprintf("%s,%s", one, same),
			  *all = xasprintf("%s,%s", both, other);

	(void)state;
	put_index(one);
	expect(NULL, 0, NULL);
	put_index(both);
	expect(NULL, 0, NULL);
	expect("latest", 0, NULL);
	put_index(all);
	expect("1.0", 0, NULL);
	expect("latest", 0, NULL);
	expect("2.0", -ENOEXEC, "the image is for linux/arm64, not for linux/amd64");
	expect("3.0", -ENOENT, "there is no image '3.0', only: 1.0, latest, 2.0");
	expect(NULL, -ENOTUNIQ, "there are several images, name one: 1.0, latest, 2.0");
}

/* The name that containerd and docker note beside the tag. */
static void test_long_names(void **state)
{
#define LONG_NAMED(name) ",'annotations':{'io.containerd.image.name':'" name "'}"
	cleanup_free char *one = put_image("amd64", "'" EMPTY_DIFF "'", LONG_NAMED("h.example/x:1.0"));
	cleanup_free char *other = put_image("arm64", "'" EMPTY_DIFF "'", LONG_NAMED("h.example/y:1.0"));
	cleanup_free char *all = xasprintf("%s,%s", one, other);

	(void)state;
	put_index(all);
	expect("h.example/x:1.0", 0, NULL);
	expect("h.example/y:1.0", -ENOEXEC, "the image is for linux/arm64, not for linux/amd64");
	expect("1.0", -ENOENT, "there is no image '1.0', they have no names");
}

static void test_platforms(void **state)
{
#define ON(architecture) ",'platform':{'os':'linux','architecture':'" architecture "'}"
	cleanup_free char *amd64 = put_image("amd64", "'" EMPTY_DIFF "'", ON("amd64"));
	cleanup_free char *arm64 = put_image("arm64", "'" EMPTY_DIFF "'", ON("arm64"));
	cleanup_free char *text =
		xasprintf("{'schemaVersion':2,'manifests':[%s,%s]}", amd64, arm64);
	cleanup_free char *index = blob("index.v1+json", text, ""), *message = NULL;

	(void)state;
	put_index(index);
	assert_int_equal(read_image(NULL, "linux/amd64", &message), 0);
	assert_int_equal(read_image(NULL, "linux/arm64", &message), 0);
	assert_int_equal(read_image(NULL, "linux/s390x", &message), -ENOENT);
	assert_non_null(strstr(
		message, "there is no image for linux/s390x, only for linux/amd64, linux/arm64"));
}

/* "sha256:HEX" of what a descriptor names; the caller frees. */
static char *digest_of(const char *descriptor)
{
	return xstrndup(strstr(descriptor, "sha256:"), 7 + 64);
}

/* The bytes of the blob that a descriptor names; the caller frees. */
static char *bytes_of(const char *descriptor)
{
	cleanup_free char *path =
		xasprintf("blobs/sha256/%.64s", strstr(descriptor, "sha256:") + 7);
	char *text = NULL;

	assert_int_equal(read_file_at(dir, path, 1 << 20, &text), 0);
	return text;
}

static void test_bytes(void **state)
{
	cleanup_free char *manifest = put_image("amd64", "'" EMPTY_DIFF "'", ON("amd64"));
	cleanup_free char *text = xasprintf("{'schemaVersion':2,'manifests':[%s]}", manifest);
	cleanup_free char *index = blob("index.v1+json", text, NAMED("1.0")), *message = NULL;
	cleanup_free char *top = digest_of(index), *top_bytes = bytes_of(index);
	cleanup_free char *bytes = bytes_of(manifest);
	cleanup_platform struct platform any = PLATFORM_INIT;
	cleanup_image struct image image = IMAGE_INIT;
	char digest[DIGEST_TEXT_SIZE];

	(void)state;
	put_index(index);
	assert_int_equal(layout_read_image(dir, NULL, &any, &image, &message), 0);
	digest_text(&image.top, digest);
	assert_string_equal(digest, top);
	assert_string_equal(strbuf_str(&image.top_text), top_bytes);
	assert_string_equal(strbuf_str(&image.manifest_text), bytes);
	assert_non_null(strstr(strbuf_str(&image.config_text), "diff_ids"));
	assert_string_equal(image.type_text, OCI "manifest.v1+json");
	assert_string_equal(image.tag, "1.0");
}

/* Of two images, by digest: those of index.json, and no others. */
static void test_digests(void **state)
{
	cleanup_free char *one = put_image("amd64", "'" EMPTY_DIFF "'", NAMED("1.0"));
	cleanup_free char *other = put_image("arm64", "'" EMPTY_DIFF "'", NAMED("2.0"));
	cleanup_free char *all = xasprintf("%s,%s", one, other);
	cleanup_free char *digest = digest_of(one), *foreign = digest_of(other);

	(void)state;
	put_index(all);
	expect(digest, 0, NULL);
	expect(foreign, -ENOEXEC, "the image is for linux/arm64");
	expect(EMPTY_DIFF, -ENOENT, "there is no image '" EMPTY_DIFF "', only: 1.0, 2.0");
}

static void test_depth(void **state)
{
	cleanup_free char *d = put_image("amd64", "'" EMPTY_DIFF "'", "");

	(void)state;
	for (size_t depth = 1; depth <= DOCUMENT_DEPTH_MAX + 1; depth++) {
		cleanup_free char *text = xasprintf("{'schemaVersion':2,'manifests':[%s]}", d);

		free(d);
		d = blob("index.v1+json", text, "");
		put_index(d);
		if (depth <= DOCUMENT_DEPTH_MAX)
			expect(NULL, 0, NULL);
		else
			expect(NULL, -ELOOP, "more than 4 image indexes lead to each other");
	}
}

static void test_chain(void **state)
{
	cleanup_free char *two = put_image("amd64", "'" EMPTY_DIFF "','" EMPTY_DIFF "'", "");
	cleanup_free char *platform = put_image("arm64", "'" EMPTY_DIFF "'", ON("amd64"));
	cleanup_free char *image = put_image("amd64", "'" EMPTY_DIFF "'", "");
	char *type = strstr(image, "manifest.v1");

	(void)state;
	put_index(two);
	expect(NULL, -EINVAL, "the configuration names 2 layers, the manifest 1");
	put_index(platform);
	expect(NULL, -ENOEXEC, "the image is for linux/arm64, not for linux/amd64");
	memmove(type, "index.v1+json'", 14);
	memset(type + 14, ' ', 3);
	put_index(image);
	expect(NULL, -EINVAL, "it is called an image index, and is an image manifest");
}

/* The path of the blob that a descriptor names. */
static char *blob_path(const char *descriptor)
{
	const char *hex = strstr(descriptor, "sha256:") + 7;

	return xasprintf("blobs/sha256/%.64s", hex);
}

static void test_tampered(void **state)
{
	cleanup_free char *image = put_image("amd64", "'" EMPTY_DIFF "'", ""),
			  *path = blob_path(image);
	cleanup_free char *was = NULL, *now = NULL;

	(void)state;
	put_index(image);
	assert_int_equal(read_file_at(dir, path, 1 << 20, &was), 0);
	now = xasprintf("%.*s\t}", (int)strlen(was) - 2, was); /* "]}": as long, and JSON no more */
	assert_int_equal(strlen(now), strlen(was));
	write_file(path, now);
	expect(NULL, -EBADMSG, "its bytes are not those of this digest");
	replace_str(&now, was);
	now[strlen(now) - 1] = '\0';
	write_file(path, now);
	expect(NULL, -EBADMSG, "bytes and not");
	free(now);
	now = xasprintf("%s ", was);
	write_file(path, now);
	expect(NULL, -EBADMSG, "bytes and not");
	assert_int_equal(unlinkat(dir, path, 0), 0);
	expect(NULL, -ENOENT, "No such file or directory");
}

static void test_config_tampered(void **state)
{
	cleanup_free char *image = put_image("amd64", "'" EMPTY_DIFF "'", ""),
			  *path = blob_path(image);
	cleanup_free char *manifest = NULL, *config_path = NULL, *config = NULL;

	(void)state;
	put_index(image);
	assert_int_equal(read_file_at(dir, path, 1 << 20, &manifest), 0);
	config_path = blob_path(manifest);
	assert_int_equal(read_file_at(dir, config_path, 1 << 20, &config), 0);
	memcpy(strstr(config, "linux"), "minux", 5);
	write_file(config_path, config);
	expect(NULL, -EBADMSG, "image configuration sha256:");
}

static void test_links(void **state)
{
	cleanup_free char *image = put_image("amd64", "'" EMPTY_DIFF "'", ""),
			  *path = blob_path(image);

	(void)state;
	put_index(image);
	assert_int_equal(renameat(dir, path, dir, "moved"), 0);
	assert_int_equal(symlinkat("../../moved", dir, path), 0);
	expect(NULL, -ELOOP, "it is a link");
	assert_int_equal(unlinkat(dir, path, 0), 0);
	assert_int_equal(mkfifoat(dir, path, 0644), 0);
	expect(NULL, -ENOTSUP, "it is no regular file");
	assert_int_equal(unlinkat(dir, path, 0), 0);
	assert_int_equal(mkdirat(dir, path, 0755), 0);
	expect(NULL, -EISDIR, "it is no regular file");
	assert_int_equal(unlinkat(dir, path, AT_REMOVEDIR), 0);
	assert_int_equal(renameat(dir, "moved", dir, path), 0);
	expect(NULL, 0, NULL);
	assert_int_equal(renameat(dir, "index.json", dir, "moved"), 0);
	assert_int_equal(symlinkat("moved", dir, "index.json"), 0);
	expect(NULL, -ELOOP, "index.json: it is a link");
	assert_int_equal(unlinkat(dir, "index.json", 0), 0);
	expect(NULL, -ENOENT, "index.json: No such file");
}

/* The directory of blobs leads out of the layout, to a place where all of them are. */
static void test_outside(void **state)
{
	cleanup_free char *image = put_image("amd64", "'" EMPTY_DIFF "'", "");
	char path[256], target[512];
	int outside = test_dir(path, sizeof(path));

	(void)state;
	put_index(image);
	assert_int_equal(renameat(dir, "blobs", outside, "blobs"), 0);
	snprintf(target, sizeof(target), "%s/blobs", path);
	assert_int_equal(symlinkat(target, dir, "blobs"), 0);
	expect(NULL, -ENOENT, "No such file or directory");
	snprintf(target, sizeof(target), "..%s/blobs", path);
	assert_int_equal(unlinkat(dir, "blobs", 0), 0);
	assert_int_equal(symlinkat(target, dir, "blobs"), 0);
	expect(NULL, -ENOENT, "No such file or directory");
	close(outside);
	assert_int_equal(rmtree_at(AT_FDCWD, path), 0);
}

static void test_version(void **state)
{
	cleanup_free char *image = put_image("amd64", "'" EMPTY_DIFF "'", "");

	(void)state;
	put_index(image);
	put("oci-layout", "{'imageLayoutVersion':'2.0.0'}");
	expect(NULL, -ENOTSUP, "oci-layout: the version is '2.0.0', only 1.0.0 is known");
	put("oci-layout", "{}");
	expect(NULL, -ENOTSUP, "oci-layout: the version is ''");
	put("oci-layout", "[]");
	expect(NULL, -ENOTSUP, "oci-layout: the version is ''");
	put("oci-layout", "");
	expect(NULL, -EINVAL, "oci-layout: line 1");
	assert_int_equal(unlinkat(dir, "oci-layout", 0), 0);
	assert_false(layout_is_one(dir));
	expect(NULL, -ENOENT, "oci-layout: No such file");
}

/* Someone else's fetch, that gives what it has. */
static int fetch_text(attr_unused const struct descriptor *d, struct strbuf *ret, void *data,
		      attr_unused char **ret_message)
{
	strbuf_add_str(ret, data);
	return 0;
}

static void test_size(void **state)
{
	static char text[] = "{}";
	struct descriptor d = { .type = { MEDIA_MANIFEST }, .size = 1 };
	cleanup_platform struct platform wanted = PLATFORM_INIT;
	cleanup_image struct image image = IMAGE_INIT;
	cleanup_free char *message = NULL;

	(void)state;
	assert_int_equal(
		digest_parse(
			"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
			&d.digest),
		0);
	for (; d.size <= 3; d.size++) {
		int r = image_resolve(&d, &wanted, fetch_text, text, &image, &message);

		assert_int_equal(r, d.size == 2 ? -EINVAL : -EBADMSG);
		assert_non_null(strstr(message, d.size == 2 ? "its 'schemaVersion' is not 2"
							    : "it has 2 bytes and not"));
	}
	d.size = DOCUMENT_SIZE_MAX + 1;
	assert_int_equal(image_resolve(&d, &wanted, fetch_text, text, &image, &message), -E2BIG);
}

static int load(void **state)
{
	(void)state;
	return json_load() < 0 ? -1 : hasher_load();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_layout, remove_layout)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whole), TEST(test_names),    TEST(test_platforms),
		TEST(test_bytes), TEST(test_digests),  TEST(test_depth),
		TEST(test_chain), TEST(test_tampered), TEST(test_config_tampered),
		TEST(test_links), TEST(test_outside),  TEST(test_version),
		TEST(test_size),  TEST(test_long_names),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
