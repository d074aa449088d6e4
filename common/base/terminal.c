/* SPDX-License-Identifier: MIT */
#include "base/terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/macro.h"

#define ESCAPE_KEY 0x1d /* ^] */
#define ESCAPE_COUNT 3

/* What to restore: exit() must find it, and a process has one terminal. */
static struct saved {
	int fd;
	struct termios mode;
	bool active;
} saved[2];

void terminal_restore(void)
{
	for (size_t i = ARRAY_SIZE(saved); i-- > 0;) {
		if (saved[i].active)
			(void)tcsetattr(saved[i].fd, TCSADRAIN, &saved[i].mode);
		saved[i].active = false;
	}
}

static int change(struct saved *s, int fd, bool input)
{
	struct termios mode;

	if (tcgetattr(fd, &mode) < 0)
		return errno == ENOTTY ? 0 : -errno;
	if (!s->active)
		*s = (struct saved){ .fd = fd, .mode = mode, .active = true };
	if (input)
		cfmakeraw(&mode);
	else
		mode.c_oflag &= ~(tcflag_t)OPOST;
	return tcsetattr(fd, TCSANOW, &mode) < 0 ? -errno : 0;
}

int terminal_raw(int in_fd, int out_fd)
{
	static bool registered;
	int r;

	if (!registered && atexit(terminal_restore) != 0)
		return -ENOMEM;
	registered = true;
	r = change(&saved[0], in_fd, true);
	return r < 0 ? r : change(&saved[1], out_fd, false);
}

void terminal_copy_keys(int fd, int pty_fd)
{
	struct termios mode, keys;

	if (tcgetattr(pty_fd, &mode) < 0)
		return;
	mode.c_iflag |= IUTF8;
	if (tcgetattr(fd, &keys) >= 0) {
		memcpy(mode.c_cc, keys.c_cc, sizeof(mode.c_cc));
		mode.c_iflag = (mode.c_iflag & ~(tcflag_t)IUTF8) | (keys.c_iflag & IUTF8);
	}
	(void)tcsetattr(pty_fd, TCSANOW, &mode);
}

void terminal_copy_size(int in_fd, int out_fd, int pty_fd)
{
	struct winsize size;

	if (ioctl(out_fd, TIOCGWINSZ, &size) < 0 && ioctl(in_fd, TIOCGWINSZ, &size) < 0)
		return;
	if (size.ws_row > 0 && size.ws_col > 0)
		(void)ioctl(pty_fd, TIOCSWINSZ, &size);
}

bool terminal_escape_feed(struct terminal_escape *e, const char *data, size_t n, usec_t now)
{
	for (size_t i = 0; i < n; i++) {
		if (data[i] != ESCAPE_KEY) {
			e->n = 0;
			continue;
		}
		if (e->n == 0 || now - e->first > USEC_PER_SEC) {
			e->n = 0;
			e->first = now;
		}
		if (++e->n == ESCAPE_COUNT)
			return true;
	}
	return false;
}
