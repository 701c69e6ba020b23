#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/out.h"
#include "tests/tap.h"
#include "verb/identity.h"
#include "verb/verb.h"

/* Who acts on which catalogue: what every verb that changes something asks first. */

static char dir[] = "/tmp/spur-ctx-XXXXXX";
static char catalog[100], other[100];

static struct spur_ctx context(const char *path, const char *as)
{
	return (struct spur_ctx){ .catalog = path, .as = as, .command_line = "spur test" };
}

static enum spur_status acts(struct spur_ctx *ctx, struct spur_db_act *act, struct spur_error *err)
{
	struct spur_db *db;

	return spur_ctx_act(ctx, &db, act, err);
}

static void a_catalogue_that_is_none_ends_the_verb(void)
{
	struct spur_ctx ctx = context(other, NULL);
	struct spur_db_act act = { 0 };
	struct spur_error err = { 0 };

	is_int(spur_file_write(other, "this is a text of some length, not a catalogue\n", 47, &err), SPUR_OK, "a text file");
	is_int(acts(&ctx, &act, &err), SPUR_EDB, "is no catalogue");
	ok(strstr(err.text, "not a catalogue") != NULL && act.who == NULL && ctx.identity == NULL, "nobody acts on it");
	spur_ctx_finish(&ctx);
}

static void the_first_one_registers_others_are_introduced(void)
{
	struct spur_ctx mine = context(catalog, NULL), ben = context(catalog, "ben");
	struct spur_db_act act;
	struct spur_db_identity_list l;
	struct spur_identity *id;
	struct spur_error err = { 0 };

	is_int(acts(&mine, &act, &err), SPUR_OK, "the OS user's key is made and registered");
	ok(act.who != NULL && act.now_ns > 0 && strcmp(act.line, "spur test") == 0, "the act says who, when and how");
	is_int(spur_db_identity_list(mine.db, act.who, &l, &err), SPUR_OK, "identities");
	ok(l.count == 1 && strcmp(l.rows[0].fingerprint, act.key) == 0, "hold that key");
	spur_db_identity_list_finish(&l);
	is_int(acts(&ben, &act, &err), SPUR_ENOTFOUND, "another has no key here");
	is_int(spur_identity_open("ben", true, &id, &err), SPUR_OK, "a key for ben");
	is_int(acts(&ben, &act, &err), SPUR_ENOTFOUND, "is not known in this catalogue");
	ok(strstr(err.text, "spur identity add ben") != NULL && ben.identity == NULL, "until he is introduced, and each call asks");
	act = (struct spur_db_act){ "ben", id->fingerprint, "spur identity add ben", 1 };
	is_int(spur_db_identity_add(mine.db, &act, "ben", id->public_key, &err), SPUR_OK, "introduced");
	spur_identity_close(id);
	is_int(acts(&ben, &act, &err), SPUR_OK, "then he acts");
	is_str(act.who, "ben", "in his name");
	spur_ctx_finish(&ben);
	spur_ctx_finish(&mine);
	ok(mine.db == NULL && ben.identity == NULL, "all is closed");
}

static void a_key_of_another_machine_is_told(void)
{
	struct spur_ctx ben = context(catalog, "ben");
	struct spur_db_act act;
	struct spur_error err = { 0 };
	char path[200];

	snprintf(path, sizeof(path), "%s/elsewhere", dir);
	setenv("XDG_CONFIG_HOME", path, 1);
	is_int(acts(&ben, &act, &err), SPUR_ENOTFOUND, "no key of that name on this machine");
	is_int(spur_identity_open("ben", true, &ben.identity, &err), SPUR_OK, "a new key of the same name");
	spur_identity_close(ben.identity);
	ben.identity = NULL;
	is_int(acts(&ben, &act, &err), SPUR_EDB, "is not his");
	ok(strstr(err.text, "another key in this catalogue") != NULL, "and the message says so");
	spur_ctx_finish(&ben);
}

int main(void)
{
	char cmd[300];

	if (mkdtemp(dir) == NULL)
		return 1;
	setenv("XDG_CONFIG_HOME", dir, 1);
	snprintf(catalog, sizeof(catalog), "%s/c.db", dir);
	snprintf(other, sizeof(other), "%s/text", dir);
	a_catalogue_that_is_none_ends_the_verb();
	the_first_one_registers_others_are_introduced();
	a_key_of_another_machine_is_told();
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	return tap_done() | (system(cmd) != 0);
}
