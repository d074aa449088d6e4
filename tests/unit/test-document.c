/* SPDX-License-Identifier: MIT */
/* Indexes and manifests: what is read of them, what is refused and with which words, and which entry of an
 * index is chosen. */
#include "test.h"

#include <errno.h>

#include "base/strbuf.h"
#include "json.h"
#include "oci/document.h"

#define OCI "application/vnd.oci.image."
#define DOCKER "application/vnd.docker."
#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B64 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define DESCRIPTOR(type, digest, more) \
	"{'mediaType':'" type "','size':7,'digest':'sha256:" digest "'" more "}"
#define CONFIG "'config':" DESCRIPTOR(OCI "config.v1+json", A64, "")
#define LAYER DESCRIPTOR(OCI "layer.v1.tar+gzip", B64, "")
#define ENTRY(more) DESCRIPTOR(OCI "manifest.v1+json", A64, more)
#define ON(os, architecture, more) \
	",'platform':{'os':'" os "','architecture':'" architecture "'" more "}"

static int parse(const char *text, const char *type, struct document *ret, char **ret_message)
{
	cleanup_free char *json = with_quotes(text);

	return document_parse(json, strlen(json), type, ret, ret_message);
}

static void test_manifest(void **state)
{
	cleanup_document struct document d = DOCUMENT_INIT;
	cleanup_free char *message = NULL;
	const struct descriptor *layers;

	(void)state;
	assert_int_equal(
		parse("{'schemaVersion':2,'mediaType':'" DOCKER
		      "distribution.manifest.v2+json','config':" DESCRIPTOR(
			      DOCKER "container.image.v1+json", A64,
			      ",'data':'e30='") ",'layers':[" LAYER
						"," DESCRIPTOR(
							DOCKER "image.rootfs.foreign.diff.tar.gzip",
							A64,
							",'urls':['https://h.example/x'],'annotations':{'a':'b'}") ","
														   "{'mediaType':'" OCI
														   "layer.v1.tar+zstd','size':9007199254740991,"
														   "'digest':'sha512:" A64
															   A64
														   "'}]}",
		      DOCKER "distribution.manifest.v2+json; charset=utf-8", &d, &message),
		0);
	assert_int_equal(d.kind, MEDIA_MANIFEST);
	assert_int_equal(d.manifest.config.digest.bytes[0], 0xaa);
	assert_int_equal(d.manifest.config.size, 7);
	assert_int_equal(d.manifest.layers.n, 3);
	layers = d.manifest.layers.v;
	assert_int_equal(layers[0].type.packing, PACKING_GZIP);
	assert_false(layers[0].type.is_foreign);
	assert_int_equal(layers[0].digest.bytes[31], 0xbb);
	assert_true(layers[1].type.is_foreign);
	assert_int_equal(layers[2].type.packing, PACKING_ZSTD);
	assert_true(layers[2].size == JSON_INTEGER_MAX);
	assert_int_equal(layers[2].digest.algorithm, DIGEST_SHA512);
}

static void test_index(void **state)
{
	cleanup_document struct document d = DOCUMENT_INIT;
	cleanup_free char *message = NULL;
	const struct descriptor *v;

	(void)state;
	assert_int_equal(
		parse("{'schemaVersion':2,'mediaType':null,'manifests':[" ENTRY(ON("linux", "arm", ",'variant':'v6','os.version':'1','features':['x']")) "," ENTRY(
			      ",'annotations':{'org.opencontainers.image.ref.name':'1.0',"
			      "'io.containerd.image.name':'h.example/x:1.0'}") "," ENTRY(ON("unknown",
											    "unknown",
											    "") ",'annotations':{'vnd.docker.reference.type':"
												"'attestation-manifest'}") "," DESCRIPTOR("text/plain",
																	  B64,
																	  "") "]}",
		      OCI "index.v1+json", &d, &message),
		0);
	assert_int_equal(d.kind, MEDIA_INDEX);
	assert_int_equal(d.index.manifests.n, 4);
	v = d.index.manifests.v;
	assert_true(v[0].has_platform);
	assert_string_equal(v[0].platform.variant, "v6");
	assert_null(v[0].ref_name);
	assert_false(v[1].has_platform);
	assert_string_equal(v[1].ref_name, "1.0");
	assert_string_equal(v[1].image_name, "h.example/x:1.0");
	assert_false(v[1].is_attestation);
	assert_true(v[2].is_attestation);
	assert_int_equal(v[3].type.kind, MEDIA_UNKNOWN);
	assert_string_equal(v[3].type_text, "text/plain");
}

#define MANIFEST(members) "{'schemaVersion':2," members "}"
#define WITH_LAYER(layer) MANIFEST(CONFIG ",'layers':[" LAYER "," layer "]")
#define INDEX(entries) MANIFEST("'manifests':[" entries "]")

static const struct {
	const char *text, *type, *message;
} refused[] = {
	{ "[]", NULL, "it is no object" },
	{ "{", NULL, "line 1: string or '}' expected near end of file" },
	{ "{}", NULL, "its 'schemaVersion' is not 2" },
	{ "{'schemaVersion':3," CONFIG "}", NULL, "its 'schemaVersion' is not 2" },
	{ "{'schemaVersion':'2'," CONFIG "}", NULL, "'schemaVersion' is not a whole number" },
	{ "{'schemaVersion':2}", NULL, "it is neither an image index nor an image manifest" },
	{ "{'schemaVersion':2,'errors':[]}", NULL,
	  "it is neither an image index nor an image manifest" },
	{ MANIFEST(CONFIG ",'manifests':[]"), NULL,
	  "it is both an image index and an image manifest" },
	{ MANIFEST("'manifests':[],'layers':null"), NULL,
	  "it is both an image index and an image manifest" },
	{ MANIFEST("'mediaType':'" OCI "index.v1+json'," CONFIG ",'layers':[" LAYER "]"), NULL,
	  "it is called an image index, and is an image manifest" },
	{ MANIFEST("'mediaType':'" OCI "manifest.v1+json','manifests':[]"), NULL,
	  "it is called an image manifest, and is an image index" },
	{ MANIFEST("'mediaType':'" OCI "config.v1+json','manifests':[]"), NULL,
	  "it is called an image configuration, and is an image index" },
	{ MANIFEST(CONFIG ",'layers':[" LAYER "]"), OCI "index.v1+json",
	  "it is called an image index, and is an image manifest" },
	{ INDEX(""), OCI "layer.v1.tar", "it is called a layer, and is an image index" },
	{ MANIFEST("'mediaType':'text/plain'," CONFIG), NULL,
	  "its type 'text/plain' is not known" },
	{ MANIFEST("'mediaType':7," CONFIG), NULL, "'mediaType' is not a string" },
	{ MANIFEST("'layers':[" LAYER "]"), NULL, "it has no 'config'" },
	{ MANIFEST(CONFIG), NULL, "it has no layers" },
	{ MANIFEST(CONFIG ",'layers':[]"), NULL, "it has no layers" },
	{ MANIFEST(CONFIG ",'layers':{}"), NULL, "'layers' is not a list" },
	{ MANIFEST(CONFIG ",'layers':[],'layers':[]"), NULL,
	  "line 1: duplicate object key near '\"layers\"'" },
	{ MANIFEST("'config':" DESCRIPTOR("application/vnd.oci.empty.v1+json", A64,
					  "") ",'layers':[" LAYER "]"),
	  NULL,
	  "config: 'application/vnd.oci.empty.v1+json' is not the type of an image configuration" },
	{ MANIFEST("'config':7"), NULL, "'config' is not an object" },
	{ WITH_LAYER(DESCRIPTOR("application/vnd.in-toto+json", A64, "")), NULL,
	  "layer 2: 'application/vnd.in-toto+json' is not the type of a layer of a root filesystem" },
	{ WITH_LAYER("7"), NULL, "layer 2: it is no object" },
	{ WITH_LAYER("{}"), NULL, "layer 2: it has no 'mediaType'" },
	{ WITH_LAYER("{'mediaType':'x'}"), NULL, "layer 2: it has no 'digest'" },
	{ WITH_LAYER("{'mediaType':'x','digest':'sha256:" A64 "'}"), NULL,
	  "layer 2: it has no 'size'" },
	{ WITH_LAYER("{'mediaType':'x','digest':'sha256:" A64 "','size':-1}"), NULL,
	  "layer 2: 'size' is out of range" },
	{ WITH_LAYER("{'mediaType':'x','digest':'sha256:" A64 "','size':9007199254740992}"), NULL,
	  "layer 2: 'size' is out of range" },
	{ WITH_LAYER("{'mediaType':'x','digest':'sha256:" A64 "','size':1e3}"), NULL,
	  "layer 2: 'size' is not a whole number" },
	{ WITH_LAYER("{'mediaType':'x','digest':'sha256:../../etc/passwd','size':1}"), NULL,
	  "layer 2: 'sha256:../../etc/passwd' is no digest" },
	{ WITH_LAYER("{'mediaType':'x','digest':'md5:d41d8cd98f00b204e9800998ecf8427e','size':1}"),
	  NULL,
	  "layer 2: the algorithm of digest 'md5:d41d8cd98f00b204e9800998ecf8427e' is not supported" },
	{ INDEX("7"), NULL, "entry 1: it is no object" },
	{ INDEX(ENTRY(",'platform':7")), NULL, "entry 1: 'platform' is not an object" },
	{ INDEX(ENTRY(",'platform':{'os':7}")), NULL, "entry 1: platform: 'os' is not a string" },
	{ INDEX(ENTRY(",'annotations':[]")), NULL, "entry 1: 'annotations' is not an object" },
	{ MANIFEST("'manifests':{}"), NULL, "'manifests' is not a list" },
};

static void test_refused(void **state)
{
	cleanup_document struct document d = DOCUMENT_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		cleanup_free char *message = NULL;

		if (parse(refused[i].text, refused[i].type, &d, &message) >= 0)
			fail_msg("%s is taken", refused[i].text);
		assert_string_equal(message, refused[i].message);
		assert_int_equal(d.kind, MEDIA_UNKNOWN);
	}
}

static void test_schema_1(void **state)
{
	static const struct {
		const char *text, *type;
	} documents[] = {
		{ "{'schemaVersion':1,'name':'x','tag':'y','fsLayers':[],'history':[],'signatures':[]}",
		  NULL },
		{ "{'schemaVersion':2,'fsLayers':[]," CONFIG ",'layers':[" LAYER "]}", NULL },
		{ MANIFEST("'mediaType':'" DOCKER "distribution.manifest.v1+prettyjws'," CONFIG),
		  NULL },
		{ MANIFEST(CONFIG), DOCKER "distribution.manifest.v1+json" },
	};
	cleanup_document struct document d = DOCUMENT_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(documents); i++) {
		cleanup_free char *message = NULL;

		assert_int_equal(parse(documents[i].text, documents[i].type, &d, &message),
				 -ENOTSUP);
		assert_memory_equal(message, "it is of Docker's schema 1, ", 28);
	}
}

static int parse_layers(size_t n)
{
	cleanup_document struct document d = DOCUMENT_INIT;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	cleanup_free char *message = NULL;
	int r;

	strbuf_add_str(&text, "{'schemaVersion':2," CONFIG ",'layers':[");
	for (size_t i = 0; i < n; i++)
		strbuf_addf(&text, "%s%s", i > 0 ? "," : "", LAYER);
	strbuf_add_str(&text, "]}");
	r = parse(text.buf, NULL, &d, &message);
	assert_true(r < 0 || d.manifest.layers.n == n);
	return r;
}

static void test_counts(void **state)
{
	(void)state;
	assert_int_equal(parse_layers(1), 0);
	assert_int_equal(parse_layers(4096), 0);
	assert_int_equal(parse_layers(4097), -E2BIG);
}

/* Which entry, counted from 0, is chosen for the platform; -1 and the message for none. */
static const struct {
	const char *entries, *wanted;
	int chosen;
	const char *message;
} choices[] = {
	{ ENTRY(ON("linux", "amd64", "")) "," ENTRY(ON("linux", "arm64", ",'variant':'v8'")),
	  "linux/arm64", 1, NULL },
	{ ENTRY(ON("unknown", "unknown", "")) "," ENTRY(ON("linux", "amd64", "")), "linux/amd64", 1,
	  NULL },
	{ ENTRY(ON("linux", "amd64",
		   "") ",'annotations':{'vnd.docker.reference.type':'x'}") "," ENTRY(ON("linux",
											"amd64",
											"")),
	  "linux/amd64", 1, NULL },
	{ ENTRY(ON("linux", "amd64", "")) "," ENTRY(ON("linux", "amd64", "")), "linux/amd64", 0,
	  NULL },
	{ ENTRY(ON("linux", "arm", ",'variant':'v5'")) "," ENTRY(
		  ON("linux", "arm", ",'variant':'v6'")) "," ENTRY(ON("linux", "arm64", "")),
	  "linux/arm/v7", 1, NULL },
	{ ENTRY(ON("linux", "arm", ",'variant':'v6'")) "," ENTRY(
		  ON("linux", "arm", ",'variant':'v7'")),
	  "linux/arm/v7", 1, NULL },
	{ ENTRY(ON("linux", "arm", ",'variant':'v7'")) "," ENTRY(
		  ON("linux", "arm", ",'variant':'v6'")),
	  "linux/arm/v6", 1, NULL },
	{ ENTRY(ON("linux", "amd64", ",'variant':'v3'")) "," ENTRY(ON("linux", "amd64", "")),
	  "linux/amd64", 1, NULL },
	{ ENTRY(""), "linux/amd64", 0, NULL },
	{ ENTRY("") "," ENTRY(ON("linux", "amd64", "")), "linux/amd64", 1, NULL },
	{ ENTRY("") "," ENTRY(ON("linux", "s390x", "")), "linux/amd64", 0, NULL },
	{ ENTRY("") "," ENTRY(""), "linux/amd64", 0, NULL },
	{ ENTRY("") "," DESCRIPTOR(OCI "manifest.v1+json", B64, ""), "linux/amd64", -1,
	  "it has 2 images, and does not say for which platforms" },
	{ DESCRIPTOR(OCI "index.v1+json", B64, ""), "linux/amd64", 0, NULL },
	{ ENTRY(ON("linux", "s390x", "")) "," ENTRY(ON("linux", "arm", "")) "," ENTRY(
		  ON("linux", "s390x", "")) "," ENTRY(ON("unknown", "unknown", "")),
	  "linux/amd64", -1,
	  "there is no image for linux/amd64, only for linux/s390x, linux/arm/v7" },
	{ ENTRY(ON("windows", "amd64", "")), "linux/amd64", -1,
	  "there is no image for linux/amd64, only for windows/amd64" },
	{ DESCRIPTOR("text/plain", A64, ON("linux", "amd64", "")), "linux/amd64", -1,
	  "it names no image" },
	{ "", "linux/amd64", -1, "it names no image" },
};

static void test_choose(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
		cleanup_platform struct platform wanted = PLATFORM_INIT;
		cleanup_document struct document d = DOCUMENT_INIT;
		cleanup_free char *text = NULL, *message = NULL;
		const struct descriptor *got = NULL;
		int r;

		text = xasprintf("{'schemaVersion':2,'manifests':[%s]}", choices[i].entries);
		assert_int_equal(parse(text, NULL, &d, &message), 0);
		assert_int_equal(platform_parse(choices[i].wanted, &wanted), 0);
		r = index_choose(&d.index, &wanted, &got, &message);
		if (choices[i].chosen >= 0) {
			if (r < 0 || got != &d.index.manifests.v[choices[i].chosen])
				fail_msg("choice %zu: %s", i, r < 0 ? message : "another one");
		} else {
			assert_true(r < 0);
			assert_null(got);
			assert_string_equal(message, choices[i].message);
		}
	}
}

/* Of what a hostile index may name, no more is told than a person can read. */
static void test_choose_of_many(void **state)
{
	cleanup_platform struct platform wanted = PLATFORM_INIT;
	cleanup_document struct document d = DOCUMENT_INIT;
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	cleanup_free char *message = NULL;
	const struct descriptor *got = NULL;

	(void)state;
	strbuf_add_str(&text, "{'schemaVersion':2,'manifests':[");
	for (int i = 0; i < 4096; i++)
		strbuf_addf(&text, "%s{'mediaType':'" OCI "manifest.v1+json','size':7,'digest':'sha256:" A64
				   "'" ON("linux", "x%d", "") "}", i > 0 ? "," : "", i);
	strbuf_add_str(&text, "]}");
	assert_int_equal(parse(text.buf, NULL, &d, &message), 0);
	assert_int_equal(platform_parse("linux/amd64", &wanted), 0);
	assert_int_equal(index_choose(&d.index, &wanted, &got, &message), -ENOENT);
	assert_non_null(strstr(message, "only for linux/x0, linux/x1, "));
	assert_non_null(strstr(message, ", linux/x39"));
	assert_null(strstr(message, "linux/x40"));
	/* The last one is found, too. */
	assert_int_equal(platform_parse("linux/x4095", &wanted), 0);
	assert_int_equal(index_choose(&d.index, &wanted, &got, &message), 0);
	assert_ptr_equal(got, &d.index.manifests.v[4095]);
}

static void test_media_types(void **state)
{
	(void)state;
	assert_int_equal(media_type_parse(NULL).kind, MEDIA_UNKNOWN);
	assert_int_equal(media_type_parse("").kind, MEDIA_UNKNOWN);
	assert_int_equal(media_type_parse(";").kind, MEDIA_UNKNOWN);
	assert_int_equal(media_type_parse(OCI "index.v1+json").kind, MEDIA_INDEX);
	assert_int_equal(
		media_type_parse("Application/VND.oci.image.index.v1+JSON;charset=utf-8").kind,
		MEDIA_INDEX);
	assert_int_equal(media_type_parse(OCI "index.v1+jsonx").kind, MEDIA_UNKNOWN);
	assert_int_equal(media_type_parse(OCI "index.v1+jso").kind, MEDIA_UNKNOWN);
	assert_int_equal(media_type_parse(OCI "layer.v1.tar").packing, PACKING_NONE);
	assert_int_equal(media_type_parse(OCI "layer.v1.tar").kind, MEDIA_LAYER);
	assert_int_equal(media_type_parse(DOCKER "image.rootfs.diff.tar.gzip").packing,
			 PACKING_GZIP);
	assert_true(media_type_parse(OCI "layer.nondistributable.v1.tar+zstd").is_foreign);
	assert_string_equal(media_kind_text(MEDIA_LAYER), "a layer");
	assert_string_equal(media_kind_text(MEDIA_SCHEMA_1), "a Docker manifest of schema 1");
}

static int load(void **state)
{
	(void)state;
	return json_load();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_media_types), cmocka_unit_test(test_manifest),
		cmocka_unit_test(test_index),       cmocka_unit_test(test_refused),
		cmocka_unit_test(test_schema_1),    cmocka_unit_test(test_counts),
		cmocka_unit_test(test_choose),      cmocka_unit_test(test_choose_of_many),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
