/* SPDX-License-Identifier: MIT */
/* attach: stay with a command in a container until it ends.
 *
 * Copies its standard input and output, passes signals on, keeps the size of its terminal, finds the
 * service manager again after that has executed itself anew. */
#pragma once

#include "base/relay.h"
#include "host/machine.h"
#include "host/transient.h"

struct attachment {
	const struct machine *machine;
	sd_bus *bus;
	struct transient unit;
	struct relay relay;
	int signal;       /* the first one that was passed on, else 0 */
	unsigned n_signals;
	usec_t give_up;   /* when to leave a manager that does not answer; 0: never */
};

#define ATTACHMENT_INIT { .relay = RELAY_INIT }
#define cleanup_attachment __attribute__((cleanup(attachment_done)))

/* From transient_start() to the end. Logs its own failures. 0; -ESRCH when the container ended first,
 * -EINTR when we were told twice to end and it does not answer, another negative errno (logged, the
 * status may be known all the same) when our standard output could not be written. */
int attach_run(struct attachment *a);
void attachment_done(struct attachment *a);
