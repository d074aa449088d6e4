/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "base/json.h"
#include "registry/auth_file.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	discard_messages();
	return json_load();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const registries[] = { "r.example", "docker.io", "localhost:5000" };
	cleanup_free char *text = input_text(data, size);

	if (!text)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(registries); i++) {
		cleanup_auth_entry struct auth_entry e = AUTH_ENTRY_INIT;

		if (auth_file_find(text, registries[i], "a/b", &e) < 0) {
			PROPERTY(!e.helper && !e.login.user);
			continue;
		}
		PROPERTY(!e.login.user == !e.login.password);
		PROPERTY(!e.helper == !e.server);
		PROPERTY(!e.helper || *e.helper);
	}
	return 0;
}
