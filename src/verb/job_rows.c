#include "config.h"

#include "verb/job_rows.h"

#include <stdio.h>

static void times(struct spur_emit *e, const struct spur_job_status *s)
{
	if (s->started_ns != 0)
		spur_emit_time(e, "started_ns", s->started_ns);
	if (s->ended_ns != 0)
		spur_emit_time(e, "ended_ns", s->ended_ns);
	if (s->heartbeat_ns != 0)
		spur_emit_time(e, "heartbeat_ns", s->heartbeat_ns);
	spur_emit_time(e, "changed_ns", s->changed_ns);
}

void spur_job_emit_row(struct spur_emit *e, const struct spur_job_row *row)
{
	const struct spur_job_status *s = &row->status;
	spur_ns until = s->ended_ns != 0 ? s->ended_ns : spur_now_ns();
	char progress[64] = "";

	if (s->total > 0)
		snprintf(progress, sizeof(progress), "%llu/%llu %s", (unsigned long long)s->done,
			 (unsigned long long)s->total, s->unit);
	spur_emit_row(e, "job");
	spur_emit_text(e, "job", row->id);
	spur_emit_text(e, "kind", row->kind);
	spur_emit_text(e, "name", row->name);
	spur_emit_text(e, "state", spur_job_state_name(s->state));
	spur_emit_uint(e, "attempt", s->attempt);
	spur_emit_text(e, "progress", progress);
	spur_emit_span(e, "took_ns", s->started_ns == 0 ? 0 : until - s->started_ns);
	spur_emit_time(e, "created_ns", s->created_ns);
	spur_emit_text(e, "reason", s->reason);
	spur_emit_detail(e);
	spur_emit_text(e, "dir", row->dir);
	spur_emit_text(e, "parent", row->parent);
	spur_emit_text(e, "executor", row->executor);
	spur_emit_text(e, "input_snapshot", row->input_snapshot);
	spur_emit_text(e, "code_sha", row->code_sha);
	spur_emit_text(e, "param_hash", row->param_hash);
	spur_emit_uint(e, "failures", s->failures);
	spur_emit_uint(e, "done", s->done);
	spur_emit_uint(e, "total", s->total);
	spur_emit_text(e, "unit", s->unit);
	spur_emit_int(e, "exit_code", s->exit_code);
	spur_emit_int(e, "exit_signal", s->exit_signal);
	times(e, s);
	spur_emit_end(e);
}
