/* SPDX-License-Identifier: MIT */
/* registration: what machined remembers of a machine. */
#pragma once

/* Make machined forget a machine that it holds to be running in unit, which the caller knows to be
 * over: as long as the unit is active machined keeps the name taken, also when a killed systemd-nspawn
 * did not take it back and systemd starts the unit again. Does nothing when there is none, or the
 * machine is somebody else's. Silent; failure shows when the name is registered again. */
void registration_drop(const char *name, const char *unit);
