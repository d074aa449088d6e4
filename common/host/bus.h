/* SPDX-License-Identifier: MIT */
/* bus: D-Bus through sd-bus, with what every caller of it needs.
 *
 * sd-bus itself is used by its ordinary names after bus_open_system() or bus_open_fd() has loaded
 * it. The cleanup functions of its header are inline functions that name the library's symbols, so
 * ours stand in for them. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>

#include "lazy/libsystemd.h"

#include "base/clock.h"
#include "base/macro.h"

/* Where a call goes. */
struct bus_object {
	const char *service, *path, *interface;
};
extern const struct bus_object bus_systemd;  /* org.freedesktop.systemd1.Manager */
extern const struct bus_object bus_machined; /* org.freedesktop.machine1.Manager */

/* The host's system bus, which has answered. Logs, and says what to do where the host has no systemd, or no
 * bus, or one that does not answer. */
int bus_open_system(sd_bus **ret);
/* To systemd alone, by its own socket: the system bus may not be there yet when the host boots. Logs. */
int bus_open_systemd(sd_bus **ret);

/* A bus over a connected stream socket that needs no hello, such as systemd's private one; the
 * descriptor becomes the bus's, also on failure. Silent. */
int bus_open_fd(int fd, sd_bus **ret);

/* Call a method and wait for the answer (25 s at most, as sd-bus has it). types and what follows
 * as in sd_bus_message_append(3). ret_reply may be NULL. Silent: on failure it returns the negative
 * errno that sd-bus made of the error, with name and text in *error. */
int bus_call(sd_bus *bus, const struct bus_object *object, const char *member, sd_bus_error *error,
	     sd_bus_message **ret_reply, const char *types, ...);

/* The text of an error for a person: what the service said, else strerror(r). */
const char *bus_error_text(const sd_bus_error *error, int r);

/* Process what comes in until done(userdata) returns non-zero, and return that; -ETIMEDOUT at the
 * deadline (now_usec(); 0: none), -EINTR after an interrupt, another negative errno when the
 * connection breaks. Silent. */
int bus_wait(sd_bus *bus, usec_t deadline, int (*done)(void *userdata), void *userdata);

void bus_done_p(sd_bus **bus); /* close, unref; never waits */
void bus_message_done_p(sd_bus_message **m);
void bus_slot_done_p(sd_bus_slot **slot);
void bus_error_done(sd_bus_error *error);
#define cleanup_bus __attribute__((cleanup(bus_done_p)))
#define cleanup_bus_message __attribute__((cleanup(bus_message_done_p)))
#define cleanup_bus_slot __attribute__((cleanup(bus_slot_done_p)))
#define cleanup_bus_error __attribute__((cleanup(bus_error_done)))
