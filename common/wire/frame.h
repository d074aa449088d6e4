/* SPDX-License-Identifier: MIT */
/* frame: what the client and the server of a connector say to each other, over a stream socket.
 *
 * A frame is the length of its text in four bytes, the most significant first, and the text, one JSON object
 * (RFC 8259) without blanks:
 *
 *	{"argv":["-n","nginx"]}    the client's first: the arguments of the command, with which its standard
 *	                           input, output and error come as SCM_RIGHTS (unix(7))
 *	{"signal":15}              the client's, any time after that: the command is to get it (Linux's number)
 *	{"exit_code":0}            the server's only one; 128 + the signal that killed the command
 *
 * Arguments are bytes. Those that are not UTF-8, which JSON cannot have, are passed on as they are.
 *
 * Pure functions; all are silent. */
#pragma once

#include <stddef.h>

#include "base/strbuf.h"
#include "base/strv.h"

/* Of the text. */
#define FRAME_MAX (1024 * 1024)
#define FRAME_HEAD 4

/* Add a frame. argv is NULL-terminated. -E2BIG if that makes more than FRAME_MAX. */
int frame_add_argv(struct strbuf *s, char *const *argv);
void frame_add_signal(struct strbuf *s, int signo);
void frame_add_exit_code(struct strbuf *s, int code);

/* The length of the text that the head announces; -EMSGSIZE for one above FRAME_MAX. */
int frame_length(const unsigned char head[FRAME_HEAD], size_t *ret);

/* Read a text of this length: -EBADMSG when it is another one. Arguments are added to the list, which is left
 * as it was then; signals are 1 to 64, exit codes 0 to 255. */
int frame_read_argv(const char *text, size_t len, struct strv *list);
int frame_read_signal(const char *text, size_t len, int *ret);
int frame_read_exit_code(const char *text, size_t len, int *ret);
