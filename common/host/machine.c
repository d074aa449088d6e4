/* SPDX-License-Identifier: MIT */
#include "host/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"

/* A /proc/PID/cgroup has some fifteen lines. */
#define CGROUP_TEXT_MAX 65536
#define ID_MAP_MAX 65536

/* --- which process ------------------------------------------------------------------------ */

bool cgroup_is_of_unit(const char *text, const char *root, const char *unit)
{
	const char *line = text, *p;

	/* Beside the version 1 hierarchies the line of version 2 has this form too. */
	while (!(p = after_prefix(line, "0::"))) {
		line = strchr(line, '\n');
		if (!line)
			return false;
		line++;
	}
	p = after_prefix(p, root);
	/* Slices, then the unit: what a container calls its own cgroups comes after that. */
	while (p && *p == '/') {
		size_t n = strcspn(++p, "/\n");

		if (n == strlen(unit) && strncmp(p, unit, n) == 0)
			return true;
		if (n <= strlen(".slice") ||
		    strncmp(p + n - strlen(".slice"), ".slice", strlen(".slice")) != 0)
			return false;
		p += n;
	}
	return false;
}

/* The cgroup that the host's service manager has as its root. */
static int read_cgroup_root(char **ret)
{
	cleanup_free char *text = NULL;
	const char *line;
	size_t n;
	int r = read_file_at(AT_FDCWD, "/proc/1/cgroup", CGROUP_TEXT_MAX, &text);

	if (r < 0)
		return r;
	line = after_prefix(text, "0::");
	if (!line) {
		line = strstr(text, "\n0::");
		line = line ? line + strlen("\n0::") : "\n";
	}
	n = strcspn(line, "\n");
	if (n >= strlen("/init.scope") &&
	    strncmp(line + n - strlen("/init.scope"), "/init.scope", strlen("/init.scope")) == 0)
		n -= strlen("/init.scope");
	else if (n == 1)
		n = 0;
	*ret = xstrndup(line, n);
	return 0;
}

static int verify_unit(const struct machine *m)
{
	cleanup_free char *unit = xasprintf("sdme@%s.service", m->name);
	cleanup_free char *root = NULL, *text = NULL;
	int r = read_cgroup_root(&root);

	if (r >= 0)
		r = read_file_at(m->proc_fd, "cgroup", CGROUP_TEXT_MAX, &text);
	if (r < 0)
		return r;
	return cgroup_is_of_unit(text, root, unit) ? 0 : -ESRCH;
}

/* 1 if the two paths are one file. */
static int same_file(int fd, const char *path, const char *other)
{
	struct stat a, b;

	if (fstatat(fd, path, &a, 0) < 0 || stat(other, &b) < 0)
		return -errno;
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int open_leader(struct machine *m)
{
	cleanup_free char *path = xasprintf("/proc/%d", (int)m->leader);
	int r;

	m->pidfd = pidfd_open(m->leader, 0);
	if (m->pidfd < 0)
		return -errno;
	m->proc_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->proc_fd < 0)
		return -errno;
	/* It is not reaped yet, so the directory is of the same process. */
	if (pidfd_send_signal(m->pidfd, 0, NULL, 0) < 0)
		return -errno;
	r = verify_unit(m);
	if (r < 0)
		return r;
	r = same_file(m->proc_fd, "ns/user", "/proc/self/ns/user");
	if (r < 0)
		return r;
	m->userns = r == 0;
	m->root_fd = openat(m->proc_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (m->root_fd < 0)
		return -errno;
	/* nspawn registers its child when that has its new root; should that ever change, this is
	 * not the container yet. */
	r = same_file(m->root_fd, ".", "/");
	return r > 0 ? -ESRCH : r;
}

int machine_open_leader(const char *name, pid_t leader, struct machine *ret)
{
	struct machine m = MACHINE_INIT;
	int r;

	m.name = xstrdup(name);
	m.leader = leader;
	r = open_leader(&m);
	if (r < 0) {
		machine_close(&m);
		/* All of these say in their own way that the process has ended. */
		return r == -ENOENT || r == -EINVAL || r == -EISDIR ? -ESRCH : r;
	}
	*ret = m;
	return 0;
}

int machine_open(sd_bus *system_bus, const char *name, struct machine *ret)
{
	cleanup_bus_error sd_bus_error error = SD_BUS_ERROR_NULL;
	cleanup_bus_message sd_bus_message *machine = NULL, *leader = NULL;
	const char *path;
	uint32_t pid = 0;
	int r = bus_call(system_bus, &bus_machined, "GetMachine", &error, &machine, "s", name);

	if (r >= 0)
		r = sd_bus_message_read(machine, "o", &path);
	if (r >= 0)
		r = sd_bus_get_property(system_bus, bus_machined.service, path,
					"org.freedesktop.machine1.Machine", "Leader", &error,
					&leader, "u");
	if (r >= 0)
		r = sd_bus_message_read(leader, "u", &pid);
	if (r < 0) {
		if (sd_bus_error_has_name(&error, "org.freedesktop.machine1.NoSuchMachine") ||
		    sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_OBJECT))
			return -ESRCH;
		return r;
	}
	if (pid <= 1)
		return -ESRCH;
	return machine_open_leader(name, (pid_t)pid, ret);
}

void machine_close(struct machine *m)
{
	cleanup_free_p(&m->name);
	cleanup_close_p(&m->pidfd);
	cleanup_close_p(&m->proc_fd);
	cleanup_close_p(&m->root_fd);
	*m = (struct machine)MACHINE_INIT;
}

/* Lines "INSIDE OUTSIDE COUNT". */
int machine_map_id(const struct machine *m, const char *map, unsigned id, unsigned *ret)
{
	cleanup_free char *text = NULL;
	int r = read_file_at(m->proc_fd, map, ID_MAP_MAX, &text);

	if (r < 0)
		return r;
	for (char *line = text; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		char *end;
		unsigned long inside = strtoul(line, &end, 10);
		unsigned long outside = strtoul(end, &end, 10), count = strtoul(end, &end, 10);

		if (id >= inside && id - inside < count) {
			*ret = (unsigned)(outside + (id - inside));
			return 0;
		}
	}
	return -ENXIO;
}

int bus_prepare_poll(sd_bus *bus, struct pollfd *ret, usec_t *deadline)
{
	uint64_t at = UINT64_MAX;
	int fd = sd_bus_get_fd(bus), events = sd_bus_get_events(bus);
	int r = sd_bus_get_timeout(bus, &at);

	if (fd < 0 || events < 0 || r < 0)
		return fd < 0 ? fd : events < 0 ? events : r;
	*ret = (struct pollfd){ .fd = fd, .events = (short)events };
	/* 0 says "now"; for us it would say "never". */
	if (at != UINT64_MAX && (!*deadline || at < *deadline))
		*deadline = at ? at : 1;
	return 0;
}
