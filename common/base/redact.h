/* SPDX-License-Identifier: MIT */
/* redact: what somebody typed, repeated in a message without the password that may be in it. */
#pragma once

/* text, of which "USER:PASSWORD@..." became "USER:***@...", with "SCHEME://" in front or not. What is
 * typed wrong is of no certain form: rather too much is left out than too little, but for a digest
 * behind the last '@', and for paths that begin with '.' or '/'. The caller frees. */
char *redact(const char *text);
