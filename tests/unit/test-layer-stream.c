/* SPDX-License-Identifier: MIT */
/* A layer's stream: compression, digests, sizes, bombs; and a whole image beside umoci's. */
#include "layertest.h"

/* --- the stream --------------------------------------------------------------------------- */

static struct digest digest_of(const char *data, size_t size)
{
	struct hasher *h;
	struct digest d;

	assert_int_equal(hasher_load(), 0);
	h = hasher_new(DIGEST_SHA256);
	hasher_update(h, data, size);
	hasher_finish(h, &d);
	hasher_free(h);
	return d;
}

/* Make tar what a program makes of it. */
static void pack(const char *command)
{
	char path[340], line[700], *got;
	int fd = openat(dir, "plain", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct stat st;

	assert_int_equal(write_all(fd, tar.buf, tar.len), 0);
	close(fd);
	snprintf(path, sizeof(path), "%s/plain", dir_path);
	snprintf(line, sizeof(line), "%s <%s >%s.packed", command, path, path);
	assert_int_equal(run_command(line), 0);
	fd = openat(dir, "plain.packed", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	strbuf_clear(&tar);
	got = strbuf_reserve(&tar, (size_t)st.st_size);
	assert_int_equal(read(fd, got, (size_t)st.st_size), st.st_size);
	tar.len = (size_t)st.st_size;
	close(fd);
}

static void small_layer(struct digest *diff_id)
{
	add_file("a", "content of a");
	add_file("b", "content of b");
	tar_end(&tar);
	*diff_id = digest_of(tar.buf, tar.len);
	spec.diff_id = diff_id;
}

static void describe_blob(struct digest *digest)
{
	*digest = digest_of(tar.buf, tar.len);
	spec.digest = digest;
	spec.size = tar.len;
}

static void test_compressions(void **state)
{
	static const struct {
		const char *command, *media_type;
	} cases[] = {
		{ "cat", "application/vnd.oci.image.layer.v1.tar" },
		{ "cat", "application/vnd.docker.image.rootfs.diff.tar" },
		{ "gzip", "application/vnd.oci.image.layer.v1.tar+gzip" },
		{ "gzip", "application/vnd.docker.image.rootfs.diff.tar.gzip" },
		{ "zstd -q", "application/vnd.oci.image.layer.v1.tar+zstd" },
		{ "zstd -q --long=27", "application/vnd.oci.image.layer.v1.nondistributable.tar+zstd" },
		{ "xz", NULL },
		{ "bzip2", NULL },
	};
	struct digest digest, diff_id;

	(void)state;
	need_root();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (int known = 0; known < 2; known++) {
			small_layer(&diff_id);
			pack(cases[i].command);
			describe_blob(&digest);
			spec.media_type = known ? cases[i].media_type : NULL;
			assert_int_equal(apply_bytes(), 0);
			assert_string_equal(said, "");
			assert_content("a", "content of a");
			assert_content("b", "content of b");
			assert_int_equal(rmtree_at(root, "a"), 0);
		}
	}
}

static void test_media_types(void **state)
{
	static const struct {
		const char *media_type, *command, *text;
	} cases[] = {
		{ "application/vnd.oci.image.layer.v1.tar+gzip", "zstd -q",
		  "it is not gzip as its media type says" },
		{ "application/vnd.oci.image.layer.v1.tar+zstd", "gzip",
		  "it is not zstd as its media type says" },
		{ "application/vnd.oci.image.layer.v1.tar+gzip", "cat",
		  "it is not gzip as its media type says" },
		{ "application/vnd.oci.image.layer.v1.tar", "gzip", "it is not an uncompressed tarball" },
		{ "text/html", "cat", "layers of the media type 'text/html' are not known" },
	};

	(void)state;
	need_root();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		add_file("a", "x");
		tar_end(&tar);
		pack(cases[i].command);
		spec.media_type = cases[i].media_type;
		assert_true(apply_bytes() < 0);
		assert_said(cases[i].text);
		assert_false(is_there("a"));
	}
}

static void test_wrong_digests(void **state)
{
	struct digest digest, diff_id;

	(void)state;
	need_root();
	for (int i = 0; i < 2; i++) {
		const char *command = i == 0 ? "gzip" : "cat";

		small_layer(&diff_id);
		pack(command);
		describe_blob(&digest);
		digest.bytes[3] ^= 1;
		assert_true(apply_bytes() < 0);
		assert_said("cannot unpack 'the layer': it is not what was asked for: its digest is sha256:");

		small_layer(&diff_id);
		diff_id.bytes[31] ^= 1;
		pack(command);
		describe_blob(&digest);
		assert_true(apply_bytes() < 0);
		assert_said("cannot unpack 'the layer': its uncompressed content has the digest sha256:");

		/* A bit that fell over is told as what it is, and not as what came of it. */
		small_layer(&diff_id);
		pack(command);
		describe_blob(&digest);
		tar.buf[tar.len / 2] ^= 0x40;
		assert_true(apply_bytes() < 0);
		assert_said("it is not what was asked for");
	}
	/* Content behind the end of the tarball counts, too. */
	small_layer(&diff_id);
	tar_end(&tar);
	spec.digest = NULL;
	spec.size = UINT64_MAX;
	assert_true(apply_bytes() < 0);
	assert_said("its uncompressed content has the digest");
}

static void test_sha512(void **state)
{
	struct digest diff_id = { .algorithm = DIGEST_SHA512 };
	struct hasher *h;

	(void)state;
	need_root();
	assert_int_equal(hasher_load(), 0);
	add_file("a", "x");
	tar_end(&tar);
	h = hasher_new(DIGEST_SHA512);
	hasher_update(h, tar.buf, tar.len);
	hasher_finish(h, &diff_id);
	hasher_free(h);
	spec.diff_id = &diff_id;
	assert_int_equal(apply_bytes(), 0);
}

static void test_sizes(void **state)
{
	struct digest digest, diff_id;
	size_t len;

	(void)state;
	need_root();
	for (int i = 0; i < 3; i++) {
		static const char *const commands[] = { "gzip", "cat", "zstd -q" };

		small_layer(&diff_id);
		pack(commands[i]);
		describe_blob(&digest);
		tar.len -= 5;
		assert_true(apply_bytes() < 0);
		assert_said("it is too short: ");

		small_layer(&diff_id);
		pack(commands[i]);
		describe_blob(&digest);
		strbuf_add(&tar, "\0\0\0\0", 4);
		assert_true(apply_bytes() < 0);
		assert_said("it is longer than it was said to be");

		/* Without a size the end of the compressed data says it. */
		small_layer(&diff_id);
		pack(commands[i]);
		spec = (struct layer_spec)LAYER_SPEC_INIT;
		len = tar.len;
		tar.len -= i == 1 ? 600 : 5;
		assert_true(apply_bytes() < 0);
		assert_said("cut short");
		assert_true(len > 0);
	}
}

static void test_several_members(void **state)
{
	static const char *const commands[] = {
		"sh -c 'head -c 700 | gzip; cat | gzip'",
		"sh -c 'head -c 700 | gzip; gzip; head -c 3000 /dev/zero'",
		"sh -c 'head -c 700 | zstd -q; zstd -q'",
		/* Frames that are to be skipped in front, between, and behind, as in zstd:chunked. */
		("sh -c 'printf \"\\120\\052\\115\\030\\003\\0\\0\\0abc\"; head -c 700 | zstd -q; "
		"printf \"\\137\\052\\115\\030\\0\\0\\0\\0\"; zstd -q; printf \"\\121\\052\\115\\030\\001\\0\\0\\0x\"'"),
		"sh -c 'head -c 700 | bzip2; bzip2'",
		"sh -c 'head -c 700 | xz; xz'",
	};
	struct digest diff_id;

	(void)state;
	need_root();
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		small_layer(&diff_id);
		pack(commands[i]);
		if (apply_bytes() < 0)
			fail_msg("%s: %s", commands[i], said);
	}
	small_layer(&diff_id);
	pack("sh -c 'zstd -q; echo garbage'");
	assert_true(apply_bytes() < 0);
	assert_said("damaged");
	small_layer(&diff_id);
	pack("sh -c 'gzip; echo garbage'");
	assert_int_equal(apply_bytes(), 0);
	assert_said("what follows the end of the compressed data is not used");
}

/* Byte by byte, as a slow network may give it. */
static void test_pipe(void **state)
{
	int fds[2], status;
	struct digest digest, diff_id;
	pid_t pid;

	(void)state;
	need_root();
	small_layer(&diff_id);
	pack("gzip");
	describe_blob(&digest);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		for (size_t i = 0; i < tar.len; i++)
			(void)!write(fds[1], tar.buf + i, 1);
		_exit(0);
	}
	close(fds[1]);
	assert_int_equal(apply_fd(fds[0]), 0);
	assert_content("b", "content of b");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* --- bombs -------------------------------------------------------------------------------- */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_MAX 0 /* it has a memory of its own */
#else
#define MEMORY_MAX (64 * 1024)
#endif

/* Apply what a program writes, in a process of its own, whose children's peak is then known. */
static void bomb(const char *command, const char *text)
{
	int fds[2], status;
	pid_t pid, packer;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	packer = start_command(command, fds[1]);
	close(fds[1]);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		struct rusage usage;
		int failed = 0;

		failed |= apply_fd(fds[0]) >= 0;
		if (!strstr(said, text)) {
			print_error("%s: '%s' is not in: %s", command, text, said);
			failed |= 2;
		}
		getrusage(RUSAGE_CHILDREN, &usage);
		if (MEMORY_MAX && usage.ru_maxrss > MEMORY_MAX) {
			print_error("%s: took %ld KiB\n", command, usage.ru_maxrss);
			failed |= 4;
		}
		_exit(failed);
	}
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	waitpid(packer, NULL, 0);
	assert_int_equal(status, 0);
}

static void test_bombs(void **state)
{
	(void)state;
	need_root();
	spec.max_content = 100 << 20;
	bomb("head -c 300M /dev/zero | gzip -1",
	     "it unpacks to more than the 104857600 bytes that are allowed");
	bomb("head -c 300M /dev/zero | bzip2", "it unpacks to more than the 104857600 bytes");
	bomb("head -c 300M /dev/zero | zstd -q", "it unpacks to more than the 104857600 bytes");
	bomb("head -c 300M /dev/zero", "it unpacks to more than the 104857600 bytes");
	bomb("yes '' | tr '\\n' '\\0' | head -c 300M | xz -0", "it unpacks to more than the 104857600 bytes");
	/* A frame whose window is 2 GiB, and a block of it. */
	bomb("printf '\\050\\265\\057\\375\\0\\250\\103\\0\\020\\0'",
	     "its zstd window is larger than 128 MiB");
	/* The dictionary size in the block header made 4 GiB, and its checksum mended. */
	bomb("head -c 300M /dev/zero | python3 -c 'import lzma, sys, zlib\n"
	     "b = bytearray(lzma.compress(sys.stdin.buffer.read(), preset=0))\n"
	     "n = (b[12] + 1) * 4\n"
	     "b[16] = 40\n"
	     "b[12 + n - 4:12 + n] = zlib.crc32(b[12:12 + n - 4]).to_bytes(4, \"little\")\n"
	     "sys.stdout.buffer.write(b)'",
	     MEMORY_MAX ? "unpacking it takes more memory than the 192 MiB"
			: "more than the 104857600 bytes");
}

/* --- beside umoci ------------------------------------------------------------------------- */

/* layers.py makes an image of layers that try the whole standard, and compares two trees. */
static void test_umoci(void **state)
{
	char line[1000], path[400];

	(void)state;
	need_root();
	if (run_command("command -v umoci python3 >/dev/null") != 0) {
		print_message("needs umoci and python3\n");
		skip();
	}
	snprintf(line, sizeof(line), "exec >&2; python3 tests/unit/layers.py make %s/image", dir_path);
	assert_int_equal(run_command(line), 0);
	snprintf(line, sizeof(line), "exec >&2; umoci --log=error unpack --image %s/image:test %s/bundle",
		 dir_path, dir_path);
	assert_int_equal(run_command(line), 0);
	for (int i = 1; i <= 4; i++) {
		struct capture c;
		int fd, r;

		snprintf(path, sizeof(path), "image/layer-%d", i);
		fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		c = capture_start(stderr);
		r = layer_apply(fd, &spec, root, path);
		said = capture_end(&c);
		close(fd);
		if (r < 0)
			fail_msg("%s", said);
	}
	snprintf(line, sizeof(line),
		 "exec >&2; python3 tests/unit/layers.py compare %s/bundle/rootfs %s/root", dir_path,
		 dir_path);
	assert_int_equal(run_command(line), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_compressions), TEST(test_media_types), TEST(test_wrong_digests),
		TEST(test_sha512),       TEST(test_sizes),       TEST(test_several_members),
		TEST(test_pipe),         TEST(test_bombs),       TEST(test_umoci),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
