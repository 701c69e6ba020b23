#include "config.h"

#include "session/session_priv.h"

#include <stdlib.h>

#include "base/buf.h"

struct spur_session *spur_session_create(const struct spur_ctx *ctx, struct spur_workq *queue)
{
	struct spur_session *s = spur_calloc(1, sizeof(*s));

	s->ctx = ctx;
	s->queue = queue;
	s->drives = spur_session_drives_create();
	s->plot = spur_session_plot_create();
	s->jobs = spur_session_jobs_create();
	s->datasets = spur_session_datasets_create();
	s->models = spur_session_models_create();
	s->frame = spur_session_frame_create();
	s->segments = spur_session_segments_create(ctx);
	s->evidence = spur_session_evidence_create();
	s->preview = spur_session_preview_create();
	s->audit = spur_session_audit_create();
	s->lineage = spur_session_lineage_create();
	return s;
}

void spur_session_stop(struct spur_session *s)
{
	s->stopped = true;
	spur_session_drives_stop(s);
	spur_session_plot_stop(s);
	spur_session_jobs_stop(s);
	spur_session_datasets_stop(s);
	spur_session_models_stop(s);
	spur_session_frame_stop(s);
	spur_session_segments_stop(s);
	spur_session_evidence_stop(s);
	spur_session_preview_stop(s);
	spur_session_audit_stop(s);
	spur_session_lineage_stop(s);
}

void spur_session_destroy(struct spur_session *s)
{
	if (s == NULL)
		return;
	spur_session_drives_destroy(s->drives);
	spur_session_plot_destroy(s->plot);
	spur_session_jobs_destroy(s->jobs);
	spur_session_datasets_destroy(s->datasets);
	spur_session_models_destroy(s->models);
	spur_session_frame_destroy(s->frame);
	spur_session_segments_destroy(s->segments);
	spur_session_evidence_destroy(s->evidence);
	spur_session_preview_destroy(s->preview);
	spur_session_audit_destroy(s->audit);
	spur_session_lineage_destroy(s->lineage);
	free(s);
}

void spur_session_take_results(struct spur_session *s, bool on)
{
	s->take_results = on;
}

bool spur_session_busy(const struct spur_session *s)
{
	return spur_session_drives_busy(s) || spur_session_plot_busy(s) || spur_session_segments_busy(s) ||
	       spur_session_evidence_busy(s) || spur_session_datasets_busy(s) || spur_session_models_busy(s) ||
	       spur_session_frame_busy(s) || spur_session_preview_busy(s) || spur_session_audit_busy(s) ||
	       spur_session_lineage_busy(s) || spur_session_jobs_busy(s);
}

void spur_session_refresh(struct spur_session *s)
{
	spur_session_drives_refresh(s);
	spur_session_plot_refresh(s);
	spur_session_datasets_refresh(s);
	spur_session_models_refresh(s);
	spur_session_segments_refresh(s);
	spur_session_audit_refresh(s);
}

void spur_session_ask(struct spur_session *s, struct spur_session_slot *slot, void (*start)(struct spur_session *))
{
	if (s->stopped)
		return;
	slot->asked++;
	if (slot->running == NULL)
		start(s);
	else
		spur_task_cancel(slot->running);
}

bool spur_session_arrived(struct spur_session *s, struct spur_session_slot *slot, uint64_t asked,
			  void (*start)(struct spur_session *))
{
	slot->running = NULL;
	if (s->stopped)
		return false;
	if (asked != slot->asked) {
		start(s);
		return false;
	}
	slot->served = asked;
	return true;
}
