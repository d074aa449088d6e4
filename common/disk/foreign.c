/* SPDX-License-Identifier: MIT */
#include "disk/foreign.h"

#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/macro.h"

#define CONVERT "'qemu-img convert -O qcow2' makes one that is"

/* From the start of the file, or from its end where at is negative. */
static const struct magic {
	int64_t at;
	const char *bytes, *what, *advice;
} magics[] = {
	/* Virtual Disk Format 5.0, 4.1 and 4.4: a hosted sparse extent, a descriptor */
	{ 0, "KDMV", "a VMDK disk image", CONVERT },
	{ 0, "# Disk DescriptorFile", "the description of a VMDK disk image", CONVERT },
	/* Virtual Hard Disk Image Format Specification: the footer, and its copy in front of a dynamic one */
	{ 0, "conectix", "a VHD disk image", CONVERT },
	{ -512, "conectix", "a VHD disk image", CONVERT },
	/* MS-VHDX 2.2.1 */
	{ 0, "vhdxfile", "a VHDX disk image", CONVERT },
	/* VDICore.h of VirtualBox: VDI_IMAGE_SIGNATURE */
	{ 64, "\x7f\x10\xda\xbe", "a VDI disk image", CONVERT },
	/* APPNOTE 4.3.7 */
	{ 0, "PK\x03\x04", "a ZIP archive", "unpack it and import the directory" },
	/* 7zFormat.txt */
	{ 0, "7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it and import the directory" },
};

static int is_there(int fd, const struct magic *m, int64_t size)
{
	size_t n = strlen(m->bytes);
	int64_t at = m->at < 0 ? size + m->at : m->at;
	char bytes[32];

	return at >= 0 && pread_all(fd, bytes, n, (uint64_t)at) == (ssize_t)n && memcmp(bytes, m->bytes, n) == 0;
}

int foreign_detect(int fd, const char **ret_what, const char **ret_advice)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
		if (!is_there(fd, &magics[i], st.st_size))
			continue;
		*ret_what = magics[i].what;
		*ret_advice = magics[i].advice;
		return 1;
	}
	return 0;
}
