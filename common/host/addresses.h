/* SPDX-License-Identifier: MIT */
/* addresses: what machined's GetMachineAddresses answers, as text. */
#pragma once

#include "base/strv.h"
#include "host/bus.h"

/* Add the addresses of the reply (signature a(iay)) without those of IPv6 that are link-local. Silent. */
int addresses_read(sd_bus_message *reply, struct strv *addresses);
