/* SPDX-License-Identifier: MIT */
#include "wire/request.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "wire/frame.h"

/* So many bytes, with the descriptors that come between them. */
static int receive(int sock, struct request *q, char *data, size_t len)
{
	while (len > 0) {
		int fds[FDPASS_MAX];
		size_t n_fds;
		ssize_t n = fdpass_receive(sock, data, len, fds, &n_fds);

		if (n <= 0)
			return n < 0 ? (int)n : -EBADMSG;
		if (q->n_fds + n_fds > FDPASS_MAX)
			return -EBADMSG;
		for (size_t i = 0; i < n_fds; i++)
			q->fds[q->n_fds++] = fds[i];
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int request_receive(int sock, struct request *q)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	char head[FRAME_HEAD];
	size_t len;
	int r = receive(sock, q, head, sizeof(head));

	if (r >= 0)
		r = frame_length((const unsigned char *)head, &len);
	if (r >= 0)
		r = receive(sock, q, strbuf_reserve(&text, len), len);
	if (r < 0)
		return r;
	return q->n_fds == FDPASS_MAX ? frame_read_argv(text.buf, len, &q->argv) : -EBADMSG;
}
