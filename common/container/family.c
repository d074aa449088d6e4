/* SPDX-License-Identifier: MIT */
#include "container/family.h"

#include <stdbool.h>

#include "base/macro.h"

static const char *const names[] = {
	[FAMILY_UNKNOWN] = "unknown", [FAMILY_DEBIAN] = "debian", [FAMILY_FEDORA] = "fedora",
	[FAMILY_SUSE] = "suse",       [FAMILY_ARCH] = "arch",     [FAMILY_NIXOS] = "nixos",
};

static const struct {
	const char *id;
	enum family family;
} ids[] = {
	{ "debian", FAMILY_DEBIAN }, { "ubuntu", FAMILY_DEBIAN }, { "fedora", FAMILY_FEDORA },
	{ "centos", FAMILY_FEDORA }, { "rhel", FAMILY_FEDORA },   { "almalinux", FAMILY_FEDORA },
	{ "rocky", FAMILY_FEDORA },  { "suse", FAMILY_SUSE },     { "opensuse", FAMILY_SUSE },
	{ "sles", FAMILY_SUSE },     { "sled", FAMILY_SUSE },     { "arch", FAMILY_ARCH },
	{ "cachyos", FAMILY_ARCH },  { "nixos", FAMILY_NIXOS },
};

/* What one word of ID or ID_LIKE says. */
static enum family family_of_id(const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		if (streq(id, ids[i].id))
			return ids[i].family;
	}
	/* opensuse-leap, -tumbleweed, -microos, ... */
	return after_prefix(id, "opensuse-") ? FAMILY_SUSE : FAMILY_UNKNOWN;
}

enum family family_of(const struct osrelease *os)
{
	enum family family = family_of_id(os->id);

	STRV_FOREACH(like, &os->like) {
		if (family != FAMILY_UNKNOWN)
			break;
		family = family_of_id(like);
	}
	return family;
}

enum family family_read(int root_fd)
{
	cleanup_osrelease struct osrelease os = OSRELEASE_INIT;

	return osrelease_read(root_fd, &os) < 0 ? FAMILY_UNKNOWN : family_of(&os);
}

const char *family_name(enum family family)
{
	return names[family];
}

enum family family_find(const char *name)
{
	enum family family = FAMILY_UNKNOWN;

	while (family < FAMILY_N && !streq(names[family], name))
		family++;
	return family;
}
