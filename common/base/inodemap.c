/* SPDX-License-Identifier: MIT */
#include "base/inodemap.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"

/* A hash table with open addressing, at most half full. */
struct inodemap_slot {
	dev_t dev;
	ino_t ino;
	void *value;
	bool used;
};

/* The slot of the file, or the free one where it belongs. */
static struct inodemap_slot *find(const struct inodemap *map, dev_t dev, ino_t ino)
{
	uint64_t hash = ((uint64_t)ino ^ (uint64_t)dev << 32) * UINT64_C(0x9e3779b97f4a7c15);
	size_t i = (size_t)(hash >> 20) & (map->size - 1);

	while (map->slots[i].used && (map->slots[i].ino != ino || map->slots[i].dev != dev))
		i = (i + 1) & (map->size - 1);
	return &map->slots[i];
}

static void grow(struct inodemap *map)
{
	struct inodemap bigger = { .n = map->n, .size = map->size ? map->size * 2 : 64 };

	bigger.slots = xcalloc(bigger.size, sizeof(*bigger.slots));
	for (size_t i = 0; i < map->size; i++) {
		const struct inodemap_slot *slot = &map->slots[i];

		if (slot->used)
			*find(&bigger, slot->dev, slot->ino) = *slot;
	}
	free(map->slots);
	*map = bigger;
}

void **inodemap_get(struct inodemap *map, dev_t dev, ino_t ino)
{
	struct inodemap_slot *slot;

	if (map->n * 2 >= map->size)
		grow(map);
	slot = find(map, dev, ino);
	if (!slot->used) {
		*slot = (struct inodemap_slot){ dev, ino, NULL, true };
		map->n++;
	}
	return &slot->value;
}

void inodemap_done(struct inodemap *map)
{
	for (size_t i = 0; i < map->size; i++)
		free(map->slots[i].value);
	free(map->slots);
	*map = (struct inodemap)INODEMAP_INIT;
}
