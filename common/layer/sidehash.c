/* SPDX-License-Identifier: MIT */
#include "layer/sidehash.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"

struct sidehash {
	struct hasher *hasher;
	bool has_thread; /* else whoever adds does the work */
	pthread_t thread;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct {
		const void *data;
		size_t len;
	} queue[SIDEHASH_BEHIND];
	unsigned first, n;
	bool is_complete; /* nothing more comes */
};

/* The first of the queue; NULL when it is empty and stays so. It remains in the queue. */
static const void *wait_for_work(struct sidehash *s, size_t *ret_len)
{
	const void *data = NULL;

	pthread_mutex_lock(&s->lock);
	while (s->n == 0 && !s->is_complete)
		pthread_cond_wait(&s->changed, &s->lock);
	if (s->n > 0) {
		data = s->queue[s->first].data;
		*ret_len = s->queue[s->first].len;
	}
	pthread_mutex_unlock(&s->lock);
	return data;
}

static void drop_first(struct sidehash *s)
{
	pthread_mutex_lock(&s->lock);
	s->first = (s->first + 1) % SIDEHASH_BEHIND;
	s->n--;
	pthread_cond_signal(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static void *hash_all(void *data)
{
	struct sidehash *s = data;
	const void *bytes;
	size_t len;

	while ((bytes = wait_for_work(s, &len))) {
		hasher_update(s->hasher, bytes, len);
		drop_first(s);
	}
	return NULL;
}

struct sidehash *sidehash_new(enum digest_algorithm algorithm)
{
	struct sidehash *s = xcalloc(1, sizeof(*s));

	s->hasher = hasher_new(algorithm);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	s->has_thread = pthread_create(&s->thread, NULL, hash_all, s) == 0;
	return s;
}

void sidehash_add(struct sidehash *s, const void *data, size_t len)
{
	if (!s->has_thread) {
		hasher_update(s->hasher, data, len);
		return;
	}
	pthread_mutex_lock(&s->lock);
	while (s->n == SIDEHASH_BEHIND)
		pthread_cond_wait(&s->changed, &s->lock);
	s->queue[(s->first + s->n) % SIDEHASH_BEHIND].data = data;
	s->queue[(s->first + s->n) % SIDEHASH_BEHIND].len = len;
	s->n++;
	pthread_cond_signal(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static void join(struct sidehash *s)
{
	if (!s->has_thread)
		return;
	pthread_mutex_lock(&s->lock);
	s->is_complete = true;
	pthread_cond_signal(&s->changed);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	s->has_thread = false;
}

void sidehash_finish(struct sidehash *s, struct digest *ret)
{
	join(s);
	hasher_finish(s->hasher, ret);
}

void sidehash_free(struct sidehash *s)
{
	join(s);
	hasher_free(s->hasher);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
