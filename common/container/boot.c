/* SPDX-License-Identifier: MIT */
#include "container/boot.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/program.h"
#include "container/boot_apps.h"
#include "container/layers.h"
#include "container/limits.h"
#include "container/mountpoints.h"
#include "container/owner.h"
#include "container/unitfile.h"
#include "container/userns.h"
#include "host/apparmor.h"
#include "host/registration.h"

/* --- the mount namespace ------------------------------------------------------------------ */

/* BOOT_DIR becomes an empty tmpfs that only this namespace sees, with the directory to mount on. */
static int enter_namespace(const char *name)
{
	cleanup_close int fd = -1;

	if (unshare(CLONE_NEWNS) < 0)
		return log_error_errno(-errno, "cannot make a mount namespace");
	/* The host's later mounts and unmounts arrive here, ours do not leave. */
	if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return log_error_errno(-errno, "cannot separate the mounts of the container from the host's");
	if ((mkdir("/run/sdme", 0755) < 0 && errno != EEXIST) || (mkdir(BOOT_DIR, 0700) < 0 && errno != EEXIST) ||
	    mount("tmpfs", BOOT_DIR, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700,size=2m") < 0)
		return log_error_errno(-errno, "cannot prepare '%s'", BOOT_DIR);
	fd = open(BOOT_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || mkdirat(fd, name, 0755) < 0)
		return log_error_errno(-errno, "cannot prepare '%s/%s'", BOOT_DIR, name);
	return 0;
}

static int mount_layers(const struct container *c, struct layers *layers, int dir_fd)
{
	cleanup_close int upper_fd = -1, work_fd = -1;
	int fd, r = writable_open(dir_fd, c->name, &upper_fd, &work_fd);

	if (r >= 0 && c->userns)
		r = layers_shift(layers, userns_first_id(c));
	if (r < 0)
		return r;
	fd = overlay_mount(layers->fds, layers->n, upper_fd, work_fd);
	if (fd == -EBUSY)
		return log_error_code(fd, "the writable layer of container '%s' is in use by another mount", c->name);
	if (fd < 0)
		return log_error_errno(fd, "cannot mount the layers of container '%s'", c->name);
	return fd;
}

static int mount_root(const struct store *s, const struct container *c, int dir_fd, const char *root)
{
	cleanup_layers struct layers layers = LAYERS_INIT;
	cleanup_close int fd = -1;
	int r = layers_open(s, c, &layers);

	if (r < 0)
		return r;
	fd = mount_layers(c, &layers, dir_fd);
	if (fd < 0)
		return fd;
	r = mount_attach(fd, AT_FDCWD, root);
	return r < 0 ? log_error_errno(r, "cannot mount on '%s'", root) : 0;
}

/* --- the host's other file systems -------------------------------------------------------- */

static int open_pair(const struct container *c, int dir_fd, const char *path)
{
	cleanup_free char *name = submount_dir_name(path);
	cleanup_close int submounts_fd = -1, fd = -1;
	uid_t owner = c->userns ? userns_first_id(c) : 0;
	int r = ensure_dir_at(dir_fd, "submounts", 0700);

	if (r < 0)
		return r;
	submounts_fd = openat(dir_fd, "submounts", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = submounts_fd < 0 ? -errno : ensure_dir_at(submounts_fd, name, 0700);
	if (r < 0)
		return r;
	fd = openat(submounts_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!exists_at(fd, "upper")) {
		struct stat st;

		/* The new root of the file system looks as the one below it. */
		if (stat(path, &st) < 0 || mkdirat(fd, "upper", 0755) < 0 ||
		    fchownat(fd, "upper", st.st_uid + owner, st.st_gid + owner, 0) < 0 ||
		    fchmodat(fd, "upper", st.st_mode & 07777, 0) < 0)
			return -errno;
	}
	r = ensure_dir_at(fd, "work", 0700);
	return r < 0 ? r : TAKE_FD(fd);
}

static int mount_submount(const struct container *c, int dir_fd, int root_fd, const char *path)
{
	cleanup_layers struct layers layers = LAYERS_INIT;
	cleanup_close int pair_fd = -1, fd = -1, target_fd = -1;

	pair_fd = open_pair(c, dir_fd, path);
	if (pair_fd < 0)
		return pair_fd;
	layers.fds[0] = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (layers.fds[0] < 0)
		return -errno;
	layers.n = 1;
	fd = mount_layers(c, &layers, pair_fd);
	if (fd < 0)
		return fd;
	target_fd = open_in_root(root_fd, path, O_PATH | O_DIRECTORY, 0);
	return target_fd < 0 ? target_fd : mount_attach(fd, target_fd, "");
}

/* A file system that cannot be stacked (vfat, say) leaves its empty mount point: no reason to fail. */
static void mount_submounts(const struct container *c, int dir_fd, const struct boot_plan *plan)
{
	cleanup_close int root_fd = open(plan->root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	STRV_FOREACH(path, &plan->submounts) {
		int r = root_fd < 0 ? -errno : mount_submount(c, dir_fd, root_fd, path);

		if (r < 0)
			log_warning_errno(r, "the container does not see '%s' of the host", path);
	}
}

/* ------------------------------------------------------------------------------------------ */

static int exec_nspawn(const struct boot_plan *plan)
{
	int r;

	STRV_FOREACH(env, &plan->env)
		putenv(env);
	log_debug("becoming systemd-nspawn");
	r = program_exec(plan->argv.v);
	if (r == -ENOENT)
		return log_error_code(r, "systemd-nspawn not found; install it with: apt install systemd-container");
	return log_error_errno(r, "cannot run systemd-nspawn");
}

/* The image has made them, or what ran in the container before. */
static int check_mountpoints(const struct container *c, const struct boot_plan *plan)
{
	cleanup_close int fd = open(plan->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *wrong = fd < 0 ? NULL : mountpoints_wrong(fd);

	if (fd < 0)
		return log_error_errno(-errno, "cannot open '%s'", plan->root);
	if (wrong)
		return log_error_code(-ENOTDIR, "container '%s' cannot boot: its %s is no directory", c->name, wrong);
	return 0;
}

static int mount_all(const struct store *s, const struct container *c, const struct boot_plan *plan)
{
	cleanup_close int dir_fd = container_dir_open(s, c->name);
	int r = dir_fd < 0 ? dir_fd : mount_root(s, c, dir_fd, plan->root);

	if (r >= 0)
		mount_submounts(c, dir_fd, plan);
	return r < 0 ? r : check_mountpoints(c, plan);
}

int boot_run(const char *config_path, const struct container *c, const struct boot_plan *plan)
{
	cleanup_store struct store s = STORE_INIT;
	cleanup_free char *unit = container_unit(c->name);
	int r = enter_namespace(c->name);

	/* Overlayfs takes layers of the current mount namespace only, so all are opened in it. */
	if (r >= 0)
		r = store_open(STORE_READ, config_path, &s);
	if (r >= 0)
		owner_write(&s, c->name);
	if (r >= 0)
		r = boot_prepare_connectors(&s, c, plan);
	if (r >= 0)
		r = mount_all(&s, c, plan);
	if (r >= 0)
		r = boot_prepare_apps(c, plan);
	if (r >= 0)
		r = limits_apply(&s, c, &plan->devices);
	if (r >= 0 && c->apparmor_profile)
		r = apparmor_on_exec(c->apparmor_profile);
	if (r < 0)
		return r;
	registration_drop(c->name, unit);
	return exec_nspawn(plan);
}
