#include "config.h"

#include "verb/lab_door.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/json.h"
#include "io/out.h"
#include "lab/target.h"

#define RESULT_LIMIT (64u << 20)	/* bytes of a JSON file that a recipe leaves */

/* A result of a run as the catalogue wants it. */
struct harvest {
	struct spur_lab *lab;
	const struct spur_db_act *act;
	const struct spur_db_lab_run *run;
	char *dir;		/* of the job */
	char *run_object;	/* "run-..." */
};

static char *trimmed(char *text, size_t len)
{
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == ' '))
		text[--len] = '\0';
	return text;
}

static enum spur_status read_text(const struct harvest *h, const char *rel, char **out, struct spur_error *err)
{
	char *path = spur_strfmt("%s/%s", h->dir, rel);
	size_t len = 0;
	enum spur_status st = spur_file_read(path, RESULT_LIMIT, out, &len, err);

	if (st >= 0)
		trimmed(*out, len);
	free(path);
	return st;
}

static char *uid_of(const char *prefix, const char *text)
{
	char hex[SPUR_SHA256_HEX];

	spur_sha256_hex_of(text, strlen(text), hex);
	return spur_strfmt("%s-%.16s", prefix, hex);
}

static enum spur_status sha_of_file(const char *path, char hex[SPUR_SHA256_HEX], struct spur_error *err)
{
	char *data = NULL;
	size_t len = 0;
	enum spur_status st = spur_file_read(path, RESULT_LIMIT, &data, &len, err);

	if (st >= 0)
		spur_sha256_hex_of(data, len, hex);
	free(data);
	return st;
}

/* The run itself, and what it was made from. */
static enum spur_status put_run(const struct harvest *h, struct spur_error *err)
{
	const struct spur_db_lab_run *r = h->run;
	struct spur_buf record = { 0 };
	struct spur_json j = { .out = &record };
	char *title = spur_strfmt("%s %s", r->kind, r->kind[0] == 't' ? r->recipe : r->kind[0] == 'c' ? r->target : r->name);
	struct spur_db_object o = { .id = h->run_object, .kind = "run", .title = title, .path = h->dir };
	enum spur_status st;

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "code_sha256", r->code_sha);
	spur_json_text(&j, "extract", r->extract);
	spur_json_text(&j, "key", r->key);
	spur_json_text(&j, "kind", r->kind);
	spur_json_text(&j, "model", r->model);
	spur_json_text(&j, "recipe", r->recipe);
	spur_json_text(&j, "target", r->target);
	spur_json_text(&j, "who", r->who);
	spur_json_end(&j, '}');
	o.record = spur_buf_text(&record);
	st = spur_db_object_put(h->lab->db, h->act, &o, err);
	if (st >= 0)
		st = spur_db_edge_add(h->lab->db, h->act, h->run_object, r->extract, "data", err);
	if (st >= 0 && r->model[0] != '\0')
		st = spur_db_edge_add(h->lab->db, h->act, h->run_object, r->model, "model", err);
	spur_buf_finish(&record);
	free(title);
	return st;
}

/* An object the run made: the row, the edge to the run, its author. */
static enum spur_status put_product(const struct harvest *h, const struct spur_db_object *o, struct spur_error *err)
{
	enum spur_status st = spur_db_object_put(h->lab->db, h->act, o, err);

	if (st >= 0)
		st = spur_db_edge_add(h->lab->db, h->act, o->id, h->run_object, "run", err);
	if (st >= 0)
		st = spur_db_author_add(h->lab->db, h->act, o->id, h->run->who, h->run->key, err);
	return st;
}

static enum spur_status take_model(const struct harvest *h, char **id, struct spur_error *err)
{
	char *card = NULL, *weights = spur_strfmt("%s/model/model.safetensors", h->dir), *title = NULL;
	char sha[SPUR_SHA256_HEX];
	struct spur_db_object o = { .kind = "model", .path = weights, .sha256 = sha };
	int version = 0;
	enum spur_status st = read_text(h, "model/model.json", &card, err);

	if (st >= 0 && (st = sha_of_file(weights, sha, err)) >= 0) {
		*id = uid_of("model", card);
		title = spur_strfmt("model %s", h->run->name);
		o.id = *id;
		o.record = card;
		o.title = title;
		if ((st = put_product(h, &o, err)) >= 0)
			st = spur_db_model_add(h->lab->db, h->act, h->run->name, *id, h->run->run, h->run->who, h->run->key,
					       &version, err);
	}
	free(title);
	free(weights);
	free(card);
	return st;
}

static enum spur_status take_evaluation(const struct harvest *h, char **id, struct spur_error *err)
{
	char *path = spur_strfmt("%s/output/data/evaluation.json", h->dir), *text = NULL, *title = NULL;
	char sha[SPUR_SHA256_HEX];
	struct spur_db_object o = { .kind = "evaluation", .path = path, .sha256 = sha };
	enum spur_status st = read_text(h, "output/data/evaluation.json", &text, err);

	if (st >= 0 && (st = sha_of_file(path, sha, err)) >= 0) {
		*id = uid_of("eval", text);
		title = spur_strfmt("evaluation of %s", h->run->name);
		o.id = *id;
		o.title = title;
		o.record = text;
		if ((st = put_product(h, &o, err)) >= 0)
			st = spur_db_edge_add(h->lab->db, h->act, *id, h->run->model, "model", err);
	}
	free(title);
	free(text);
	free(path);
	return st;
}

/* The object's record: the report, and the hash of the list of what ran. */
static char *artefact_record(const struct harvest *h, const char *report, struct spur_error *err)
{
	char *sbom = spur_strfmt("%s/output/data/sbom.json", h->dir), hex[SPUR_SHA256_HEX];
	struct spur_buf out = { 0 };
	struct spur_json j = { .out = &out };

	if (sha_of_file(sbom, hex, err) < 0)
		hex[0] = '\0';
	spur_json_begin(&j, NULL, '{');
	spur_json_raw(&j, "report", report);
	spur_json_text(&j, "sbom_sha256", hex);
	spur_json_end(&j, '}');
	free(sbom);
	return spur_buf_steal(&out);
}

static enum spur_status put_artefact(const struct harvest *h, const struct spur_target_result *r, const char *report,
				     char **id, struct spur_error *err)
{
	char *what = spur_strfmt("%s %s %s", h->run->target, r->sha256, h->run->model);
	char *path = spur_strfmt("%s/%s", h->dir, r->artefact), *record = artefact_record(h, report, NULL);
	char *title = spur_strfmt("%s for %s", h->run->name, h->run->target);
	struct spur_db_object o = { .kind = "artefact", .title = title, .path = path, .sha256 = r->sha256, .record = record };
	enum spur_status st;

	*id = uid_of("artefact", what);
	o.id = *id;
	st = put_product(h, &o, err);
	if (st >= 0)
		st = spur_db_edge_add(h->lab->db, h->act, *id, h->run->model, "model", err);
	if (st >= 0)
		st = spur_db_author_inherit(h->lab->db, h->act, h->run->model, *id, err);
	free(title);
	free(record);
	free(path);
	free(what);
	return st;
}

static enum spur_status take_artefact(const struct harvest *h, char **id, struct spur_error *err)
{
	const struct spur_target *target;
	struct spur_target_result r;
	char *report = NULL;
	enum spur_status st = spur_target_find(h->run->target, &target, err);

	if (st >= 0)
		st = read_text(h, "output/data/report.json", &report, err);
	if (st >= 0)
		st = target->result(report, strlen(report), &r, err);
	if (st >= 0)
		st = put_artefact(h, &r, report, id, err);
	free(report);
	return st;
}

static enum spur_status take(const struct harvest *h, struct spur_error *err)
{
	char *id = NULL;
	enum spur_status st = spur_db_begin(h->lab->db, err);

	if (st < 0)
		return st;
	st = put_run(h, err);
	if (st >= 0 && strcmp(h->run->kind, "train") == 0)
		st = take_model(h, &id, err);
	else if (st >= 0 && strcmp(h->run->kind, "eval") == 0)
		st = take_evaluation(h, &id, err);
	else if (st >= 0)
		st = take_artefact(h, &id, err);
	if (st >= 0)
		st = spur_db_lab_result_add(h->lab->db, h->act, h->run->run, id, err);
	free(id);
	return spur_wrap(spur_db_end(h->lab->db, st, err), err, "result of run %s", h->run->run);
}

static enum spur_status take_if_done(struct spur_lab *lab, const struct spur_db_lab_run *run, struct spur_error *err)
{
	struct harvest h = { .lab = lab, .run = run, .dir = spur_strfmt("%s/%s", lab->door.host.root, run->run) };
	struct spur_job_status status;
	struct spur_db_act act;
	enum spur_status st = SPUR_OK;

	h.run_object = spur_strfmt("run-%s", run->run);
	h.act = &act;
	/* A folder that is gone, or not finished: no result, and nothing wrong here. */
	if (spur_job_status_load(h.dir, &status, NULL) >= 0 && status.state == SPUR_JOB_SUCCEEDED &&
	    (st = spur_ctx_act(lab->ctx, &lab->db, &act, err)) >= 0)
		st = take(&h, err);
	free(h.run_object);
	free(h.dir);
	return st;
}

enum spur_status spur_lab_collect(struct spur_lab *lab, struct spur_error *err)
{
	struct spur_db_lab_run_list l;
	enum spur_status st = spur_db_lab_run_list(lab->db, NULL, &l, err);

	for (size_t i = 0; i < l.count && st >= 0; i++)
		st = take_if_done(lab, &l.rows[i], err);
	spur_db_lab_run_list_finish(&l);
	return st;
}

enum spur_status spur_lab_open(struct spur_ctx *ctx, struct spur_lab *lab, struct spur_error *err)
{
	enum spur_status st;

	*lab = (struct spur_lab){ .ctx = ctx };
	if ((st = spur_ctx_db(ctx, &lab->db, err)) < 0 || (st = spur_job_door_open(ctx, &lab->door, err)) < 0)
		return st;
	if ((st = spur_lab_collect(lab, err)) < 0)
		spur_lab_close(lab);
	return st;
}

void spur_lab_close(struct spur_lab *lab)
{
	spur_job_door_close(&lab->door);
	*lab = (struct spur_lab){ 0 };
}

enum spur_exit spur_lab_visit(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			      struct spur_error *err,
			      enum spur_exit (*work)(struct spur_lab *lab, const struct spur_args *args,
						     struct spur_emit *emit, struct spur_error *err))
{
	struct spur_lab lab;
	enum spur_exit rc = spur_exit_of(spur_lab_open(ctx, &lab, err));

	if (rc == SPUR_EXIT_OK)
		rc = work(&lab, args, emit, err);
	spur_lab_close(&lab);
	return rc;
}
