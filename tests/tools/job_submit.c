/* Submits a job of any program, for tests/jobs: there is no verb that does, on purpose.
 * job_submit ROOT SPUR CATALOG [KEY=VALUE...] -- PROGRAM [ARGUMENT...]; prints the folder. Keys: processes,
 * grace_s, heartbeat_s, max_failures, artifact, param.NAME, channel.NAME, env.NAME. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/catalog_jobs.h"
#include "job/submit.h"

#define MANY 32

struct request {
	struct spur_job_spec spec;
	struct spur_job_pair params[MANY], channels[MANY], env[MANY];
	const char *artifacts[MANY + 1];
	size_t artifact_count;
};

static void add(struct spur_job_pair *list, size_t *count, char *key, char *value)
{
	if (*count < MANY)
		list[(*count)++] = (struct spur_job_pair){ key, value };
}

static void set(struct request *r, char *key)
{
	char *value = strchr(key, '=');
	unsigned n;

	if (value == NULL)
		return;
	*value++ = '\0';
	n = (unsigned)strtoul(value, NULL, 10);
	if (strcmp(key, "processes") == 0)
		r->spec.processes = n;
	else if (strcmp(key, "grace_s") == 0)
		r->spec.grace_s = n;
	else if (strcmp(key, "heartbeat_s") == 0)
		r->spec.heartbeat_s = n;
	else if (strcmp(key, "max_failures") == 0)
		r->spec.max_failures = n;
	else if (strcmp(key, "artifact") == 0 && r->artifact_count < MANY)
		r->artifacts[r->artifact_count++] = value;
	else if (strncmp(key, "param.", 6) == 0)
		add(r->params, &r->spec.param_count, key + 6, value);
	else if (strncmp(key, "channel.", 8) == 0)
		add(r->channels, &r->spec.channel_count, key + 8, value);
	else if (strncmp(key, "env.", 4) == 0)
		add(r->env, &r->spec.env_count, key + 4, value);
}

int main(int argc, char **argv)
{
	struct request r = { .spec = { .kind = "test" } };
	struct spur_job_host host;
	struct spur_job_store store;
	struct spur_error err = { 0 };
	struct spur_db *db = NULL;
	char id[SPUR_JOB_ID];
	int i = 4;

	if (argc < 5)
		return 2;
	host = (struct spur_job_host){ .root = argv[1], .self = argv[2], .catalog = argv[3] };
	for (; i < argc && strcmp(argv[i], "--") != 0; i++)
		set(&r, argv[i]);
	r.spec.argv = (const char *const *)(argv + i + 1);
	r.spec.params = r.params;
	r.spec.channels = r.channels;
	r.spec.env = r.env;
	r.spec.artifacts = r.artifacts;
	if (spur_db_open(host.catalog, &db, &err) < 0)
		goto fail;
	spur_db_job_store(db, &store);
	if (spur_job_submit(&r.spec, &host, &store, id, &err) < 0)
		goto fail;
	printf("%s\n", id);
	spur_db_job_store_finish(&store);
	spur_db_close(db);
	return 0;
fail:
	fprintf(stderr, "%s\n", err.text);
	spur_db_close(db);
	return 1;
}
