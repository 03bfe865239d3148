#include "base/arena.h"
#include "main/settings.h"
#include "main/supervisor.h"

bool
setup_read(struct setup *setup, const char *path, char *why, size_t size)
{
	struct setup	 fresh = { .arena = arena_new(0) };

	if (!settings_read(&fresh.settings, fresh.arena, path, why, size) ||
	    !keyring_load(&fresh.keyring, fresh.settings.keyring, why, size)) {
		arena_free(fresh.arena);
		return false;
	}
	if (setup->arena != NULL) {
		keyring_wipe(&setup->keyring);
		arena_free(setup->arena);
	}
	*setup = fresh;
	keyring_wipe(&fresh.keyring);
	keyring_guard(&setup->keyring);
	return true;
}
