/* lab_make: the catalogue of tests/lab_catalogue.h with an evaluation and an artefact, for scripts; prints its folder (also
 * XDG_CONFIG_HOME; jobs are in jobs/) and its catalogue. The caller removes the folder. */
#include "config.h"

#include "tests/lab_catalogue.h"
#include "verb/emit_file.h"

/* What trainings left behind becomes models by being looked at. */
static void look(struct spur_ctx *ctx)
{
	static const char *const words[] = { "models" };
	FILE *out = fopen("/dev/null", "w");
	struct spur_emit *emit = spur_emit_json_create(out, stderr);
	struct spur_error err = { 0 };

	if (spur_verb_call(ctx, 1, words, emit, &err) != SPUR_EXIT_OK)
		lab_must(SPUR_EIO, &err);
	spur_emit_json_destroy(emit);
	spur_ctx_finish(ctx);
	fclose(out);
}

int main(void)
{
	struct lab_catalogue c;
	struct spur_ctx ctx = { .mem_bytes = 256u << 20, .as = "ada", .command_line = "spur models", .self = "spur" };
	struct spur_db_model_list l = { 0 };
	struct spur_error err = { 0 };

	ctx.datadir = getenv("SPUR_DATA");
	lab_catalogue_make(&c, &ctx, true);
	look(&ctx);
	lab_must(spur_db_model_find(c.db, "driving_events@1", &l, &err), &err);
	lab_evaluation(&c, "5555555555555555", l.rows[0].uid);
	lab_artefact(&c, l.rows[0].uid);
	printf("%s %s\n", c.dir, c.catalog);
	spur_db_model_list_finish(&l);
	spur_db_job_store_finish(&c.store);
	spur_db_close(c.db);
	spur_ssh_key_destroy(c.ada.key);
	spur_ssh_key_destroy(c.ben.key);
	spur_buf_finish(&c.ada.public);
	spur_buf_finish(&c.ben.public);
	return 0;
}
