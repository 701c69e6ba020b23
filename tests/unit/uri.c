#include "config.h"

#include "base/uri.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/words.h"
#include "tests/tap.h"

static void hides(const char *text, const char *want)
{
	char *got = spur_uri_hide(text);

	is_str(got, want, want);
	free(got);
}

static void splits(const char *uri, const char *bare, const char *password)
{
	char *found, *got = spur_uri_split(uri, &found);

	is_str(got, bare, bare);
	is_str(found == NULL ? "(none)" : found, password, "its password");
	free(got);
	free(found);
}

static void lines_are_kept_without(void)
{
	const char *const words[] = { "db", "check", "--catalog", "postgres://ada:s3cret@h/c", NULL };
	char *line = spur_words_command(-1, words);

	is_str(line, "spur db check --catalog 'postgres://ada:***@h/c'", "a command line as it is audited");
	free(line);
}

int main(void)
{
	hides("/var/lib/c.db", "/var/lib/c.db");
	hides("postgresql://ada@host/c", "postgresql://ada@host/c");
	hides("postgresql://ada:s3cret@host:5432/c", "postgresql://ada:***@host:5432/c");
	hides("postgresql://ada:a/b:c@d@host/c", "postgresql://ada:***@host/c");
	hides("postgresql://host:5432/c", "postgresql://host:5432/c");
	hides("postgresql:///c?host=h&password=s3cret&user=a", "postgresql:///c?host=h&password=***&user=a");
	hides("postgresql:///c?password=x&sslpassword=y", "postgresql:///c?password=***&sslpassword=***");
	hides("two: postgres://a:b@h/c and postgres://d:e@h/f", "two: postgres://a:***@h/c and postgres://d:***@h/f");
	hides("", "");
	splits("/var/lib/c.db", "/var/lib/c.db", "(none)");
	splits("postgresql://ada@host/c", "postgresql://ada@host/c", "(none)");
	splits("postgresql://ada:s%403cret%25@host:5432/c?x=1", "postgresql://ada@host:5432/c?x=1", "s@3cret%");
	splits("postgresql:///c?host=h&password=s%203&user=a", "postgresql:///c?host=h&user=a", "s 3");
	splits("postgresql:///c?password=s3", "postgresql:///c", "s3");
	splits("postgresql:///c?password=s3&host=h", "postgresql:///c?host=h", "s3");
	splits("postgresql://host:5432/c", "postgresql://host:5432/c", "(none)");
	lines_are_kept_without();
	return tap_done();
}
