/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "image/cache.h"

static struct store store;
static char path[256];

static int setup(void **state)
{
	(void)state;
	store = (struct store)STORE_INIT;
	config_init(&store.config);
	store.fd = test_dir(path, sizeof(path));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(store.fd);
	config_done(&store.config);
	assert_int_equal(rmtree_at(AT_FDCWD, path), 0);
	return 0;
}

static struct digest digest_of(const char *text)
{
	cleanup_hasher struct hasher *h = NULL;
	struct digest d;

	assert_int_equal(hasher_load(), 0);
	h = hasher_new(DIGEST_SHA256);
	hasher_update(h, text, strlen(text));
	hasher_finish(h, &d);
	return d;
}

static void put(const struct cache *c, const char *text)
{
	cleanup_cache_fetch struct cache_fetch f = CACHE_FETCH_INIT;
	struct digest d = digest_of(text);

	assert_int_equal(cache_fetch_begin(c, &d, &f), 0);
	assert_int_equal(f.offset, 0);
	assert_int_equal(write_all(f.fd, text, strlen(text)), 0);
	assert_int_equal(cache_fetch_commit(&f), 0);
}

/* Made used so many seconds after the Epoch. */
static void set_used(const struct cache *c, const char *text, time_t at)
{
	struct timespec times[2] = { { .tv_sec = at }, { .tv_sec = at } };
	struct digest d = digest_of(text);
	char name[DIGEST_TEXT_SIZE];

	digest_text(&d, name);
	*strchr(name, ':') = '/';
	assert_int_equal(utimensat(c->blobs_fd, name, times, 0), 0);
}

static bool has(const struct cache *c, const char *text)
{
	struct digest d = digest_of(text);
	int fd = cache_read(c, &d, strlen(text));
	char buf[64] = "";

	if (fd < 0) {
		assert_int_equal(fd, -ENOENT);
		return false;
	}
	assert_int_equal(read(fd, buf, sizeof(buf)), strlen(text));
	assert_memory_equal(buf, text, strlen(text));
	close(fd);
	return true;
}

static void test_put_and_read(void **state)
{
	cleanup_cache struct cache c = CACHE_INIT;
	struct digest d = digest_of("blob");
	struct cache_fetch f = CACHE_FETCH_INIT;

	(void)state;
	assert_int_equal(cache_open(&store, STORE_WRITE, &c), 0);
	assert_false(has(&c, "blob"));
	put(&c, "blob");
	assert_true(has(&c, "blob"));
	assert_int_equal(cache_read(&c, &d, 5), -ENOENT); /* of another size */
	assert_int_equal(cache_fetch_begin(&c, &d, &f), -EEXIST);
	cache_drop(&c, &d);
	assert_false(has(&c, "blob"));
}

static void test_goes_on(void **state)
{
	cleanup_cache struct cache c = CACHE_INIT;
	struct digest d = digest_of("blob");
	struct cache_fetch f = CACHE_FETCH_INIT;
	struct cache_list l = { 0 };

	(void)state;
	assert_int_equal(cache_open(&store, STORE_WRITE, &c), 0);
	assert_int_equal(cache_fetch_begin(&c, &d, &f), 0);
	assert_int_equal(write_all(f.fd, "bl", 2), 0);
	cache_fetch_done(&f);
	assert_false(has(&c, "blob"));

	assert_int_equal(cache_fetch_begin(&c, &d, &f), 0);
	assert_int_equal(f.offset, 2);
	assert_int_equal(cache_fetch_restart(&f), 0);
	assert_int_equal(f.offset, 0);
	cache_fetch_done(&f);
	assert_int_equal(cache_list(&c, &l), 0);
	assert_int_equal(l.n, 0);
}

/* As another process would find it: the lock is the file description's. */
static void test_one_at_a_time(void **state)
{
	cleanup_cache struct cache c = CACHE_INIT;
	struct digest d = digest_of("blob");
	struct cache_fetch f = CACHE_FETCH_INIT, other = CACHE_FETCH_INIT;

	(void)state;
	assert_int_equal(cache_open(&store, STORE_WRITE, &c), 0);
	assert_int_equal(cache_fetch_begin(&c, &d, &f), 0);
	assert_int_equal(cache_fetch_begin(&c, &d, &other), -EBUSY);
	assert_int_equal(write_all(f.fd, "blob", 4), 0);
	assert_int_equal(cache_fetch_commit(&f), 0);
	assert_int_equal(cache_fetch_begin(&c, &d, &other), -EEXIST);
	cache_fetch_done(&f);
}

static void test_tags(void **state)
{
	cleanup_cache struct cache c = CACHE_INIT;
	cleanup_cache_tag struct cache_tag got = { 0 };
	struct cache_tag tag = { .media_type = (char[]){ "a/b" }, .fetched = 12 };

	(void)state;
	tag.digest = digest_of("index");
	assert_int_equal(cache_open(&store, STORE_WRITE, &c), 0);
	assert_int_equal(cache_tag_read(&c, "example.org/x:1", &got), -ENOENT);
	assert_int_equal(cache_tag_write(&c, "example.org/x:1", &tag), 0);
	assert_int_equal(cache_tag_read(&c, "example.org/x:2", &got), -ENOENT);
	assert_int_equal(cache_tag_read(&c, "example.org/x:1", &got), 0);
	assert_true(digest_equal(&got.digest, &tag.digest));
	assert_string_equal(got.media_type, "a/b");
	assert_int_equal(got.fetched, 12);
}

static void test_trim(void **state)
{
	cleanup_cache struct cache c = CACHE_INIT;
	cleanup_cache_list struct cache_list l = { 0 };
	struct cache_tag tag = { .media_type = (char[]){ "a/b" } };
	struct cache_tag got;
	uint64_t freed;

	(void)state;
	assert_int_equal(cache_open(&store, STORE_WRITE, &c), 0);
	put(&c, "one");
	put(&c, "second");
	put(&c, "the third");
	set_used(&c, "one", 300);
	set_used(&c, "second", 100);
	set_used(&c, "the third", 200);
	assert_int_equal(cache_list(&c, &l), 0);
	assert_int_equal(l.n, 3);
	assert_int_equal(l.size, 18);
	assert_int_equal(l.entries[0].size, 6);
	assert_int_equal(l.entries[0].used, 100);
	assert_int_equal(l.entries[2].size, 3);

	assert_int_equal(cache_trim(&c, 18, &freed), 0);
	assert_int_equal(freed, 0);
	assert_int_equal(cache_trim(&c, 17, &freed), 0);
	assert_int_equal(freed, 6);
	assert_false(has(&c, "second"));
	assert_true(has(&c, "one") && has(&c, "the third"));

	assert_int_equal(cache_tag_write(&c, "x", &tag), 0);
	assert_int_equal(cache_trim(&c, 0, &freed), 0);
	assert_int_equal(freed, 12);
	assert_int_equal(cache_tag_read(&c, "x", &got), -ENOENT);
}

/* What is being fetched is nobody's to remove; what was cut off is. */
static void test_trim_partial(void **state)
{
	cleanup_cache struct cache c = CACHE_INIT;
	struct cache_fetch f = CACHE_FETCH_INIT, cut = CACHE_FETCH_INIT;
	struct digest d = digest_of("blob"), e = digest_of("other");
	uint64_t freed;

	(void)state;
	assert_int_equal(cache_open(&store, STORE_WRITE, &c), 0);
	assert_int_equal(cache_fetch_begin(&c, &d, &f), 0);
	assert_int_equal(write_all(f.fd, "bl", 2), 0);
	assert_int_equal(cache_fetch_begin(&c, &e, &cut), 0);
	assert_int_equal(write_all(cut.fd, "oth", 3), 0);
	cache_fetch_done(&cut);
	assert_int_equal(cache_trim(&c, 0, &freed), 0);
	assert_int_equal(freed, 3);
	assert_int_equal(write_all(f.fd, "ob", 2), 0);
	assert_int_equal(cache_fetch_commit(&f), 0);
	cache_fetch_done(&f);
	assert_true(has(&c, "blob"));
}

static void test_keeps_nothing(void **state)
{
	cleanup_cache struct cache c = CACHE_INIT;
	struct cache_list l = { 0 };
	struct cache_fetch f = CACHE_FETCH_INIT;
	struct digest d = digest_of("blob");
	struct cache_tag tag = { .media_type = (char[]){ "a/b" } };
	struct cache_tag got;
	char buf[8];

	(void)state;
	store.config.oci_cache_max_size = 0;
	assert_int_equal(cache_open(&store, STORE_WRITE, &c), 0);
	assert_int_equal(cache_fetch_begin(&c, &d, &f), 0);
	assert_int_equal(write_all(f.fd, "blob", 4), 0);
	assert_int_equal(cache_fetch_commit(&f), 0);
	assert_int_equal(pread(f.fd, buf, sizeof(buf), 0), 4);
	cache_fetch_done(&f);
	assert_false(has(&c, "blob"));
	assert_int_equal(cache_fetch_begin(&c, &d, &f), 0);
	assert_int_equal(write_all(f.fd, "bl", 2), 0);
	cache_fetch_done(&f);
	assert_int_equal(cache_tag_write(&c, "x", &tag), 0);
	assert_int_equal(cache_tag_read(&c, "x", &got), -ENOENT);
	assert_int_equal(cache_list(&c, &l), 0);
	assert_int_equal(l.n, 0);
}

static void test_place_of_its_own(void **state)
{
	cleanup_cache struct cache c = CACHE_INIT;
	cleanup_free char *elsewhere = NULL;

	(void)state;
	assert_true(asprintf(&elsewhere, "%s/a/b", path) > 0);
	free(store.config.oci_cache_dir);
	store.config.oci_cache_dir = strdup(elsewhere);
	assert_int_equal(cache_open(&store, STORE_WRITE, &c), 0);
	assert_string_equal(c.path, elsewhere);
	put(&c, "blob");
	assert_true(exists_at(store.fd, "a/b/blobs/sha256"));
	assert_false(exists_at(store.fd, "cache"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_put_and_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_goes_on, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_at_a_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tags, setup, teardown),
		cmocka_unit_test_setup_teardown(test_trim, setup, teardown),
		cmocka_unit_test_setup_teardown(test_trim_partial, setup, teardown),
		cmocka_unit_test_setup_teardown(test_keeps_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_place_of_its_own, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
