/* SPDX-License-Identifier: MIT */
#include "container/apphealth.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/runtime.h"
#include "base/alloc.h"
#include "base/cleanup.h"

const char *app_health_word(enum app_health_state state)
{
	static const char *const words[] = { NULL, "healthy", "starting", "unhealthy" };

	return words[state];
}

static enum app_health_state parse(const char *word)
{
	for (enum app_health_state state = APP_HEALTH_HEALTHY; state <= APP_HEALTH_UNHEALTHY; state++) {
		if (streq(word, app_health_word(state)))
			return state;
	}
	return APP_HEALTH_NONE;
}

static enum app_health_state read_state(const struct machine *m, const char *app)
{
	cleanup_free char *path = xasprintf(RUNTIME_DIR "/health", app);
	cleanup_close int fd = guest_open_file(m, path);
	char word[16];
	ssize_t n = fd < 0 ? -1 : read(fd, word, sizeof(word) - 1);

	if (n < 0)
		return APP_HEALTH_NONE;
	word[n] = '\0';
	word[strcspn(word, "\n")] = '\0';
	return parse(word);
}

struct job {
	const struct strv *apps;
	unsigned char *shared;
};

static int read_all(const struct machine *m, void *userdata)
{
	const struct job *job = userdata;

	STRV_FOREACH(app, job->apps) {
		enum app_health_state state = read_state(m, app);

		if (state > *job->shared)
			*job->shared = (unsigned char)state;
	}
	return 0;
}

int apphealth_begin(const struct machine *m, const struct strv *apps, struct apphealth *ret)
{
	struct apphealth a = APPHEALTH_INIT;
	struct job job = { .apps = apps };
	int r;

	a.shared = mmap(NULL, sizeof(*a.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (a.shared == MAP_FAILED)
		return -errno;
	job.shared = a.shared;
	r = guest_start(m, read_all, &job, &a.guest);
	if (r < 0) {
		munmap(a.shared, sizeof(*a.shared));
		return r;
	}
	*ret = a;
	return 0;
}

enum app_health_state apphealth_finish(struct apphealth *a)
{
	enum app_health_state state = APP_HEALTH_NONE;

	if (!a->shared)
		return state;
	if (guest_finish(&a->guest) >= 0)
		state = (enum app_health_state)*a->shared;
	munmap(a->shared, sizeof(*a->shared));
	a->shared = NULL;
	return state;
}
