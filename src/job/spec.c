#include "config.h"

#include "job/spec.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/json.h"
#include "io/out.h"
#include "job/state.h"

#define SPEC_LIMIT (16u << 20)

static void put_list(struct spur_json *j, const char *key, const char *const *list)
{
	spur_json_begin(j, key, '[');
	for (; list != NULL && *list != NULL; list++)
		spur_json_text(j, NULL, *list);
	spur_json_end(j, ']');
}

static void put_pairs(struct spur_json *j, const char *key, const struct spur_job_pair *pairs, size_t count)
{
	spur_json_begin(j, key, '{');
	for (size_t i = 0; i < count; i++)
		spur_json_text(j, pairs[i].key, pairs[i].value);
	spur_json_end(j, '}');
}

static void put_text(struct spur_json *j, const char *key, const char *s)
{
	if (s != NULL && *s != '\0')
		spur_json_text(j, key, s);
}

static void spec_json(const struct spur_job_spec *s, struct spur_buf *out)
{
	struct spur_json j = { .out = out };

	spur_json_begin(&j, NULL, '{');
	spur_json_int(&j, "contract", SPUR_JOB_CONTRACT);
	spur_json_text(&j, "id", s->id);
	spur_json_text(&j, "kind", s->kind);
	spur_json_text(&j, "name", s->name == NULL ? s->kind : s->name);
	put_text(&j, "parent", s->parent);
	put_list(&j, "argv", s->argv);
	put_text(&j, "cwd", s->cwd);
	put_pairs(&j, "params", s->params, s->param_count);
	put_pairs(&j, "channels", s->channels, s->channel_count);
	put_pairs(&j, "env", s->env, s->env_count);
	put_list(&j, "artifacts", s->artifacts);
	put_text(&j, "input_snapshot", s->input_snapshot);
	put_text(&j, "code_sha", s->code_sha);
	spur_json_uint(&j, "processes", s->processes == 0 ? 1 : s->processes);
	spur_json_uint(&j, "seed", s->seed);
	spur_json_uint(&j, "max_failures", s->max_failures == 0 ? 3 : s->max_failures);
	spur_json_uint(&j, "grace_s", s->grace_s == 0 ? 60 : s->grace_s);
	spur_json_uint(&j, "heartbeat_s", s->heartbeat_s);
	spur_json_uint(&j, "limit_as_bytes", s->limit_as_bytes);
	spur_json_uint(&j, "limit_file_bytes", s->limit_file_bytes);
	spur_json_uint(&j, "limit_cpu_s", s->limit_cpu_s);
	put_text(&j, "executor", s->executor);
	spur_json_end(&j, '}');
}

void spur_job_spec_hash(const struct spur_job_spec *s, char hex[65])
{
	struct spur_buf b = { 0 };
	struct spur_json j = { .out = &b };

	spur_json_begin(&j, NULL, '{');
	spur_json_int(&j, "contract", SPUR_JOB_CONTRACT);
	spur_json_text(&j, "kind", s->kind);
	put_list(&j, "argv", s->argv);
	put_pairs(&j, "params", s->params, s->param_count);
	put_text(&j, "input_snapshot", s->input_snapshot);
	put_text(&j, "code_sha", s->code_sha);
	spur_json_uint(&j, "processes", s->processes == 0 ? 1 : s->processes);
	spur_json_uint(&j, "seed", s->seed);
	spur_json_end(&j, '}');
	spur_sha256_hex_of(b.data, b.len, hex);
	spur_buf_finish(&b);
}

/* ---- making the folder */

static enum spur_status write_json(const char *dir, const char *name, struct spur_buf *b, struct spur_error *err)
{
	char *path = spur_strfmt("%s/%s", dir, name);
	enum spur_status st;

	spur_buf_addc(b, '\n');
	st = spur_file_write(path, b->data, b->len, err);
	spur_buf_clear(b);
	free(path);
	return st;
}

/* As SageMaker has them: every value a string. */
static enum spur_status write_config(const struct spur_job_spec *s, const char *dir, struct spur_error *err)
{
	struct spur_buf b = { 0 };
	struct spur_json j = { .out = &b };
	enum spur_status st;

	put_pairs(&j, NULL, s->params, s->param_count);
	st = write_json(dir, "input/config/hyperparameters.json", &b, err);
	j.comma = false;
	spur_json_begin(&j, NULL, '{');
	for (size_t i = 0; i < s->channel_count; i++) {
		spur_json_begin(&j, s->channels[i].key, '{');
		spur_json_text(&j, "TrainingInputMode", "File");
		spur_json_text(&j, "S3DistributionType", "FullyReplicated");
		spur_json_end(&j, '}');
	}
	spur_json_end(&j, '}');
	if (st == SPUR_OK)
		st = write_json(dir, "input/config/inputdataconfig.json", &b, err);
	spur_buf_clear(&b);
	spur_buf_adds(&b, "{\"current_host\":\"algo-1\",\"hosts\":[\"algo-1\"],\"network_interface_name\":\"lo\"}");
	if (st == SPUR_OK)
		st = write_json(dir, "input/config/resourceconfig.json", &b, err);
	spec_json(s, &b);
	if (st == SPUR_OK)
		st = write_json(dir, "spec.json", &b, err);
	spur_buf_finish(&b);
	return st;
}

static enum spur_status link_channels(const struct spur_job_spec *s, const char *dir, struct spur_error *err)
{
	for (size_t i = 0; i < s->channel_count; i++) {
		char *path = spur_strfmt("%s/input/data/%s", dir, s->channels[i].key);
		int rc = symlink(s->channels[i].value, path);

		if (rc < 0)
			spur_fail(err, SPUR_EIO, "%s: cannot link: %s", path, strerror(errno));
		free(path);
		if (rc < 0)
			return SPUR_EIO;
	}
	return SPUR_OK;
}

static enum spur_status fill(const struct spur_job_spec *s, const char *dir, struct spur_error *err)
{
	static const char *const folders[] = { "input/config", "input/data", "checkpoints", "model", "output/data",
					       "events", "logs" };
	struct spur_job_status status = { .state = SPUR_JOB_QUEUED, .exit_code = -1 };
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && st == SPUR_OK; i++) {
		char *path = spur_strfmt("%s/%s", dir, folders[i]);

		st = spur_dir_make(path, err);
		free(path);
	}
	status.created_ns = status.changed_ns = spur_now_ns();
	if (st == SPUR_OK && (st = link_channels(s, dir, err)) == SPUR_OK && (st = write_config(s, dir, err)) == SPUR_OK)
		st = spur_job_status_store(dir, &status, err);
	return st;
}

static enum spur_status check(const struct spur_job_spec *s, struct spur_error *err)
{
	if (s->kind == NULL || *s->kind == '\0' || s->argv == NULL || s->argv[0] == NULL)
		return spur_fail(err, SPUR_EINVAL, "a job needs a kind and a program");
	if (s->dir == NULL || s->dir[0] != '/')
		return spur_fail(err, SPUR_EINVAL, "a job's folder must be an absolute path");
	for (size_t i = 0; i < s->channel_count; i++) {
		if (strchr(s->channels[i].key, '/') != NULL || s->channels[i].key[0] == '.')
			return spur_fail(err, SPUR_EINVAL, "'%s' is no name for a channel", s->channels[i].key);
	}
	if (s->processes > 4096)
		return spur_fail(err, SPUR_EINVAL, "%u processes; 4096 at most", s->processes);
	return SPUR_OK;
}

enum spur_status spur_job_spec_store(const struct spur_job_spec *s, struct spur_error *err)
{
	char *tmp = s->dir == NULL ? NULL : spur_strfmt("%s.tmp-%ld", s->dir, (long)getpid());
	enum spur_status st = check(s, err);

	if (st == SPUR_OK)
		st = fill(s, tmp, err);
	if (st == SPUR_OK && rename(tmp, s->dir) < 0)
		st = spur_fail(err, SPUR_EIO, "%s: cannot rename: %s", tmp, strerror(errno));
	free(tmp);
	return spur_wrap(st, err, "job folder");
}

/* ---- reading */

static const char *text_of(struct spur_arena *a, const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? NULL : spur_arena_str(a, s);
}

static uint64_t uint_of(const json_t *o, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(o, key));

	return v < 0 ? 0 : (uint64_t)v;
}

static const char *const *list_of(struct spur_arena *a, const json_t *o, const char *key)
{
	const json_t *list = json_object_get(o, key);
	size_t n = json_array_size(list);
	const char **out = spur_arena_array(a, n + 1, sizeof(*out));

	for (size_t i = 0; out != NULL && i < n; i++) {
		const char *s = json_string_value(json_array_get(list, i));

		out[i] = spur_arena_str(a, s == NULL ? "" : s);
	}
	return out;
}

static const struct spur_job_pair *pairs_of(struct spur_arena *a, json_t *o, const char *key, size_t *count)
{
	json_t *map = json_object_get(o, key), *value;
	struct spur_job_pair *out = spur_arena_array(a, json_object_size(map), sizeof(*out));
	const char *name;

	*count = 0;
	json_object_foreach(map, name, value) {
		out[*count].key = spur_arena_str(a, name);
		out[(*count)++].value = spur_arena_str(a, json_is_string(value) ? json_string_value(value) : "");
	}
	return out;
}

static struct spur_job_spec *from_json(json_t *o, const char *dir)
{
	struct spur_arena *a = spur_arena_create(0);
	struct spur_job_spec *s = spur_arena_alloc(a, sizeof(*s));
	const char *id = json_string_value(json_object_get(o, "id"));

	s->priv = a;
	snprintf(s->id, sizeof(s->id), "%s", id == NULL ? "" : id);
	s->kind = text_of(a, o, "kind");
	s->name = text_of(a, o, "name");
	s->parent = text_of(a, o, "parent");
	s->dir = spur_arena_str(a, dir);
	s->argv = list_of(a, o, "argv");
	s->cwd = text_of(a, o, "cwd");
	s->params = pairs_of(a, o, "params", &s->param_count);
	s->channels = pairs_of(a, o, "channels", &s->channel_count);
	s->env = pairs_of(a, o, "env", &s->env_count);
	s->artifacts = list_of(a, o, "artifacts");
	s->input_snapshot = text_of(a, o, "input_snapshot");
	s->code_sha = text_of(a, o, "code_sha");
	s->processes = (unsigned)uint_of(o, "processes");
	s->seed = uint_of(o, "seed");
	s->max_failures = (unsigned)uint_of(o, "max_failures");
	s->grace_s = (unsigned)uint_of(o, "grace_s");
	s->heartbeat_s = (unsigned)uint_of(o, "heartbeat_s");
	s->limit_as_bytes = uint_of(o, "limit_as_bytes");
	s->limit_file_bytes = uint_of(o, "limit_file_bytes");
	s->limit_cpu_s = uint_of(o, "limit_cpu_s");
	s->executor = text_of(a, o, "executor");
	return s;
}

enum spur_status spur_job_spec_load(const char *dir, struct spur_job_spec **out, struct spur_error *err)
{
	char *path = spur_strfmt("%s/spec.json", dir), *data = NULL;
	json_error_t je;
	json_t *o = NULL;
	size_t len;
	enum spur_status st = spur_file_read(path, SPEC_LIMIT, &data, &len, err);

	*out = NULL;
	if (st < 0)
		goto out;
	o = json_loadb(data, len, 0, &je);
	if (o == NULL) {
		st = spur_fail_byte(err, SPUR_EFORMAT, (uint64_t)je.position, "%s: %s", path, je.text);
		goto out;
	}
	*out = from_json(o, dir);
	if ((*out)->kind == NULL || (*out)->argv[0] == NULL || (*out)->processes == 0 || (*out)->processes > 4096) {
		spur_job_spec_destroy(*out);
		*out = NULL;
		st = spur_fail(err, SPUR_EFORMAT, "%s: no kind, argv or processes", path);
	}
out:
	json_decref(o);
	free(data);
	free(path);
	return st;
}

void spur_job_spec_destroy(struct spur_job_spec *s)
{
	if (s != NULL)
		spur_arena_destroy(s->priv);
}
