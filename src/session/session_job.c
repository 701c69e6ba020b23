#include "config.h"

#include "session/jobs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/out.h"

void spur_session_job_parts_finish(struct spur_session_job_parts *p)
{
	free(p->id);
	spur_job_spec_destroy(p->spec);
	free(p->folder);
	free(p->result);
	free(p->model);
	free(p->extract);
	spur_run_series_destroy(p->series);
	*p = (struct spur_session_job_parts){ 0 };
}

/* An extraction's worker is told its folder: --plan DIR. */
static const char *folder_of(const struct spur_job_spec *spec)
{
	for (size_t i = 0; spec->argv[i] != NULL && spec->argv[i + 1] != NULL; i++) {
		if (strcmp(spec->argv[i], "--plan") == 0)
			return spec->argv[i + 1];
	}
	return "";
}

enum spur_status spur_session_job_parts_read(struct spur_db *db, const struct spur_job_row *row,
					     const struct spur_run_series *series, struct spur_session_job_parts *out,
					     struct spur_error *err)
{
	struct spur_db_lab_run_list run = { 0 };
	bool known = spur_db_lab_run_list(db, row->id, &run, NULL) >= 0 && run.count > 0;
	const struct spur_db_lab_run *r = known ? &run.rows[0] : NULL;
	enum spur_status st = spur_job_spec_load(row->dir, &out->spec, err);

	out->id = spur_strdup(row->id);
	out->folder = spur_strdup(st >= 0 && strcmp(row->kind, "extract") == 0 ? folder_of(out->spec) : "");
	out->result = spur_strdup(known ? r->result : "");
	/* What came of a training is the model; the others were about one. */
	out->model = spur_strdup(!known ? "" : strcmp(r->kind, "train") == 0 ? r->result : r->model);
	out->extract = spur_strdup(known ? r->extract : "");
	out->series = series != NULL && strcmp(spur_run_series_dir(series), row->dir) == 0 ? spur_run_series_copy(series) :
											    spur_run_series_create(row->dir);
	spur_db_lab_run_list_finish(&run);
	return st < 0 ? st : spur_run_series_read(out->series, err);
}

void spur_session_job_target(struct spur_db *db, const struct spur_job_row *row, char *out, size_t size)
{
	struct spur_db_lab_run_list run = { 0 };

	if (strcmp(row->kind, "extract") == 0 && strncmp(row->name, "extract ", 8) == 0)
		snprintf(out, size, "%s", row->name + 8);
	else if (strcmp(row->kind, "compile") == 0 && spur_db_lab_run_list(db, row->id, &run, NULL) >= 0 && run.count > 0)
		snprintf(out, size, "%s\xe2\x86\x92%s", row->name, run.rows[0].target);
	else
		snprintf(out, size, "%s", row->name);
	spur_db_lab_run_list_finish(&run);
}

static void read_cpu(struct spur_session_load *l)
{
	uint64_t v[8] = { 0 };
	size_t len = 0;
	char *text = NULL;

	if (spur_file_read("/proc/stat", 1u << 20, &text, &len, NULL) >= 0 &&
	    sscanf(text, "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &v[0],
		   &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]) == 8) {
		for (int i = 0; i < 8; i++)
			l->total += v[i];
		l->busy = l->total - v[3] - v[4];	/* idle, waiting for I/O */
	}
	free(text);
}

static void read_io(struct spur_session_load *l)
{
	static const char *const keys[] = { "\npgpgin ", "\npgpgout " };
	size_t len = 0;
	char *text = NULL;

	if (spur_file_read("/proc/vmstat", 1u << 20, &text, &len, NULL) >= 0) {
		for (int i = 0; i < 2; i++) {
			const char *at = strstr(text, keys[i]);

			if (at != NULL)
				l->io_kib += strtoull(at + strlen(keys[i]), NULL, 10);
		}
	}
	free(text);
}

void spur_session_load_read(struct spur_session_load *l)
{
	*l = (struct spur_session_load){ .at_ns = spur_monotonic_ns() };
	read_cpu(l);
	read_io(l);
}
