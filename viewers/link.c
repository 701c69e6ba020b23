#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "viewers/viewer.h"

#define TAKE_MOST 256	/* messages at a time, so that a peer that talks without end does not stop the window */

/* ---- what is shown, as values ---- */

static void copy_name(char to[SPUR_IPC_NAME], const char *from)
{
	snprintf(to, SPUR_IPC_NAME, "%s", strlen(from) < SPUR_IPC_NAME ? from : "");
}

static void describe(const struct spur_viewer *v, struct spur_ipc_view *to)
{
	spur_ipc_view_init(to);
	copy_name(to->drive, v->plot->drive);
	to->begin_ns = v->view.begin_ns;
	to->end_ns = v->view.end_ns;
	to->cursor_ns = v->view.cursor_ns;
	to->a_ns = v->view.a_ns;
	to->b_ns = v->view.b_ns;
	for (size_t i = 0; i < v->plot->trace_count && i < SPUR_IPC_TRACES; i++) {
		if (spur_session_signal_name(v->plot->traces[i].signal, to->traces[to->trace_count], SPUR_IPC_NAME))
			to->trace_count++;
	}
	to->current = v->trace < (int)to->trace_count ? v->trace : (int)to->trace_count - 1;
	if (v->camera >= 0 && (size_t)v->camera < v->frame->camera_count)
		copy_name(to->camera, v->frame->cameras[v->camera].topic);
	to->overlay = v->overlay;
	to->light = v->light;
	to->playing = v->play.on;
	if (v->play.on)
		memcpy(to->player, v->play.follows ? v->player : v->name, sizeof(to->player));
	to->rate = spur_plot_rate(v->play.rate);
	to->time = v->view.style;
}

static void adopt_traces(struct spur_viewer *v, const struct spur_ipc_view *in)
{
	const struct spur_session_signal *signals[SPUR_IPC_TRACES];
	size_t n = 0;

	for (size_t i = 0; i < in->trace_count; i++) {
		const struct spur_session_signal *s = spur_session_signal_find(v->plot, in->traces[i]);

		if (s != NULL)
			signals[n++] = s;
	}
	spur_session_traces_set(v->session, signals, n);
	v->trace = in->current < 0 ? 0 : in->current;
}

static void adopt_camera(struct spur_viewer *v, const char *topic)
{
	for (size_t i = 0; i < v->frame->camera_count; i++) {
		if (strcmp(v->frame->cameras[i].topic, topic) == 0)
			v->camera = (int)i;
	}
}

/* Whoever started it moves the cursor; the others see it move. */
static void adopt_play(struct spur_viewer *v, const struct spur_ipc_view *in)
{
	v->play.rate = spur_plot_rate_of(in->rate);
	if (in->playing && strcmp(in->player, v->name) == 0) {
		spur_plot_play_start(&v->play, v->view.cursor_ns, spur_monotonic_ns());
		return;
	}
	v->play.on = v->play.follows = in->playing;
	memcpy(v->player, in->player, sizeof(v->player));
}

static void adopt(struct spur_viewer *v, const struct spur_ipc_view *in)
{
	struct spur_plot_extent e = spur_viewer_extent(v);

	v->view.begin_ns = in->begin_ns;
	v->view.end_ns = in->end_ns;
	v->view.cursor_ns = in->cursor_ns;
	v->view.a_ns = in->a_ns;
	v->view.b_ns = in->b_ns;
	spur_plot_view_clamp(&v->view, &e);
	adopt_traces(v, in);
	adopt_camera(v, in->camera);
	if (v->overlay != in->overlay || v->light != in->light || v->view.style != in->time)
		spur_viewer_stale(v);
	v->overlay = in->overlay;
	v->light = in->light;
	v->view.style = in->time;
	adopt_play(v, in);
	v->drag.down = false;
	describe(v, &v->shared);
	spur_viewer_want(v);
}

void spur_viewer_link_adopt(struct spur_viewer *v)
{
	v->is_pending = false;
	adopt(v, &v->pending);
}

/* ---- the record of what goes over the line ---- */

static void trace(struct spur_viewer *v, const char *event, const struct spur_ipc_stamp *s, spur_ns sent_ns, spur_ns at_ns)
{
	struct spur_buf b = { 0 };
	struct spur_json j = { .out = &b };

	if (v->trace_file == NULL)
		return;
	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "event", event);
	if (s != NULL) {
		spur_json_int(&j, "seq", s->seq);
		spur_json_text(&j, "from", s->from);
		spur_json_int(&j, "tick", s->tick);
	}
	spur_json_int(&j, "sent_ns", sent_ns);
	spur_json_int(&j, "at_ns", at_ns);
	spur_json_int(&j, "latency_us", (at_ns - sent_ns) / 1000);
	spur_json_int(&j, "cursor_ns", v->view.cursor_ns);
	spur_json_end(&j, '}');
	fprintf(v->trace_file, "%s\n", spur_buf_text(&b));
	fflush(v->trace_file);
	spur_buf_finish(&b);
}

/* ---- the line ---- */

static void watch(struct spur_viewer *v, bool full)
{
	spur_watch_set(v->watch, 1, v->line == NULL ? -1 : spur_ipc_fd(v->line), full);
	spur_watch_again(v->watch);
}

void spur_viewer_link_close(struct spur_viewer *v, bool bye)
{
	struct spur_ipc_message m = { .kind = SPUR_IPC_BYE };

	if (v->line != NULL) {
		if (bye) {
			spur_ipc_post(v->line, &m);
			spur_ipc_flush(v->line, NULL);
		}
		spur_ipc_close(v->line);
		v->line = NULL;
		if (v->watch != NULL)
			watch(v, false);
	}
	if (bye && v->trace_file != NULL) {
		fclose(v->trace_file);
		v->trace_file = NULL;
	}
}

/* The window stays, alone. What the workbench was playing stands still. */
static void lost(struct spur_viewer *v, const char *why)
{
	trace(v, "lost", NULL, 0, spur_monotonic_ns());
	spur_viewer_link_close(v, false);
	v->play.on = v->play.on && !v->play.follows;
	if (v->is_pending && v->of != NULL)
		spur_viewer_link_adopt(v);
	v->is_pending = false;
	spur_viewer_say(v, "%s", why);
}

static void flush(struct spur_viewer *v)
{
	struct spur_error err;
	enum spur_status st = v->line == NULL ? SPUR_OK : spur_ipc_flush(v->line, &err);

	if (st < 0)
		lost(v, "the workbench has gone; this window goes on alone");
	else if (st == SPUR_END)
		watch(v, true);
}

enum spur_status spur_viewer_link(struct spur_viewer *v, struct spur_error *err)
{
	struct spur_ipc_message m = { .kind = SPUR_IPC_HELLO, .version = SPUR_IPC_VERSION, .program = "spur-view", .pid = getpid() };
	enum spur_status st;

	spur_ipc_own_name(v->name);
	memcpy(m.name, v->name, sizeof(m.name));
	if (v->o->trace != NULL && (v->trace_file = fopen(v->o->trace, "ae")) == NULL)
		return spur_fail(err, SPUR_EIO, "%s: cannot be written", v->o->trace);
	if (v->o->connect == NULL)
		return SPUR_OK;
	if ((st = spur_ipc_connect(v->o->connect, &v->line, err)) < 0)
		return st;
	spur_ipc_post(v->line, &m);
	watch(v, false);
	flush(v);
	return SPUR_OK;
}

static void take_state(struct spur_viewer *v, const struct spur_ipc_message *m)
{
	spur_viewer_link_sync(v);	/* what a key has just changed comes before */
	if (v->line == NULL || spur_ipc_stamp_compare(&m->stamp, &v->stamp) <= 0)
		return;
	v->stamp = m->stamp;
	v->sent_ns = m->at_ns;
	v->taken_ns = spur_monotonic_ns();
	trace(v, "taken", &m->stamp, m->at_ns, v->taken_ns);
	if (v->of != NULL && strcmp(v->of, m->view.drive) == 0 && !v->plot->opening) {
		adopt(v, &m->view);
		return;
	}
	if (m->view.drive[0] == '\0')
		return;
	if (!v->plot->opening || strcmp(v->pending.drive, m->view.drive) != 0) {
		if (v->of == NULL || strcmp(v->of, m->view.drive) != 0)
			spur_session_plot_open(v->session, m->view.drive);
	}
	v->pending = m->view;
	v->is_pending = true;
}

static void take_shot(struct spur_viewer *v, const struct spur_ipc_message *m)
{
	struct spur_ipc_message answer = { .kind = SPUR_IPC_SHOT, .answer = true };
	char *path = m->path[0] != '\0' ? spur_strdup(m->path) : spur_viewer_shot_name(v, SPUR_VIEWER_PLOT);
	struct spur_error err;

	snprintf(answer.path, sizeof(answer.path), "%s", path);
	if (spur_viewer_shot(v, SPUR_VIEWER_PLOT, path, &err) < 0)
		snprintf(answer.error, sizeof(answer.error), "%s", err.text);
	free(path);
	if (v->line != NULL)
		spur_ipc_post(v->line, &answer);
}

void spur_viewer_link_read(struct spur_viewer *v)
{
	struct spur_ipc_message m;
	struct spur_error err;

	for (int i = 0; v->line != NULL && i < TAKE_MOST; i++) {
		enum spur_status st = spur_ipc_take(v->line, &m, &err);

		if (st == SPUR_END)
			break;
		if (st < 0) {
			lost(v, st == SPUR_EIO ? "the workbench has gone; this window goes on alone" : err.text);
			return;
		}
		if (m.kind == SPUR_IPC_STATE)
			take_state(v, &m);
		else if (m.kind == SPUR_IPC_SHOWN)
			trace(v, "seen", &m.stamp, v->sent_ns, m.at_ns);
		else if (m.kind == SPUR_IPC_SHOT && !m.answer)
			take_shot(v, &m);
		else if (m.kind == SPUR_IPC_BYE)
			lost(v, "the workbench was closed; this window goes on alone");
	}
	if (v->line != NULL) {
		watch(v, false);
		flush(v);
	}
}

void spur_viewer_link_sync(struct spur_viewer *v)
{
	struct spur_ipc_message m = { .kind = SPUR_IPC_STATE };

	if (v->line == NULL || v->of == NULL || v->is_pending || v->plot->opening || v->stamp.seq == 0)
		return;	/* the first word is the workbench's */
	describe(v, &m.view);
	if (spur_ipc_view_equal(&m.view, &v->shared))
		return;
	spur_ipc_stamp_next(&v->stamp, v->name, &v->shared, &m.view);
	v->shared = m.view;
	m.stamp = v->stamp;
	m.at_ns = v->sent_ns = spur_monotonic_ns();
	v->taken_ns = 0;
	trace(v, "sent", &m.stamp, m.at_ns, m.at_ns);
	spur_ipc_post(v->line, &m);
	flush(v);
}

void spur_viewer_link_drawn(struct spur_viewer *v)
{
	struct spur_ipc_message m = { .kind = SPUR_IPC_SHOWN, .stamp = v->stamp, .at_ns = spur_monotonic_ns() };

	if (v->taken_ns == 0 || v->is_pending)
		return;
	v->taken_ns = 0;
	trace(v, "shown", &v->stamp, v->sent_ns, m.at_ns);
	if (v->line == NULL)
		return;
	spur_ipc_post(v->line, &m);
	flush(v);
}
