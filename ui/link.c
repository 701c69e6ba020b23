#include "config.h"

#include "ui/link.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/ipc.h"
#include "ui/ui_priv.h"

#define PEERS 8			/* windows that are connected at a time */
#define TAKE_MOST 256

extern char **environ;

struct peer {
	struct spur_ipc *line;		/* NULL: free */
	char name[32];			/* "" before its hello */
	bool seen_due;			/* what it sent has not been drawn yet */
};

/* A window that was started: what it says before it dies is the reason. */
struct child {
	pid_t pid;			/* 0: free */
	int errors;			/* what it prints; -1: closed */
	char last[256];
};

struct spur_ui_link {
	struct spur_ipc_listener *listener;
	struct peer peers[PEERS];
	struct child children[PEERS];
	char name[32];
	struct spur_ipc_stamp stamp;	/* of shared */
	struct spur_ipc_view shared;	/* as last sent or taken */
	bool has_shared;
	spur_ns changed_ns;
};

/* ---- the plot screen, as values ---- */

static const struct spur_screen *plot_screen(const struct spur_ui *ui, void **state)
{
	for (int i = ui->depth - 1; i >= 0; i--) {
		if (ui->stack[i]->share != NULL) {
			*state = ui->state[i];
			return ui->stack[i];
		}
	}
	return NULL;
}

static bool describe(const struct spur_ui *ui, struct spur_ipc_view *to)
{
	const struct spur_ui_link *l = ui->link;
	const struct spur_screen *s;
	void *state;

	spur_ipc_view_init(to);
	s = plot_screen(ui, &state);
	if (s == NULL || !s->share(state, to))
		return false;
	to->light = ui->light;
	to->time = ui->time_style;
	if (to->playing && to->player[0] == '\0')
		memcpy(to->player, l->name, sizeof(to->player));
	return true;
}

/* Another drive than that of the screen: a window that has not heard yet; what it says is of the past. */
static void adopt(struct spur_ui *ui, const struct spur_ipc_view *in)
{
	struct spur_ui_link *l = ui->link;
	struct spur_ipc_view v = *in;
	const struct spur_screen *s;
	void *state;

	s = plot_screen(ui, &state);
	if (s == NULL || !l->has_shared || strcmp(in->drive, l->shared.drive) != 0)
		return;
	if (strcmp(v.player, l->name) == 0)
		v.player[0] = '\0';
	ui->light = v.light;
	ui->time_style = v.time;
	s->adopt(ui, state, &v);
	l->has_shared = describe(ui, &l->shared);
	ui->dirty = true;
}

/* ---- the line ---- */

static void on_peer(struct spur_ui *ui, int fd, void *arg);

static void lose(struct spur_ui *ui, struct peer *p, const char *why)
{
	struct spur_ui_link *l = ui->link;
	bool played = l->has_shared && l->shared.playing && strcmp(l->shared.player, p->name) == 0;

	spur_ui_unwatch(ui, spur_ipc_fd(p->line));
	spur_ipc_close(p->line);
	*p = (struct peer){ 0 };
	if (why != NULL)
		spur_ui_say(ui, "%s", why);
	if (played) {
		struct spur_ipc_view still = l->shared;

		still.playing = false;
		adopt(ui, &still);
		l->has_shared = false;	/* tell the others */
	}
}

static void flush(struct spur_ui *ui, struct peer *p)
{
	struct spur_error err;
	enum spur_status st = spur_ipc_flush(p->line, &err);

	if (st < 0)
		lose(ui, p, "a window has gone; ! opens another");
	else
		spur_ui_watch(ui, spur_ipc_fd(p->line), st == SPUR_END, on_peer, NULL);
}

static void send_view(struct spur_ui *ui, struct peer *p, const struct spur_ipc_view *v)
{
	struct spur_ui_link *l = ui->link;
	struct spur_ipc_message m = { .kind = SPUR_IPC_STATE, .stamp = l->stamp, .at_ns = l->changed_ns, .view = *v };

	spur_ipc_post(p->line, &m);
	flush(ui, p);
}

/* To all but the one it came from. */
static void pass_on(struct spur_ui *ui, const struct peer *from, const struct spur_ipc_view *v)
{
	for (int i = 0; i < PEERS; i++) {
		struct peer *p = &ui->link->peers[i];

		if (p != from && p->line != NULL && p->name[0] != '\0')
			send_view(ui, p, v);
	}
}

static void take_hello(struct spur_ui *ui, struct peer *p, const struct spur_ipc_message *m)
{
	memcpy(p->name, m->name, sizeof(p->name));
	if (ui->link->has_shared && ui->link->stamp.seq > 0)
		send_view(ui, p, &ui->link->shared);
}

static void take_state(struct spur_ui *ui, struct peer *p, const struct spur_ipc_message *m)
{
	struct spur_ui_link *l = ui->link;

	spur_ui_link_sync(ui);	/* what a key has just changed comes before */
	if (p->line == NULL || p->name[0] == '\0' || spur_ipc_stamp_compare(&m->stamp, &l->stamp) <= 0)
		return;
	l->stamp = m->stamp;
	l->changed_ns = m->at_ns;
	adopt(ui, &m->view);
	p->seen_due = true;
	pass_on(ui, p, &m->view);
}

static void take(struct spur_ui *ui, struct peer *p, const struct spur_ipc_message *m)
{
	if (m->kind == SPUR_IPC_HELLO)
		take_hello(ui, p, m);
	else if (m->kind == SPUR_IPC_STATE)
		take_state(ui, p, m);
	else if (m->kind == SPUR_IPC_SHOT && m->answer)
		spur_ui_say(ui, m->error[0] != '\0' ? "%s: %s" : "wrote %s", m->path, m->error);
	else if (m->kind == SPUR_IPC_BYE)
		lose(ui, p, NULL);
}

static void on_peer(struct spur_ui *ui, int fd, void *arg)
{
	struct peer *p = ui->link->peers;
	struct spur_ipc_message m;
	struct spur_error err;

	(void)arg;
	while (p < ui->link->peers + PEERS && (p->line == NULL || spur_ipc_fd(p->line) != fd))
		p++;
	for (int i = 0; i < TAKE_MOST && p < ui->link->peers + PEERS && p->line != NULL; i++) {
		enum spur_status st = spur_ipc_take(p->line, &m, &err);

		if (st == SPUR_END)
			break;
		if (st < 0)
			lose(ui, p, st == SPUR_EIO ? "a window has gone; ! opens another" : err.text);
		else
			take(ui, p, &m);
	}
	if (p < ui->link->peers + PEERS && p->line != NULL)
		flush(ui, p);
}

static void on_listener(struct spur_ui *ui, int fd, void *arg)
{
	struct spur_ui_link *l = ui->link;
	struct spur_ipc_message m = { .kind = SPUR_IPC_HELLO, .version = SPUR_IPC_VERSION, .program = "spur", .pid = getpid() };
	struct spur_error err;
	struct spur_ipc *line;
	struct peer *p = l->peers;
	enum spur_status st = spur_ipc_accept(l->listener, &line, &err);

	(void)fd;
	(void)arg;
	if (st < 0)
		spur_ui_say(ui, "%s", err.text);
	if (st != SPUR_OK)
		return;
	while (p < l->peers + PEERS && p->line != NULL)
		p++;
	if (p == l->peers + PEERS) {
		spur_ipc_close(line);
		spur_ui_say(ui, "%d windows are the most", PEERS);
		return;
	}
	memcpy(m.name, l->name, sizeof(m.name));
	*p = (struct peer){ .line = line };
	spur_ipc_post(line, &m);
	flush(ui, p);
}

/* ---- starting a window ---- */

/* It has ended: say why, if it failed. */
static void bury(struct spur_ui *ui, struct child *c)
{
	int status;

	if (c->pid == 0 || c->errors >= 0 || waitpid(c->pid, &status, WNOHANG) == 0)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		spur_ui_say(ui, "%s", c->last[0] != '\0' ? c->last : "spur-view could not be run; is it installed?");
	*c = (struct child){ 0 };
}

static void on_errors(struct spur_ui *ui, int fd, void *arg)
{
	struct child *c = arg;
	char text[sizeof(c->last)];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n > 0) {
		text[strcspn((text[n] = '\0', text), "\n")] = '\0';
		if (c->last[0] == '\0')
			memcpy(c->last, text, sizeof(text));
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		spur_ui_unwatch(ui, fd);
		close(fd);
		c->errors = -1;
		bury(ui, c);
	}
}

/* $SPUR_VIEW, beside this program, beside it in a build, or of the PATH. The caller frees. */
static char *program(const struct spur_ctx *ctx)
{
	const char *env = getenv("SPUR_VIEW"), *slash = strrchr(ctx->self, '/');
	int folder = slash == NULL ? 1 : (int)(slash - ctx->self);
	const char *self = slash == NULL ? "." : ctx->self;
	static const char *const places[] = { "", "/../viewers", "/../libexec/spur" };

	if (env != NULL && *env != '\0')
		return spur_strdup(env);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char *path = spur_strfmt("%.*s%s/spur-view", folder, self, places[i]);

		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return spur_strdup("spur-view");
}

/* A session of its own, so that the terminal's signals are not for it; it says what is wrong into a pipe. */
static int spawn(const char *path, char *const argv[], int errors[2], pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, pipe;
	int rc;

	if (pipe2(errors, O_CLOEXEC) < 0)
		return errno;
	sigemptyset(&none);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&files, errors[1], 2);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &pipe);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawnp(pid, path, &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	close(errors[1]);
	if (rc != 0)
		close(errors[0]);
	return rc;
}

static void start_window(struct spur_ui *ui, struct child *c, const char *drive)
{
	static const char *const styles[] = { "utc", "local", "rel", "ns" };
	char *path = program(ui->ctx), *socket = spur_strdup(spur_ipc_listener_path(ui->link->listener));
	char *catalog = spur_strdup(ui->ctx->catalog), *name = spur_strdup(drive), *style = spur_strdup(styles[ui->time_style]);
	char view[] = "spur-view", connect[] = "--connect", cat[] = "--catalog", time[] = "--time", light[] = "--light", end[] = "--";
	char *argv[] = { view, connect, socket, cat, catalog, time, style, ui->light ? light : end, ui->light ? end : name,
			 ui->light ? name : NULL, NULL };
	int errors[2], rc = spawn(path, argv, errors, &c->pid);

	if (rc != 0) {
		c->pid = 0;
		spur_ui_say(ui, "%s: %s; it comes with spur where SDL2 is", path, strerror(rc));
	} else {
		fcntl(errors[0], F_SETFL, O_NONBLOCK);
		c->errors = errors[0];
		spur_ui_watch(ui, c->errors, false, on_errors, c);
	}
	free(path);
	free(socket);
	free(catalog);
	free(name);
	free(style);
}

static bool listening(struct spur_ui *ui)
{
	struct spur_error err;

	if (ui->link == NULL) {
		ui->link = spur_calloc(1, sizeof(*ui->link));
		spur_ipc_own_name(ui->link->name);
	}
	if (ui->link->listener != NULL)
		return true;
	if (spur_ipc_listen(&ui->link->listener, &err) < 0) {
		spur_ui_say(ui, "%s", err.text);
		return false;
	}
	spur_ui_watch(ui, spur_ipc_listener_fd(ui->link->listener), false, on_listener, NULL);
	return true;
}

void spur_ui_window_open(struct spur_ui *ui, const char *drive)
{
	struct child *c;

	if (!listening(ui))
		return;
	for (c = ui->link->children; c < ui->link->children + PEERS && c->pid != 0; c++)
		;
	if (c == ui->link->children + PEERS) {
		spur_ui_say(ui, "%d windows are the most", PEERS);
		return;
	}
	spur_ui_echo(ui, "spur-view %s", drive);
	start_window(ui, c, drive);
}

void spur_ui_window_shot(struct spur_ui *ui)
{
	struct spur_ipc_message m = { .kind = SPUR_IPC_SHOT };

	for (int i = 0; ui->link != NULL && i < PEERS; i++) {
		struct peer *p = &ui->link->peers[i];

		if (p->line != NULL && p->name[0] != '\0') {
			spur_ipc_post(p->line, &m);
			flush(ui, p);
			return;
		}
	}
	spur_ui_say(ui, "no window is open; ! opens one");
}

/* ---- from the loop ---- */

void spur_ui_link_sync(struct spur_ui *ui)
{
	struct spur_ui_link *l = ui->link;
	struct spur_ipc_view now;

	if (l == NULL)
		return;
	for (int i = 0; i < PEERS; i++)
		bury(ui, &l->children[i]);
	if (!describe(ui, &now) || (l->has_shared && spur_ipc_view_equal(&now, &l->shared)))
		return;
	spur_ipc_stamp_next(&l->stamp, l->name, &l->shared, &now);
	l->shared = now;
	l->has_shared = true;
	l->changed_ns = spur_monotonic_ns();
	pass_on(ui, NULL, &now);
}

void spur_ui_link_shown(struct spur_ui *ui)
{
	struct spur_ui_link *l = ui->link;

	for (int i = 0; l != NULL && i < PEERS; i++) {
		struct spur_ipc_message m = { .kind = SPUR_IPC_SHOWN, .stamp = l->stamp, .at_ns = spur_monotonic_ns() };
		struct peer *p = &l->peers[i];

		if (p->line == NULL || !p->seen_due)
			continue;
		p->seen_due = false;
		spur_ipc_post(p->line, &m);
		flush(ui, p);
	}
}

void spur_ui_link_destroy(struct spur_ui *ui)
{
	struct spur_ipc_message m = { .kind = SPUR_IPC_BYE };
	struct spur_ui_link *l = ui->link;

	for (int i = 0; l != NULL && i < PEERS; i++) {
		if (l->peers[i].line != NULL) {
			spur_ipc_post(l->peers[i].line, &m);
			spur_ipc_flush(l->peers[i].line, NULL);
			spur_ipc_close(l->peers[i].line);
		}
		if (l->children[i].pid != 0 && l->children[i].errors >= 0)
			close(l->children[i].errors);
	}
	if (l != NULL)
		spur_ipc_listener_destroy(l->listener);
	free(l);
	ui->link = NULL;
}
