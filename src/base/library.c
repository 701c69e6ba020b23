#include "config.h"

#include "base/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

/* Guards the handles and slots of every library while one is being loaded. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static enum spur_status load(struct spur_library *lib, struct spur_error *err)
{
	void *handle = dlopen(lib->soname, RTLD_NOW | RTLD_LOCAL);

	if (handle == NULL)
		return spur_fail(err, SPUR_ENOTFOUND, "%s cannot be loaded: install %s", lib->soname, lib->package);
	for (const struct spur_symbol *s = lib->symbols; s->name != NULL; s++) {
		void *at = dlsym(handle, s->name);

		if (at == NULL) {
			dlclose(handle);
			return spur_fail(err, SPUR_ENOTFOUND, "%s has no %s: install a newer %s", lib->soname, s->name,
					 lib->package);
		}
		memcpy(s->slot, &at, sizeof(at));	/* POSIX: a function pointer fits */
	}
	lib->handle = handle;
	return SPUR_OK;
}

enum spur_status spur_library_load(struct spur_library *lib, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	pthread_mutex_lock(&lock);
	if (lib->handle == NULL)
		st = load(lib, err);
	pthread_mutex_unlock(&lock);
	return st;
}
