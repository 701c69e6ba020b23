#include "config.h"

#include "verb/places.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

/* A file or folder of spur's below $XDG_DATA_HOME. */
static char *of_user(const char *name)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	if (data != NULL && *data == '/')
		return spur_strfmt("%s/spur/%s", data, name);
	if (home == NULL || *home == '\0') {
		const struct passwd *pw = getpwuid(getuid());

		home = pw == NULL ? "/tmp" : pw->pw_dir;
	}
	return spur_strfmt("%s/.local/share/spur/%s", home, name);
}

char *spur_place_catalog(void)
{
	const char *env = getenv("SPUR_CATALOG");

	return env != NULL && *env != '\0' ? spur_strdup(env) : of_user("catalogue.db");
}

char *spur_place_demo(void)
{
	return of_user("demo");
}

char *spur_place_bus(void)
{
	return of_user("bus");
}

char *spur_place_self(const char *argv0)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	return n > 0 ? spur_strndup(path, (size_t)n) : spur_strdup(argv0);
}

char *spur_place_data(const char *self)
{
	const char *env = getenv("SPUR_DATA"), *slash = strrchr(self, '/');
	char *beside;

	if (env != NULL && *env != '\0')
		return spur_strdup(env);
	beside = spur_strfmt("%.*s/../share/spur/data", slash == NULL ? 1 : (int)(slash - self), slash == NULL ? "." : self);
	if (access(beside, X_OK) == 0)
		return beside;
	free(beside);
	return spur_strdup(SPUR_PKGDATADIR);
}
