#include "config.h"

#include "verb/places.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

char *spur_place_catalog(void)
{
	const char *env = getenv("SPUR_CATALOG"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	if (env != NULL && *env != '\0')
		return spur_strdup(env);
	if (data != NULL && *data == '/')
		return spur_strfmt("%s/spur/catalogue.db", data);
	if (home == NULL || *home == '\0') {
		const struct passwd *pw = getpwuid(getuid());

		home = pw == NULL ? "/tmp" : pw->pw_dir;
	}
	return spur_strfmt("%s/.local/share/spur/catalogue.db", home);
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
