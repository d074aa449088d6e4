/* SPDX-License-Identifier: MIT */
/* attach: stay with a command in a container until it ends.
 *
 * Copies its standard input and output, passes signals on, keeps the size of its terminal, finds the
 * service manager again after that has executed itself anew. */
#pragma once

#include <signal.h>

#include "base/relay.h"
#include "host/managerbus.h"
#include "host/transient.h"

struct attachment {
	const struct machine *machine;
	const struct transient_spec *spec;
	sd_bus *bus; /* NULL while it is being connected anew */
	struct transient unit;
	bool is_asked; /* to start it, over this connection or, accepted, an earlier one */
	struct managerbus connecting;
	usec_t connected_at, connect_at, connect_by; /* since when, again when, and until when */
	usec_t pause;                                /* before the next attempt */
	int held_signal; /* one to pass on when there is a connection; else 0 */
	struct relay relay;
	int signal; /* the first one that was passed on, else 0 */
	unsigned n_signals;
	sigset_t held;        /* signals for the command that wait for its start */
	usec_t give_up;       /* when to leave a manager that does not answer */
	bool has_ended;       /* the command; its last output may be under way */
	usec_t hang_up_again; /* when to say once more that the terminal is left; 0: it is not */
};

#define ATTACHMENT_INIT { .relay = RELAY_INIT, .connecting = MANAGERBUS_INIT }
#define cleanup_attachment __attribute__((cleanup(attachment_done)))

/* Start it and stay until its end. 0; -ESRCH when the container ended first, -ETIMEDOUT when its manager
 * does not answer, -EINTR when we were told to end and it does not answer or had not begun, -EILSEQ
 * from transient_start(), another negative errno when the connection is lost. *ret_relay is what
 * relay_result() said; -EINTR when we were told to end and nobody took the command's last output. Silent. */
int attach_run(struct attachment *a, int *ret_relay);
void attachment_done(struct attachment *a);
