/* SPDX-License-Identifier: MIT */
/* clock: the monotonic clock in microseconds, for time limits. */
#pragma once

#include <stdint.h>
#include <time.h>

typedef uint64_t usec_t;

#define USEC_PER_SEC UINT64_C(1000000)
#define USEC_PER_MSEC UINT64_C(1000)

static inline usec_t now_usec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (usec_t)t.tv_sec * USEC_PER_SEC + (usec_t)t.tv_nsec / 1000;
}

/* Microseconds from now until the deadline; 0 when it has passed. */
static inline usec_t usec_until(usec_t deadline)
{
	usec_t now = now_usec();

	return deadline > now ? deadline - now : 0;
}
