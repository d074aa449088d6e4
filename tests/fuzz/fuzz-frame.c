/* SPDX-License-Identifier: MIT */
/* The first byte says which side reads. Arguments that were read are written and read again as they were. */
#include "fuzz.h"

#include "wire/frame.h"

static void check_argv(const char *text, size_t len)
{
	cleanup_strv struct strv list = STRV_INIT, again = STRV_INIT;
	cleanup_strbuf struct strbuf s = STRBUF_INIT;
	char *none[] = { NULL };

	if (frame_read_argv(text, len, &list) < 0) {
		PROPERTY(list.n == 0);
		return;
	}
	if (frame_add_argv(&s, list.v ? list.v : none) < 0)
		return;
	PROPERTY(frame_read_argv(s.buf + FRAME_HEAD, s.len - FRAME_HEAD, &again) == 0);
	PROPERTY(again.n == list.n);
	for (size_t i = 0; i < list.n; i++)
		PROPERTY(strcmp(list.v[i], again.v[i]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	size_t len = size - 1, announced;
	int n = -1;

	if (size == 0)
		return 0;
	switch (data[0] % 4) {
	case 0:
		check_argv(text, len);
		break;
	case 1:
		if (frame_read_signal(text, len, &n) == 0)
			PROPERTY(n >= 1 && n <= 64);
		break;
	case 2:
		if (frame_read_exit_code(text, len, &n) == 0)
			PROPERTY(n >= 0 && n <= 255);
		break;
	default:
		if (len >= FRAME_HEAD && frame_length((const unsigned char *)text, &announced) == 0)
			PROPERTY(announced <= FRAME_MAX);
	}
	return 0;
}
