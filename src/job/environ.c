#include "config.h"

#include "job/environ.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"

struct vars {
	char **v;
	size_t count;
};

/* Replaces a variable of the same name. Takes over line. */
static void put(struct vars *e, char *line)
{
	size_t name = strcspn(line, "=") + 1;

	for (size_t i = 0; i < e->count; i++) {
		if (strncmp(e->v[i], line, name) == 0) {
			free(e->v[i]);
			e->v[i] = line;
			return;
		}
	}
	e->v = spur_realloc(e->v, e->count + 2, sizeof(*e->v));
	e->v[e->count++] = line;
	e->v[e->count] = NULL;
}

/* "brake-s" gives "BRAKE_S". */
static char *upper(const char *prefix, const char *name)
{
	char *out = spur_strfmt("%s%s", prefix, name);

	for (char *p = out + strlen(prefix); *p != '\0'; p++)
		*p = isalnum((unsigned char)*p) ? (char)toupper((unsigned char)*p) : '_';
	return out;
}

static void put_named(struct vars *e, const char *prefix, const char *name, const char *value)
{
	char *key = upper(prefix, name);

	put(e, spur_strfmt("%s=%s", key, value));
	free(key);
}

static void put_maps(struct vars *e, const struct spur_job_spec *s)
{
	struct spur_buf b = { 0 };
	struct spur_json j = { .out = &b };

	spur_json_begin(&j, NULL, '[');
	for (size_t i = 0; i < s->channel_count; i++) {
		char *path = spur_strfmt("%s/input/data/%s", s->dir, s->channels[i].key);

		spur_json_text(&j, NULL, s->channels[i].key);
		put_named(e, "SM_CHANNEL_", s->channels[i].key, path);
		free(path);
	}
	spur_json_end(&j, ']');
	put(e, spur_strfmt("SM_CHANNELS=%s", spur_buf_text(&b)));
	spur_buf_clear(&b);
	j.comma = false;
	spur_json_begin(&j, NULL, '{');
	for (size_t i = 0; i < s->param_count; i++) {
		spur_json_text(&j, s->params[i].key, s->params[i].value);
		put_named(e, "SM_HP_", s->params[i].key, s->params[i].value);
	}
	spur_json_end(&j, '}');
	put(e, spur_strfmt("SM_HPS=%s", spur_buf_text(&b)));
	spur_buf_finish(&b);
}

static void put_folders(struct vars *e, const struct spur_job_spec *s)
{
	put(e, spur_strfmt("SPUR_ROOT=%s", s->dir));
	put(e, spur_strfmt("SPUR_JOB_DIR=%s", s->dir));
	put(e, spur_strfmt("SM_MODEL_DIR=%s/model", s->dir));
	put(e, spur_strfmt("SM_OUTPUT_DIR=%s/output", s->dir));
	put(e, spur_strfmt("SM_OUTPUT_DATA_DIR=%s/output/data", s->dir));
	put(e, spur_strfmt("SM_INPUT_DIR=%s/input", s->dir));
	put(e, spur_strdup("SM_HOSTS=[\"algo-1\"]"));
	put(e, spur_strdup("SM_CURRENT_HOST=algo-1"));
	put(e, spur_strdup("SM_NUM_GPUS=0"));
	put(e, spur_strfmt("SM_NUM_CPUS=%ld", sysconf(_SC_NPROCESSORS_ONLN)));
}

static void put_rank(struct vars *e, const struct spur_job_spec *s, const struct spur_job_rank *r)
{
	put(e, spur_strfmt("SPUR_RUN_ID=%s", s->id));
	put(e, spur_strfmt("SPUR_ATTEMPT=%u", r->attempt));
	put(e, spur_strfmt("SPUR_EVENTS=%s/events/%u.jsonl", s->dir, r->rank));
	put(e, spur_strfmt("SPUR_SEED=%" PRIu64, s->seed));
	put(e, spur_strfmt("SPUR_GRACE_S=%u", s->grace_s == 0 ? 60 : s->grace_s));
	put(e, spur_strfmt("SPUR_WORKER_INDEX=%u", r->rank));
	put(e, spur_strfmt("SPUR_WORKERS=%u", s->processes));
	put(e, spur_strfmt("RANK=%u", r->rank));
	put(e, spur_strfmt("LOCAL_RANK=%u", r->rank));
	put(e, spur_strfmt("WORLD_SIZE=%u", s->processes));
	put(e, spur_strfmt("LOCAL_WORLD_SIZE=%u", s->processes));
	put(e, spur_strdup("MASTER_ADDR=127.0.0.1"));
	put(e, spur_strfmt("MASTER_PORT=%u", r->master_port));
	put(e, spur_strdup("GLOO_SOCKET_IFNAME=lo"));
	put(e, spur_strdup("OMP_NUM_THREADS=1"));
}

char **spur_job_environ(const struct spur_job_spec *spec, const struct spur_job_rank *r)
{
	struct vars e = { 0 };

	for (char **p = environ; p != NULL && *p != NULL; p++)
		put(&e, spur_strdup(*p));
	put_folders(&e, spec);
	put_rank(&e, spec, r);
	put_maps(&e, spec);
	for (size_t i = 0; i < spec->env_count; i++)
		put(&e, spur_strfmt("%s=%s", spec->env[i].key, spec->env[i].value));
	return e.v;
}

void spur_job_environ_free(char **env)
{
	for (size_t i = 0; env != NULL && env[i] != NULL; i++)
		free(env[i]);
	free(env);
}
