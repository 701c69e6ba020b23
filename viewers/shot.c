#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "image/image.h"
#include "io/out.h"
#include "viewers/viewer.h"

#define TRIES 1000	/* names of one moment */

/* spur-DRIVE-TIME.png in the current folder, or with a number where that is there. The caller frees. */
char *spur_viewer_shot_name(const struct spur_viewer *v, int window)
{
	char t[SPUR_TIME_TEXT];
	char *name = spur_strfmt("spur-%s-%s%s", v->plot->drive != NULL ? v->plot->drive : "none",
				 spur_time_text(v->view.cursor_ns, SPUR_TIME_UTC, 0, t), window == SPUR_VIEWER_CAMERA ? "-camera" : "");
	char *path;

	for (char *p = name; *p != '\0'; p++) {
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", *p) == NULL)
			*p = '_';
	}
	path = spur_strfmt("%s.png", name);
	for (int i = 2; i < TRIES && spur_path_exists(path); i++) {
		free(path);
		path = spur_strfmt("%s-%d.png", name, i);
	}
	free(name);
	return path;
}

static void put_time(struct spur_json *j, const char *key, spur_ns t)
{
	if (t == SPUR_NS_MIN)
		spur_json_null(j, key);
	else
		spur_json_int(j, key, t);
}

static void put_word(struct spur_buf *b, const char *word)
{
	bool plain = *word != '\0' && strpbrk(word, " \t\n'\"\\$`&|;<>()*?[#~!{}") == NULL;

	spur_buf_adds(b, plain ? " " : " '");
	for (const char *p = word; *p != '\0'; p++) {
		if (*p == '\'')
			spur_buf_adds(b, "'\\''");
		else
			spur_buf_addc(b, *p);
	}
	if (!plain)
		spur_buf_addc(b, '\'');
}

static void put_moment(struct spur_buf *b, const char *option, spur_ns t)
{
	if (t != SPUR_NS_MIN)
		spur_buf_addf(b, " --%s %" PRId64, option, t);
}

/* What draws the same without a window. */
static char *command_of(const struct spur_viewer *v, int window, const char *path)
{
	static const char *const styles[] = { "utc", "local", "rel", "ns" };
	const struct spur_window *w = &v->windows[window];
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, window == SPUR_VIEWER_PLOT ? "spur plot" : "spur frame");
	for (size_t i = 0; v->o->files && i < v->o->subject_count; i++)
		put_word(&b, v->o->subjects[i]);
	if (!v->o->files)
		put_word(&b, v->plot->drive);
	if (window == SPUR_VIEWER_CAMERA && v->camera >= 0) {
		put_word(&b, v->frame->cameras[v->camera].topic);
		put_moment(&b, "at", v->view.cursor_ns);
		spur_buf_adds(&b, " -o");
		put_word(&b, path);
		return spur_buf_steal(&b);
	}
	for (size_t i = 0; i < v->plot->trace_count; i++) {
		char name[SPUR_IPC_NAME];

		spur_buf_adds(&b, " -s");
		put_word(&b, spur_session_signal_name(v->plot->traces[i].signal, name, sizeof(name)) ? name :
			 v->plot->traces[i].signal->name);
	}
	put_moment(&b, "from", v->view.begin_ns);
	put_moment(&b, "to", v->view.end_ns);
	put_moment(&b, "cursor", v->view.cursor_ns);
	put_moment(&b, "a", v->view.a_ns);
	put_moment(&b, "b", v->view.b_ns);
	spur_buf_addf(&b, " --size %dx%d --scale %g --time %s%s%s -o", w->pixels.width, w->pixels.height, w->scale,
		      styles[v->view.style], v->light ? " --light" : "", v->o->clean ? " --clean" : "");
	put_word(&b, path);
	return spur_buf_steal(&b);
}

static void put_sources(struct spur_json *j, const struct spur_session_plot *p)
{
	spur_json_begin(j, "sources", '[');
	for (size_t i = 0; i < p->source_count; i++) {
		spur_json_begin(j, NULL, '{');
		spur_json_text(j, "path", p->sources[i].path);
		spur_json_text(j, "sha256", p->sources[i].sha256[0] != '\0' ? p->sources[i].sha256 : NULL);
		spur_json_end(j, '}');
	}
	spur_json_end(j, ']');
}

static enum spur_status write_facts(const struct spur_viewer *v, int window, const char *path, const struct spur_buf *png,
				    struct spur_error *err)
{
	const struct spur_window *w = &v->windows[window];
	struct spur_buf out = { 0 };
	struct spur_json j = { .out = &out };
	char *command = command_of(v, window, path), *beside = spur_strfmt("%s.json", path), sha[SPUR_SHA256_HEX];
	enum spur_status st;

	spur_sha256_hex_of(png->data, png->len, sha);
	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "command", command);
	spur_json_text(&j, "window", window == SPUR_VIEWER_PLOT ? "plot" : "camera");
	spur_json_text(&j, "drive", v->plot->drive);
	spur_json_int(&j, "begin_ns", v->view.begin_ns);
	spur_json_int(&j, "end_ns", v->view.end_ns);
	put_time(&j, "cursor_ns", v->view.cursor_ns);
	put_time(&j, "a_ns", v->view.a_ns);
	put_time(&j, "b_ns", v->view.b_ns);
	spur_json_begin(&j, "traces", '[');
	for (size_t i = 0; i < v->plot->trace_count; i++)
		spur_json_text(&j, NULL, v->plot->traces[i].signal->name);
	spur_json_end(&j, ']');
	if (window == SPUR_VIEWER_CAMERA && v->frame->frame != NULL)
		spur_json_int(&j, "frame_ns", v->frame->frame->place.t_ns);
	spur_json_int(&j, "width", w->pixels.width);
	spur_json_int(&j, "height", w->pixels.height);
	spur_json_text(&j, "theme", v->light ? "light" : "dark");
	spur_json_text(&j, "sha256", sha);
	put_sources(&j, v->plot);
	spur_json_end(&j, '}');
	spur_buf_addc(&out, '\n');
	st = spur_file_write(beside, out.data, out.len, err);
	free(command);
	free(beside);
	spur_buf_finish(&out);
	return st;
}

enum spur_status spur_viewer_shot(struct spur_viewer *v, int window, const char *path, struct spur_error *err)
{
	const struct spur_window *w = &v->windows[window];
	struct spur_buf png = { 0 };
	char *made = path == NULL ? spur_viewer_shot_name(v, window) : NULL;
	enum spur_status st;

	if (path == NULL)
		path = made;
	if (w->pixels.rgb == NULL || v->of == NULL)
		st = spur_fail(err, SPUR_ENOTFOUND, "%s: %s", path, window == SPUR_VIEWER_CAMERA ? "no camera is shown" :
			       "no drive is shown");
	else if ((st = spur_image_write_png(&w->pixels, &png, err)) >= 0 &&
		 (st = spur_file_write(path, png.data, png.len, err)) >= 0)
		st = write_facts(v, window, path, &png, err);
	if (st >= 0)
		spur_viewer_say(v, "wrote %s", path);
	spur_buf_finish(&png);
	free(made);
	return st;
}
