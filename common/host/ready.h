/* SPDX-License-Identifier: MIT */
/* ready: when a container that starts can be used. */
#pragma once

#include "host/machine.h"

/* Wait until the container's manager has reached basic.target: its D-Bus can be reached and users
 * can log in. 0; -ESRCH when the leader has ended, -EUCLEAN when basic.target failed (it is in
 * emergency mode), -ETIMEDOUT at the deadline (0: none), -EINTR. Silent. */
int machine_wait_ready(const struct machine *m, usec_t deadline);

/* Wait until the manager's socket is there and connect to it, as managerbus_open(). Errors as above. */
int machine_wait_bus(const struct machine *m, usec_t deadline, sd_bus **ret);
