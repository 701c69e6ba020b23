#ifndef SPUR_TESTS_LAB_CATALOGUE_H
#define SPUR_TESTS_LAB_CATALOGUE_H

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/sshsig.h"
#include "db/catalog_jobs.h"
#include "db/catalog_lab.h"
#include "io/out.h"
#include "job/spec.h"
#include "job/state.h"
#include "tests/catalog_engine.h"
#include "tests/tap.h"
#include "verb/verb.h"

/*
 * A catalogue with a history, made through its contract: two people, drives with approved
 * segments, two dataset versions, an extract, two trained models (one evaluated and compiled) and jobs
 * that ended well and badly. What screens show of it does not depend on when or where it was made.
 */
#define LAB_T0 INT64_C(1767323045000000000)	/* 2026-01-02T03:04:05Z */
#define LAB_HOUR (3600 * SPUR_NS_PER_S)

/* Keys made for this file: with the same keys segments have the same ids. */
static const char lab_key_ada[] =
	"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
	"QyNTUxOQAAACCyW3DIppOKuHGmNXM4dmIw37r3rn6UwuHia97+28+44QAAAIhU/1n0VP9Z\n"
	"9AAAAAtzc2gtZWQyNTUxOQAAACCyW3DIppOKuHGmNXM4dmIw37r3rn6UwuHia97+28+44Q\n"
	"AAAEC8jaUiykEwpaJooBoaR6Qendl4UxT/SJjlMV7QoaqpvbJbcMimk4q4caY1czh2YjDf\n"
	"uveufpTC4eJr3v7bz7jhAAAAA2FkYQEC\n";
static const char lab_key_ben[] =
	"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
	"QyNTUxOQAAACD8YA87x08qDm8dB2PiYpdsnodUzhR4ve+DCMMp6OY0kQAAAIgv+6frL/un\n"
	"6wAAAAtzc2gtZWQyNTUxOQAAACD8YA87x08qDm8dB2PiYpdsnodUzhR4ve+DCMMp6OY0kQ\n"
	"AAAED3NImgH6VkjFCCnuCxn0HflMXuuI+7siKMyhFqANLUv/xgDzvHTyoObx0HY+Jil2ye\n"
	"h1TOFHi974MIwyno5jSRAAAAA2JlbgEC\n";

struct lab_person {
	struct spur_ssh_key *key;
	struct spur_buf public;
	char fingerprint[SPUR_SSH_FINGERPRINT];
	struct spur_db_act act;
};

struct lab_catalogue {
	char dir[64], catalog[200], jobs[96];
	struct spur_job_store store;
	struct lab_person ada, ben;
	struct spur_db *db;
	int64_t hour;		/* acts are an hour apart */
};

static inline void lab_must(enum spur_status st, const struct spur_error *err)
{
	if (st < 0) {
		printf("Bail out! %s\n", err->text);
		exit(1);
	}
}

static inline const struct spur_db_act *lab_act(struct lab_catalogue *c, struct lab_person *p, const char *line)
{
	p->act.line = line;
	p->act.now_ns = LAB_T0 + 24 * LAB_HOUR + c->hour++ * LAB_HOUR;
	return &p->act;
}

static inline void lab_write(const char *dir, const char *rel, const char *text)
{
	char *path = spur_strfmt("%s/%s", dir, rel), *slash = strrchr(path, '/');
	struct spur_error err = { 0 };

	*slash = '\0';
	lab_must(spur_dir_make(path, &err), &err);
	*slash = '/';
	lab_must(spur_file_write(path, text, strlen(text), &err), &err);
	free(path);
}

/* The files of an identity, so that the workbench can act as that person. */
static inline void lab_keep_key(const struct lab_catalogue *c, const struct lab_person *p, const char *name)
{
	struct spur_buf private = { 0 };
	char *rel = spur_strfmt("spur/identities/%s", name), *pub = spur_strfmt("spur/identities/%s.pub", name);
	char *path = spur_strfmt("%s/%s", c->dir, rel);

	spur_ssh_key_private(p->key, name, &private);
	lab_write(c->dir, rel, spur_buf_text(&private));
	lab_write(c->dir, pub, spur_buf_text(&p->public));
	chmod(path, 0600);
	spur_buf_finish(&private);
	free(path);
	free(pub);
	free(rel);
}

static inline void lab_introduce(struct lab_catalogue *c, struct lab_person *p, const char *name)
{
	static const char type[] = "OPENSSH PRIVATE KEY";
	char *text;
	struct spur_error err = { 0 };

	text = spur_strfmt("-----BEGIN %s-----\n%s-----END %s-----\n", type, strcmp(name, "ada") == 0 ? lab_key_ada : lab_key_ben, type);
	lab_must(spur_ssh_key_read(text, strlen(text), &p->key, &err), &err);
	free(text);
	spur_ssh_key_public(p->key, &p->public);
	lab_must(spur_ssh_public_parse(p->public.data, NULL, p->fingerprint, &err), &err);
	p->act = (struct spur_db_act){ .who = name, .key = p->fingerprint };
	lab_must(spur_db_identity_add(c->db, lab_act(c, p, "spur identity add"), name, p->public.data, &err), &err);
	lab_keep_key(c, p, name);
}

static inline void lab_approve(struct lab_catalogue *c, int64_t segment)
{
	struct spur_db_segment_list l = { 0 };
	struct spur_buf record = { 0 }, sig = { 0 };
	struct spur_error err = { 0 };
	const struct spur_db_act *act = lab_act(c, &c->ben, "spur review approve");
	char ref[24];

	c->hour--;	/* all at one time */
	snprintf(ref, sizeof(ref), "%lld", (long long)segment);
	lab_must(spur_db_segment_find(c->db, ref, &l, &err), &err);
	spur_db_review_record(&l.rows[0], "approve", "seen", act, &record);
	lab_must(spur_sshsig_sign(c->ben.key, SPUR_DB_APPROVAL_NAMESPACE, record.data, record.len, &sig, &err), &err);
	lab_must(spur_db_review_add(c->db, act, segment, "approve", "seen", sig.data, NULL, &err), &err);
	spur_buf_finish(&record);
	spur_buf_finish(&sig);
	spur_db_segment_list_finish(&l);
}

/* A drive of ten minutes with two approved segments of each label. */
static inline void lab_drive(struct lab_catalogue *c, int n)
{
	static const char *const labels[] = { "hard_braking", "lane_change", "cruise" };
	char name[32], sha[SPUR_SHA256_HEX], path[64];
	struct spur_db_source s = { .path = path, .format = "mdf4", .role = "log", .sha256 = sha, .size_bytes = 12345, .has_time = true };
	struct spur_error err = { 0 };
	int64_t drive, segment;

	snprintf(name, sizeof(name), "run_%02d", n);
	snprintf(path, sizeof(path), "/recordings/%s.mf4", name);
	spur_sha256_hex_of(name, strlen(name), sha);
	s.begin_ns = LAB_T0 + n * LAB_HOUR;
	s.end_ns = s.begin_ns + 600 * SPUR_NS_PER_S;
	lab_must(spur_db_drive_add(c->db, lab_act(c, &c->ada, "spur add"), name, &s, 1, &drive, &err), &err);
	c->hour--;
	for (int i = 0; i < 6; i++) {
		struct spur_db_segment seg = { .drive_id = drive, .begin_ns = s.begin_ns + i * 90 * SPUR_NS_PER_S, .label = labels[i % 3],
					       .query = "q", .score = 0.9, .evidence = "{}" };

		seg.end_ns = seg.begin_ns + (4 + i) * SPUR_NS_PER_S;
		lab_must(spur_db_segment_add(c->db, &c->ada.act, &seg, &segment, NULL, &err), &err);
		lab_approve(c, segment);
	}
}

static inline char *lab_freeze(struct lab_catalogue *c)
{
	struct spur_db_freeze f = { .name = "driving_events", .permille = { 500, 250, 250 } };
	struct spur_db_dataset_list l = { 0 };
	struct spur_error err = { 0 };
	char *uid;

	lab_must(spur_db_dataset_freeze(c->db, lab_act(c, &c->ada, "spur dataset freeze driving_events"), &f, &l, &err), &err);
	uid = spur_strdup(l.rows[0].uid);
	spur_db_dataset_list_finish(&l);
	return uid;
}

struct lab_job {
	const char *id, *kind, *name;
	const struct spur_job_pair *params;
	size_t param_count;
	enum spur_job_state state;
	int minute;		/* it began that many minutes after LAB_T0 + 48 h, and took 90 s */
	uint64_t done, total;
	const char *unit, *reason;
	int exit_code;
	const char *plan;	/* of an extraction: its folder */
};

/* Its folder, as a supervisor leaves it. The caller frees. */
static inline char *lab_job(struct lab_catalogue *c, const struct lab_job *j)
{
	char *dir = spur_strfmt("%s/%s", c->jobs, j->id);
	const char *argv[] = { "spur", "worker", "--plan", j->plan, NULL };
	const char *other[] = { "python3", "train.py", NULL };
	struct spur_job_spec spec = { .kind = j->kind, .name = j->name, .dir = dir, .argv = j->plan != NULL ? argv : other,
				      .params = j->params, .param_count = j->param_count, .processes = 1, .seed = 1, .executor = "local",
				      .code_sha = "c0de", .input_snapshot = "root" };
	struct spur_job_status st = { .state = j->state, .attempt = 1, .done = j->done, .total = j->total, .exit_code = j->exit_code };
	struct spur_job_row row = { .input_snapshot = "root", .code_sha = "c0de" };
	struct spur_error err = { 0 };

	memcpy(spec.id, j->id, sizeof(spec.id));
	st.created_ns = st.started_ns = LAB_T0 + 48 * LAB_HOUR + j->minute * 60 * SPUR_NS_PER_S;
	st.ended_ns = st.changed_ns = st.heartbeat_ns = st.started_ns + 90 * SPUR_NS_PER_S;
	snprintf(st.unit, sizeof(st.unit), "%s", j->unit);
	snprintf(st.reason, sizeof(st.reason), "%s", j->reason == NULL ? "" : j->reason);
	lab_must(spur_job_spec_store(&spec, &err), &err);
	lab_must(spur_job_status_store(dir, &st, &err), &err);
	memcpy(row.id, j->id, sizeof(row.id));
	snprintf(row.kind, sizeof(row.kind), "%s", j->kind);
	snprintf(row.name, sizeof(row.name), "%s", j->name);
	snprintf(row.dir, sizeof(row.dir), "%s", dir);
	snprintf(row.executor, sizeof(row.executor), "local");
	row.status = st;
	lab_must(c->store.ops->put(c->store.state, &row, "test", &err), &err);
	return dir;
}

/* Eight epochs: the loss falls, the score rises. */
static inline void lab_metrics(const char *dir)
{
	struct spur_buf b = { 0 };

	for (int i = 1; i <= 8; i++)
		spur_buf_addf(&b, "{\"v\":1,\"ts\":%d,\"type\":\"metric\",\"step\":%d,\"values\":{\"loss\":%.3f,\"val_macro_f1\":%.3f}}\n", i, i,
			      1.6 / i, 0.8 - 0.5 / i);
	lab_write(dir, "events/0.jsonl", spur_buf_text(&b));
	spur_buf_finish(&b);
}

static inline void lab_run(struct lab_catalogue *c, const char *id, const char *kind, const char *model)
{
	struct spur_db_lab_run r = { .run = id, .kind = kind, .recipe = "driving_events", .code_sha = "c0de",
				     .extract = "extract-00112233aabbccdd", .model = model, .name = "driving_events", .target = "" };
	struct spur_error err = { 0 };

	lab_must(spur_db_lab_run_add(c->db, lab_act(c, &c->ada, "spur train"), &r, &err), &err);
}

/* A training that is done: the lab takes its model over when somebody looks. */
static inline void lab_training(struct lab_catalogue *c, const char *id, const char *seed, int minute)
{
	const struct spur_job_pair params[] = { { "epochs", "8" }, { "seed", seed } };
	const struct lab_job j = { .id = id, .kind = "train", .name = "driving_events", .params = params, .param_count = 2, .done = 8, .total = 8,
				   .unit = "epochs", .state = SPUR_JOB_SUCCEEDED, .minute = minute };
	char *dir = lab_job(c, &j), *model;

	model = spur_strfmt("{\"classes\":[\"cruise\",\"hard_braking\",\"lane_change\"],\"epochs\":8,\"best_epoch\":8,\"ranks\":1,"
			    "\"hyperparameters\":{\"epochs\":8,\"lr\":0.003,\"seed\":%s},\"parameters\":24581,\"val_macro_f1\":0.7375,"
			    "\"weights_sha256\":\"w%s\",\"onnx_sha256\":\"o%s\",\"merkle_root\":\"root\",\"ops\":{\"Conv\":3},\"opset\":17,"
			    "\"signals\":[\"speed\"]}\n", seed, seed, seed);
	lab_write(dir, "model/model.json", model);
	lab_write(dir, "model/model.safetensors", seed);
	lab_metrics(dir);
	lab_run(c, id, "train", "");
	free(model);
	free(dir);
}

static inline void lab_evaluation(struct lab_catalogue *c, const char *id, const char *model)
{
	const struct lab_job j = { .id = id, .kind = "eval", .name = "driving_events", .state = SPUR_JOB_SUCCEEDED, .minute = 30,
				   .done = 280, .total = 280, .unit = "windows" };
	char *dir = lab_job(c, &j);

	lab_write(dir, "output/data/evaluation.json",
		  "{\"macro_f1\":0.8125,\"ci_low\":0.75,\"ci_high\":0.875,\"ci_unit\":\"drive\",\"ci_clusters\":2,\"bootstrap\":2000,"
		  "\"accuracy\":0.85,\"windows\":280,\"baseline\":{\"class\":\"cruise\",\"macro_f1\":0.25},\"drives\":[\"run_05\"],"
		  "\"classes\":[{\"class\":\"cruise\",\"precision\":0.9,\"recall\":0.8,\"f1\":0.85,\"windows\":100}],"
		  "\"confusion\":{\"classes\":[\"cruise\"],\"counts\":[[100]]}}\n");
	lab_run(c, id, "eval", model);
	free(dir);
}

static inline void lab_artefact(struct lab_catalogue *c, const char *model)
{
	static const struct spur_db_object o = {
		.id = "artefact-0123456789abcdef", .kind = "artefact", .title = "driving_events for iree-cpu", .path = "/jobs/x/model.vmfb",
		.record = "{\"report\":{\"artefact\":{\"bytes\":98304,\"sha256\":\"aa\"},\"latency\":{\"iree-cpu\":{\"p50\":120.5}},"
			  "\"parity\":{\"max_abs\":1e-06,\"top1_agreement\":1.0},\"target\":\"iree-cpu\"},\"sbom_sha256\":\"\"}" };
	struct spur_error err = { 0 };

	lab_must(spur_db_object_put(c->db, lab_act(c, &c->ada, "spur compile"), &o, &err), &err);
	lab_must(spur_db_edge_add(c->db, &c->ada.act, o.id, model, "model", &err), &err);
}

static inline void lab_jobs(struct lab_catalogue *c)
{
	static const struct lab_job extract = { .id = "1111111111111111", .kind = "extract", .name = "extract driving_events@1", .unit = "shards",
						.state = SPUR_JOB_SUCCEEDED, .minute = 0, .done = 6, .total = 6, .plan = "/data/extract" };
	static const struct lab_job bad = { .id = "4444444444444444", .kind = "compile", .name = "driving_events", .unit = "", .minute = 40,
					    .state = SPUR_JOB_FAILED, .exit_code = 78, .reason = "exit 78: no tool iree-compile" };

	free(lab_job(c, &extract));
	free(lab_job(c, &bad));
	lab_training(c, "2222222222222222", "5", 10);
	lab_training(c, "3333333333333333", "6", 20);
}

static inline void lab_extract(struct lab_catalogue *c, const char *dataset)
{
	static const struct spur_db_object o = { .id = "extract-00112233aabbccdd", .kind = "extract", .title = "36 windows", .path = "/data/extract",
						 .sha256 = "00112233aabbccdd", .record = "{}" };
	struct spur_error err = { 0 };

	lab_must(spur_db_object_put(c->db, lab_act(c, &c->ada, "spur extract"), &o, &err), &err);
	lab_must(spur_db_edge_add(c->db, &c->ada.act, o.id, dataset, "data", &err), &err);
}

/* Sets SPUR_JOBS and XDG_CONFIG_HOME. With `full` false there is nothing in it. */
static inline void lab_catalogue_make(struct lab_catalogue *c, struct spur_ctx *ctx, bool full)
{
	struct spur_error err = { 0 };
	char *one, *two;

	*c = (struct lab_catalogue){ .dir = "/tmp/spur-lab-XXXXXX" };
	if (mkdtemp(c->dir) == NULL)
		exit(1);
	one = engine_catalog(c->dir, "catalogue");
	snprintf(c->catalog, sizeof(c->catalog), "%s", one);
	free(one);
	snprintf(c->jobs, sizeof(c->jobs), "%s/jobs", c->dir);
	lab_must(spur_dir_make(c->jobs, &err), &err);
	setenv("SPUR_JOBS", c->jobs, 1);
	setenv("XDG_CONFIG_HOME", c->dir, 1);
	ctx->catalog = c->catalog;
	lab_must(spur_db_open(c->catalog, &c->db, &err), &err);
	spur_db_job_store(c->db, &c->store);
	if (!full)
		return;
	lab_introduce(c, &c->ada, "ada");
	lab_introduce(c, &c->ben, "ben");
	for (int i = 1; i <= 4; i++)
		lab_drive(c, i);
	one = lab_freeze(c);
	lab_drive(c, 5);
	lab_drive(c, 6);
	two = lab_freeze(c);
	lab_extract(c, one);
	lab_jobs(c);
	free(one);
	free(two);
}

static inline void lab_catalogue_drop(struct lab_catalogue *c)
{
	char cmd[100];

	spur_db_job_store_finish(&c->store);
	spur_db_close(c->db);
	spur_ssh_key_destroy(c->ada.key);
	spur_ssh_key_destroy(c->ben.key);
	spur_buf_finish(&c->ada.public);
	spur_buf_finish(&c->ben.public);
	snprintf(cmd, sizeof(cmd), "rm -r %s", c->dir);
	if (system(cmd) != 0)
		printf("# cannot remove %s\n", c->dir);
}

#endif
