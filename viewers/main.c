#include "config.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "verb/places.h"
#include "viewers/viewer.h"

#define DEFAULT_MEM (256u << 20)
#define SIGNALS SPUR_SESSION_TRACES

static const struct spur_opt opts[] = {
	{ "connect", 0, SPUR_OPT_PATH, "SOCKET", "be a pane of the workbench that gave this socket", false },
	{ "signal", 's', SPUR_OPT_TEXT, "NAME", "show this signal; more than one may be given", true },
	{ "camera", 0, SPUR_OPT_TEXT, "NAME", "show this camera: its topic, or a part of it", false },
	{ "no-camera", 0, SPUR_OPT_FLAG, NULL, "open no camera window", false },
	{ "from", 0, SPUR_OPT_TIME, "T", "begin of what is shown", false },
	{ "to", 0, SPUR_OPT_TIME, "T", "end of what is shown", false },
	{ "cursor", 0, SPUR_OPT_TIME, "T", "the cursor; default the middle", false },
	{ "a", 0, SPUR_OPT_TIME, "T", "mark A", false },
	{ "b", 0, SPUR_OPT_TIME, "T", "mark B", false },
	{ "scale", 0, SPUR_OPT_FLOAT, "S", "size of text and lines; default as the display asks", false },
	{ "size", 0, SPUR_OPT_TEXT, "WxH", "size of the plot's window", false },
	{ "light", 0, SPUR_OPT_FLAG, NULL, "colours for a light background", false },
	{ "clean", 0, SPUR_OPT_FLAG, NULL, "no cursor and no marks", false },
	{ "shot", 0, SPUR_OPT_PATH, "FILE", "write the plot as PNG and end", false },
	{ "shot-camera", 0, SPUR_OPT_PATH, "FILE", "write the camera's window as PNG and end", false },
	{ "script", 0, SPUR_OPT_PATH, "FILE", "do what the events of this file say", false },
	{ "trace-ipc", 0, SPUR_OPT_PATH, "FILE", "append what goes over the line to this file", false },
	{ "version", 0, SPUR_OPT_FLAG, NULL, "print the version", false },
	{ 0 }
};

static struct spur_task task;

static void usage(FILE *to)
{
	fprintf(to, "usage: spur-view [OPTION]... DRIVE | FILE...\n");
	for (const struct spur_opt *o = opts; o->name != NULL; o++)
		fprintf(to, "  --%s%s%s%*s%s\n", o->name, o->arg != NULL ? " " : "", o->arg != NULL ? o->arg : "",
			(int)(22 - strlen(o->name) - (o->arg != NULL ? strlen(o->arg) + 1 : 0)), "", o->help);
	fprintf(to, "and --catalog, --mem, --time of spur(1)\n");
}

static enum spur_time_style style_of(const char *word)
{
	return strcmp(word, "local") == 0 ? SPUR_TIME_LOCAL : strcmp(word, "rel") == 0 ? SPUR_TIME_REL :
	       strcmp(word, "ns") == 0 ? SPUR_TIME_NS : SPUR_TIME_UTC;
}

static enum spur_status take_size(struct spur_viewer_options *o, const char *text, struct spur_error *err)
{
	char end;

	if (sscanf(text, "%dx%d%c", &o->width, &o->height, &end) != 2 || o->width < 16 || o->height < 16 || o->width > 16384 ||
	    o->height > 16384)
		return spur_fail(err, SPUR_EINVAL, "--size %s: say width x height in pixels, 960x600", text);
	return SPUR_OK;
}

/* Recordings, or one drive of the catalogue: what is a file is a file. */
static enum spur_status take_subjects(struct spur_viewer_options *o, const struct spur_args *a, struct spur_error *err)
{
	o->subjects = a->pos;
	o->subject_count = a->npos;
	o->files = a->npos > 1 || (a->npos == 1 && access(a->pos[0], F_OK) == 0);
	if (a->npos == 0 && o->connect == NULL)
		return spur_fail(err, SPUR_EINVAL, "say which drive, or which recordings; --help shows the options");
	if (o->files && o->connect != NULL)
		return spur_fail(err, SPUR_EINVAL, "--connect shows what the workbench shows: a drive, no files");
	return SPUR_OK;
}

static enum spur_status take_options(struct spur_viewer_options *o, const struct spur_args *a, const char **signals,
				     struct spur_error *err)
{
	enum spur_status st;

	*o = (struct spur_viewer_options){ .connect = spur_args_text(a, "connect", NULL), .camera = spur_args_text(a, "camera", NULL),
		.no_camera = spur_args_has(a, "no-camera"), .from = spur_args_text(a, "from", NULL),
		.to = spur_args_text(a, "to", NULL), .cursor = spur_args_text(a, "cursor", NULL), .a = spur_args_text(a, "a", NULL),
		.b = spur_args_text(a, "b", NULL), .scale = spur_args_float(a, "scale", 0), .light = spur_args_has(a, "light"),
		.clean = spur_args_has(a, "clean"), .shot = spur_args_text(a, "shot", NULL),
		.shot_camera = spur_args_text(a, "shot-camera", NULL), .trace = spur_args_text(a, "trace-ipc", NULL),
		.script = spur_args_text(a, "script", NULL), .signals = signals };
	while (o->signal_count < SIGNALS && (signals[o->signal_count] = spur_args_nth(a, "signal", o->signal_count)) != NULL)
		o->signal_count++;
	if (spur_args_nth(a, "signal", SIGNALS) != NULL)
		return spur_fail(err, SPUR_EINVAL, "%d signals are the most", SIGNALS);
	if (o->scale < 0 || o->scale > 16)
		return spur_fail(err, SPUR_EINVAL, "--scale: 0.25 to 16");
	if (o->no_camera && (o->camera != NULL || o->shot_camera != NULL))
		return spur_fail(err, SPUR_EINVAL, "--no-camera and a camera: which?");
	if ((st = take_size(o, spur_args_text(a, "size", "960x600"), err)) < 0)
		return st;
	return take_subjects(o, a, err);
}

static enum spur_exit run(const struct spur_args *a, char *const argv[], struct spur_error *err)
{
	char *catalog = spur_place_catalog(), *self = spur_place_self(argv[0]), *data = spur_place_data(self);
	struct spur_ctx ctx = { .mem_bytes = spur_args_size(a, "mem", DEFAULT_MEM), .catalog = spur_args_text(a, "catalog", catalog),
		.command_line = "spur-view", .self = self, .datadir = data, .task = &task,
		.time_style = style_of(spur_args_text(a, "time", "utc")) };
	const char *signals[SIGNALS];
	struct spur_viewer_options o;
	enum spur_status st = take_options(&o, a, signals, err);
	enum spur_exit rc = SPUR_EXIT_USAGE;

	if (st >= 0) {
		st = spur_viewer_run(&o, &ctx, err);
		rc = st < 0 ? SPUR_EXIT_FAIL : SPUR_EXIT_OK;
	}
	free(catalog);
	free(self);
	free(data);
	return rc;
}

int main(int argc, char **argv)
{
	static const struct spur_opt *const tables[] = { opts, spur_global_opts, NULL };
	struct spur_error err = { 0 };
	struct spur_args a = { 0 };
	enum spur_exit rc = SPUR_EXIT_OK;

	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN);
	if (spur_args_parse(&a, tables, argc - 1, (const char *const *)argv + 1, &err) < 0)
		rc = SPUR_EXIT_USAGE;
	else if (spur_args_has(&a, "help"))
		usage(stdout);
	else if (spur_args_has(&a, "version"))
		printf("spur-view %s\n", PACKAGE_VERSION);
	else
		rc = run(&a, argv, &err);
	if (rc != SPUR_EXIT_OK)
		fprintf(stderr, "spur-view: %s\n", err.text);
	spur_args_finish(&a);
	return (int)rc;
}
