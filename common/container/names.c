/* SPDX-License-Identifier: MIT */
#include "container/names.h"

#include <stddef.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "container/value.h"

static const char *const words[] = {
	"acorn", "agate", "alder", "amber", "anchor", "apple", "arbor", "arrow", "aspen", "aster",
	"atlas", "auburn", "aurora", "autumn", "badger", "bamboo", "barley", "basil", "bay",
	"beacon", "beaver", "birch", "bison", "bloom", "bobcat", "bramble", "brass", "breeze",
	"briar", "bronze", "brook", "buckle", "burrow", "cactus", "canyon", "cedar", "cello",
	"chalk", "cherry", "cinder", "citrus", "clay", "cliff", "clover", "cobalt", "comet",
	"copper", "coral", "cosmos", "cotton", "coyote", "crane", "cricket", "crocus", "crystal",
	"cypress", "dahlia", "daisy", "delta", "denim", "desert", "dolphin", "domino", "dove",
	"drizzle", "drum", "dune", "eagle", "ebony", "echo", "elder", "elm", "ember", "emerald",
	"falcon", "fern", "ferret", "fiddle", "finch", "fjord", "flame", "flint", "flora", "forest",
	"fossil", "fox", "galaxy", "garnet", "gecko", "ginger", "glacier", "glade", "granite",
	"grove", "gull", "hamlet", "harbor", "harvest", "hawk", "hazel", "heather", "heron",
	"hickory", "hollow", "honey", "horizon", "hornet", "indigo", "iris", "island", "ivory",
	"ivy", "jade", "jasmine", "jasper", "jay", "juniper", "kelp", "kestrel", "kiwi", "lagoon",
	"lantern", "larch", "lark", "laurel", "lava", "lemon", "lichen", "lilac", "lily", "linden",
	"lotus", "lunar", "lynx", "magnet", "maple", "marble", "marlin", "marsh", "meadow", "melon",
	"mesa", "mint", "mist", "moss", "nectar", "nettle", "nimbus", "nutmeg", "oak", "oasis",
	"ocean", "olive", "onyx", "opal", "orbit", "orchid", "osprey", "otter", "owl", "panda",
	"papaya", "pebble", "pepper", "petal", "pine", "plum", "pollen", "pond", "poplar", "poppy",
	"prairie", "puffin", "quartz", "quail", "quill", "rain", "raven", "reef", "ridge", "river",
	"robin", "rose", "ruby", "rustic", "saffron", "sage", "salmon", "sand", "sequoia", "shadow",
	"shale", "shell", "sierra", "silver", "slate", "sparrow", "spruce", "star", "stone",
	"storm", "summit", "sunset", "swan", "tango", "teal", "thistle", "thunder", "timber",
	"topaz", "tulip", "tundra", "umber", "valley", "velvet", "violet", "walnut", "willow",
	"winter", "wolf", "wren", "yarrow", "zenith", "zephyr",
};

/* 0 to n - 1. The bias of the remainder does not matter for names. */
static size_t random_below(size_t n)
{
	unsigned value = 0;

	if (getrandom(&value, sizeof(value), 0) != (ssize_t)sizeof(value))
		return 0;
	return value % n;
}

/* Change one vowel, chosen at random, to a random other. */
static void change_vowel(char *word)
{
	static const char vowels[] = "aeiou";
	size_t start = random_below(strlen(word)), n = strlen(word);

	for (size_t i = 0; i < n; i++) {
		char *c = &word[(start + i) % n];

		if (strchr(vowels, *c)) {
			*c = vowels[random_below(sizeof(vowels) - 1)];
			return;
		}
	}
}

char *name_generate(bool (*is_taken)(const char *name, void *data), void *data)
{
	size_t start = random_below(ARRAY_SIZE(words));

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *word = words[(start + i) % ARRAY_SIZE(words)];

		if (!is_taken(word, data))
			return xstrdup(word);
	}
	for (int tries = 0; tries < 1000; tries++) {
		cleanup_free char *word = xstrdup(words[random_below(ARRAY_SIZE(words))]);

		change_vowel(word);
		change_vowel(word);
		if (!check_name(word) && !is_taken(word, data))
			return TAKE_PTR(word);
	}
	return NULL;
}
