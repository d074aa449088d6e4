/* SPDX-License-Identifier: MIT */
/* Directories with what "docker save" writes, whole and tampered with. */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/strbuf.h"
#include "json.h"
#include "oci/docker_archive.h"
#include "tar.h"

#define DIFF_IDS(n) "'sha256:" n n n n n n n n n n n n n n n n "'"
#define CONFIG(diff_ids) \
	"{'os':'linux','architecture':'amd64','rootfs':{'type':'layers','diff_ids':[" diff_ids "]}}"
#define TWO DIFF_IDS("0123") "," DIFF_IDS("abcd")
/* Of CONFIG(TWO). */
#define CONFIG_HEX "6674d84aa6f8fd96a2e09929dc89b8c80ec9be44e75dfd21cfc2ba21f52f0775"

static int dir = -1;

static void put(const char *path, const char *text)
{
	cleanup_close int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	cleanup_free char *json = with_quotes(text);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, json, strlen(json)), 0);
}

static int make_archive(void **state)
{
	(void)state;
	dir = test_dir(NULL, 0);
	put("c.json", CONFIG(TWO));
	put("one.tar", "one");
	put("two.tar", "two");
	put("manifest.json",
	    "[{'Config':'c.json','RepoTags':['h.example/x:1','ubuntu'],'Layers':['one.tar','two.tar']}]");
	return 0;
}

static int remove_archive(void **state)
{
	char path[64], target[256] = "";

	(void)state;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", dir);
	assert_true(readlink(path, target, sizeof(target) - 1) > 0);
	close(dir);
	return rmtree_at(AT_FDCWD, target);
}

static void expect_for(const char *platform, const char *name, int want_r, const char *want_message)
{
	cleanup_docker_image struct docker_image image = DOCKER_IMAGE_INIT;
	cleanup_platform struct platform wanted = PLATFORM_INIT;
	cleanup_free char *message = NULL;
	int r;

	assert_int_equal(platform_parse(platform, &wanted), 0);
	r = docker_archive_read_image(dir, name, &wanted, &image, &message);
	if (r != want_r)
		fail_msg("%d: %s", r, message ? message : "");
	if (want_message)
		assert_non_null(strstr(message, want_message));
	assert_int_equal(image.layers.n, r == 0 ? 2 : 0);
	assert_int_equal(image.config.n_diff_ids, image.layers.n);
}

static void expect(const char *name, int want_r, const char *want_message)
{
	expect_for("linux/amd64", name, want_r, want_message);
}

static void test_whole(void **state)
{
	cleanup_docker_image struct docker_image image = DOCKER_IMAGE_INIT;
	cleanup_platform struct platform wanted = PLATFORM_INIT;
	cleanup_free char *message = NULL;
	char text[DIGEST_TEXT_SIZE], content[3];
	int fd;

	(void)state;
	assert_true(docker_archive_is_one(dir));
	assert_int_equal(docker_archive_read_image(dir, NULL, &wanted, &image, &message), 0);
	digest_text(&image.digest, text);
	assert_string_equal(text, "sha256:" CONFIG_HEX);
	assert_string_equal(image.layers.v[0], "one.tar");
	fd = docker_archive_open_layer(dir, &image, 1, &message);
	assert_int_equal(read(fd, content, 3), 3);
	assert_memory_equal(content, "two", 3);
	close(fd);
	assert_int_equal(unlinkat(dir, "two.tar", 0), 0);
	assert_int_equal(docker_archive_open_layer(dir, &image, 1, &message), -ENOENT);
	assert_string_equal(message, "two.tar: No such file or directory");
	/* What docker writes when a layer is there twice, and what a hostile archive has. */
	assert_int_equal(symlinkat("../../one.tar", dir, "two.tar"), 0);
	fd = docker_archive_open_layer(dir, &image, 1, &message);
	assert_int_equal(read(fd, content, 3), 3);
	assert_memory_equal(content, "one", 3);
	close(fd);
	assert_int_equal(unlinkat(dir, "two.tar", 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", dir, "two.tar"), 0);
	assert_int_equal(docker_archive_open_layer(dir, &image, 1, &message), -ENOENT);
	assert_int_equal(unlinkat(dir, "two.tar", 0), 0);
	assert_int_equal(mkfifoat(dir, "two.tar", 0644), 0);
	assert_int_equal(docker_archive_open_layer(dir, &image, 1, &message), -ENOTSUP);
}

static void test_names(void **state)
{
	(void)state;
	expect("h.example/x:1", 0, NULL);
	expect("ubuntu:latest", 0, NULL);
	expect("library/ubuntu", 0, NULL);
	expect("x:1", -ENOENT,
	       "manifest.json: there is no image 'x:1', only: h.example/x:1, ubuntu");
	put("manifest.json",
	    "[{'Config':'c.json','RepoTags':['x:1'],'Layers':['one.tar','two.tar']},"
	    "{'Config':'none.json','RepoTags':['x:2'],'Layers':['one.tar']}]");
	expect("x:1", 0, NULL);
	expect("x:2", -ENOENT, "none.json: No such file");
	expect(NULL, -ENOTUNIQ, "manifest.json: there are several images, name one: x:1, x:2");
	put("manifest.json", "[]");
	expect(NULL, -ENOENT, "manifest.json: it names no image");
}

static void test_config(void **state)
{
	(void)state;
	expect_for("linux/arm64", NULL, -ENOEXEC,
		   "c.json: the image is for linux/amd64, not for linux/arm64");
	put("c.json", CONFIG(DIFF_IDS("0123")));
	expect(NULL, -EINVAL, "c.json: the configuration names 1 layers, the manifest 2");
	put("c.json", "{");
	expect(NULL, -EINVAL, "c.json: line 1");
	put(CONFIG_HEX ".json", CONFIG(TWO));
	put("manifest.json", "[{'Config':'" CONFIG_HEX ".json','Layers':['one.tar','two.tar']}]");
	expect(NULL, 0, NULL);
	put(CONFIG_HEX ".json", CONFIG(TWO) " ");
	expect(NULL, -EBADMSG, "its bytes are not those of this digest");
	assert_int_equal(unlinkat(dir, CONFIG_HEX ".json", 0), 0);
	assert_int_equal(symlinkat("/etc/hostname", dir, CONFIG_HEX ".json"), 0);
	expect(NULL, -ENOENT, "No such file or directory");
	assert_int_equal(unlinkat(dir, "manifest.json", 0), 0);
	assert_false(docker_archive_is_one(dir));
	expect(NULL, -ENOENT, "manifest.json: No such file");
}

static const char *const refused[][2] = {
	{ "{}", "it is no list" },
	{ "[7]", "image 1: it is no object" },
	{ "[{}]", "image 1: it has no 'Config'" },
	{ "[{'Config':7}]", "image 1: 'Config' is not a string" },
	{ "[{'Config':'c'}]", "image 1: it has no layers" },
	{ "[{'Config':'c','Layers':['l']},{'Config':'c','Layers':[]}]",
	  "image 2: it has no layers" },
	{ "[{'Config':'c','Layers':'l'}]", "image 1: 'Layers' is not a list" },
	{ "[{'Config':'c','Layers':['l'],'RepoTags':[7]}]",
	  "image 1: 'RepoTags' has an entry that is no string" },
	{ "[{'Config':'','Layers':['l']}]", "image 1: '' is no path of a file" },
	{ "[{'Config':'../c','Layers':['l']}]", "image 1: '../c' is no path of a file" },
	{ "[{'Config':'c','Layers':['a/../../l']}]", "image 1: 'a/../../l' is no path of a file" },
	{ "[{'Config':'c','Layers':['l\\n']}]", "image 1: 'l\n' is no path of a file" },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		cleanup_docker_archive struct docker_archive archive = { NULL, 0 };
		cleanup_free char *json = with_quotes(refused[i][0]), *message = NULL;

		if (docker_archive_parse(json, strlen(json), &archive, &message) >= 0)
			fail_msg("%s is taken", refused[i][0]);
		assert_string_equal(message, refused[i][1]);
	}
}

static void test_count(void **state)
{
	(void)state;
	for (size_t n = DOCKER_ARCHIVE_IMAGES_MAX; n <= DOCKER_ARCHIVE_IMAGES_MAX + 1; n++) {
		cleanup_docker_archive struct docker_archive archive = { NULL, 0 };
		cleanup_strbuf struct strbuf text = STRBUF_INIT;
		cleanup_free char *message = NULL;

		for (size_t i = 0; i < n; i++)
			strbuf_addf(&text, "%s{\"Config\":\"c\",\"Layers\":[\"l\"]}",
				    i > 0 ? "," : "[");
		strbuf_add_str(&text, "]");
		assert_int_equal(docker_archive_parse(text.buf, text.len, &archive, &message),
				 n <= DOCKER_ARCHIVE_IMAGES_MAX ? 0 : -E2BIG);
	}
}

/* A layer of one file; its diff_id. */
static char *put_layer(const char *path, const char *name, const char *text)
{
	cleanup_strbuf struct strbuf tar = STRBUF_INIT;
	cleanup_hasher struct hasher *h = hasher_new(DIGEST_SHA256);
	cleanup_close int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	char digest[DIGEST_TEXT_SIZE];
	struct digest d;

	tar_add(&tar, (struct tar_entry){ .name = name, .type = '0', .mode = 0644, .data = text });
	tar_end(&tar);
	assert_int_equal(write_all(fd, tar.buf, tar.len), 0);
	hasher_update(h, tar.buf, tar.len);
	hasher_finish(h, &d);
	digest_text(&d, digest);
	return xstrdup(digest);
}

static int unpack(const char *first, const char *second, const char *root)
{
	cleanup_free char *config = xasprintf(CONFIG("'%s','%s'"), first, second), *message = NULL,
			  *layers = NULL;
	cleanup_docker_image struct docker_image image = DOCKER_IMAGE_INIT;
	cleanup_platform struct platform wanted = PLATFORM_INIT;
	cleanup_kvfile struct kvfile meta = KVFILE_INIT;
	cleanup_close int root_fd = -1;

	put("c.json", config);
	assert_int_equal(mkdirat(dir, root, 0755), 0);
	root_fd = openat(dir, root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(docker_archive_read_image(dir, NULL, &wanted, &image, &message), 0);
	docker_image_describe(&image, &meta);
	layers = xasprintf("%s %s", first, second);
	assert_string_equal(kvfile_get(&meta, "LAYERS"), layers);
	return docker_archive_unpack(dir, &image, root_fd, "archive");
}

static void test_unpack(void **state)
{
	cleanup_free char *first = put_layer("one.tar", "a", "one"),
			  *second = put_layer("two.tar", "a", "two");
	cleanup_free char *text = NULL;
	struct capture c;
	const char *said;
	int r;

	(void)state;
	if (geteuid() != 0) {
		print_message("needs root: owners\n");
		skip();
	}
	assert_int_equal(unpack(first, second, "root"), 0);
	assert_int_equal(read_file_at(dir, "root/a", 10, &text), 0);
	assert_string_equal(text, "two");
	c = capture_start(stderr);
	r = unpack(second, first, "other");
	said = capture_end(&c);
	assert_true(r < 0);
	assert_non_null(strstr(said, "archive: layer 1, one.tar"));
	c = capture_start(stderr);
	assert_int_equal(unlinkat(dir, "two.tar", 0), 0);
	r = unpack(first, second, "third");
	said = capture_end(&c);
	assert_int_equal(r, -ENOENT);
	assert_non_null(
		strstr(said, "cannot unpack 'archive': two.tar: No such file or directory"));
}

static int load(void **state)
{
	(void)state;
	return json_load() < 0 ? -1 : hasher_load();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_archive, remove_archive)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whole),
		TEST(test_names),
		TEST(test_config),
		TEST(test_unpack),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_count),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
