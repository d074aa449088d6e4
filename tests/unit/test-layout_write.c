/* SPDX-License-Identifier: MIT */
/* What becomes of an index.json that gets one more image. */
#include "test.h"

#include <errno.h>

#include "base/cleanup.h"
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

static int load(void **state)
{
	(void)state;
	return json_load();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new),
		cmocka_unit_test(test_others_stay),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
