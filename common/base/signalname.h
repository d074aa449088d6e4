/* SPDX-License-Identifier: MIT */
/* signalname: signals as people and images write them. */
#pragma once

/* The number of "SIGTERM", "TERM", "15", "SIGRTMIN+3" or "RTMAX-2", in capitals or not; -EINVAL for what is
 * none. Silent. */
int signal_parse(const char *text);
/* The name that systemd.kill(5) and kill(1) take: "SIGTERM", "SIGRTMIN+3". number is of signal_parse(); the
 * caller frees. */
char *signal_text(int number);
