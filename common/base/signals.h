/* SPDX-License-Identifier: MIT */
/* signals: as a new program expects them. */
#pragma once

/* In a process that is about to execute another program: no signal is ignored or caught, and none is
 * blocked. */
void signals_reset(void);
