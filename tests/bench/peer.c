#include "config.h"

#include "peer.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"

#define ANSWER_S 600	/* a round that takes longer is none */
#define WORDS_MAX 16

struct bench_peer {
	pid_t pid;
	int to, from;
	char *version, *threads;
	struct spur_buf in;	/* read, not yet taken */
	size_t taken;
};

void bench_peers_read(const char *path, struct bench_peer_list *out)
{
	FILE *f = path == NULL ? NULL : fopen(path, "r");
	char *line = NULL;
	size_t cap = 0;

	*out = (struct bench_peer_list){ 0 };
	while (f != NULL && getline(&line, &cap, f) > 0) {
		char *rest = line, *id, *kinds, *command;

		line[strcspn(line, "\n")] = '\0';
		id = strsep(&rest, "\t");
		kinds = strsep(&rest, "\t");
		command = rest;
		if (command == NULL || *id == '#')
			continue;
		out->rows = spur_realloc(out->rows, out->count + 1, sizeof(*out->rows));
		out->rows[out->count++] = (struct bench_peer_row){ spur_strdup(id), spur_strdup(kinds), spur_strdup(command) };
	}
	free(line);
	if (f != NULL)
		fclose(f);
}

void bench_peers_finish(struct bench_peer_list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->rows[i].id);
		free(l->rows[i].kinds);
		free(l->rows[i].command);
	}
	free(l->rows);
}

bool bench_peer_answers(const struct bench_peer_row *row, const char *kind)
{
	size_t len = kind == NULL ? 0 : strlen(kind);

	for (const char *p = row->kinds; len > 0 && (p = strstr(p, kind)) != NULL; p += len) {
		if ((p == row->kinds || p[-1] == ',') && (p[len] == ',' || p[len] == '\0'))
			return true;
	}
	return false;
}

static void child(char *command, int in, int out)
{
	char *words[WORDS_MAX + 1], *save = NULL;
	size_t n = 0;

	for (char *w = strtok_r(command, " ", &save); w != NULL && n < WORDS_MAX; w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	words[n] = NULL;
	if (n == 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0)
		_exit(127);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	execvp(words[0], words);
	_exit(127);
}

/* The next line, or NULL: it ended or took too long. Borrowed until the next call. */
static char *read_line(struct bench_peer *p, struct spur_error *err)
{
	spur_ns until = spur_monotonic_ns() + ANSWER_S * SPUR_NS_PER_S;

	for (;;) {
		char *start = p->in.data == NULL ? NULL : p->in.data + p->taken, *end;
		struct pollfd fd = { .fd = p->from, .events = POLLIN };
		ssize_t got;

		end = start == NULL ? NULL : memchr(start, '\n', p->in.len - p->taken);
		if (end != NULL) {
			*end = '\0';
			p->taken += (size_t)(end - start) + 1;
			return start;
		}
		if (p->taken > 0) {
			memmove(p->in.data, p->in.data + p->taken, p->in.len - p->taken);
			p->in.len -= p->taken;
			p->taken = 0;
		}
		if (spur_monotonic_ns() > until || poll(&fd, 1, 1000) < 0) {
			spur_fail(err, SPUR_EIO, "no answer in %d s", ANSWER_S);
			return NULL;
		}
		if (fd.revents == 0)
			continue;
		got = read(p->from, spur_buf_reserve(&p->in, 65536), 65536);
		if (got <= 0) {
			spur_fail(err, SPUR_EIO, "it ended without an answer");
			return NULL;
		}
		p->in.len += (size_t)got;
	}
}

enum spur_status bench_peer_start(const struct bench_peer_row *row, struct bench_peer **out, struct spur_error *err)
{
	struct bench_peer *p;
	char *command, *line, *rest;
	int in[2], from[2];

	*out = NULL;
	if (strncmp(row->command, "skipped: ", 9) == 0)
		return spur_fail(err, SPUR_EIO, "%s", row->command + 9);
	if (pipe(in) < 0 || pipe(from) < 0)
		return spur_fail(err, SPUR_EIO, "no pipe: %s", strerror(errno));
	p = spur_calloc(1, sizeof(*p));
	command = spur_strdup(row->command);
	fflush(NULL);
	p->pid = fork();
	if (p->pid == 0)
		child(command, in[0], from[1]);
	free(command);
	close(in[0]);
	close(from[1]);
	p->to = in[1];
	p->from = from[0];
	*out = p;
	line = p->pid < 0 ? NULL : read_line(p, err);
	if (line == NULL || strncmp(line, "ready\t", 6) != 0) {
		bench_peer_stop(p, NULL);
		*out = NULL;
		return spur_fail(err, SPUR_EIO, "it does not start");
	}
	rest = line + 6;
	p->version = spur_strdup(strsep(&rest, "\t"));
	p->threads = spur_strdup(rest == NULL ? "?" : rest);
	return SPUR_OK;
}

const char *bench_peer_version(const struct bench_peer *p)
{
	return p->version;
}

const char *bench_peer_threads(const struct bench_peer *p)
{
	return p->threads;
}

static enum spur_status ask(struct bench_peer *p, const char *kind, const char *request, struct spur_error *err)
{
	struct spur_buf b = { 0 };
	ssize_t put;

	spur_buf_addf(&b, "do\t%s\t%s\n", kind, request);
	put = write(p->to, b.data, b.len);	/* shorter than a pipe holds */
	spur_buf_finish(&b);
	return put > 0 ? SPUR_OK : spur_fail(err, SPUR_EIO, "it ended");
}

enum spur_status bench_peer_round(struct bench_peer *p, const char *kind, const char *request, uint64_t *ns,
				  struct bench_results *out, struct spur_error *err)
{
	enum spur_status st = ask(p, kind, request, err);
	char *line;

	spur_buf_clear(&out->text);
	while (st == SPUR_OK) {
		if ((line = read_line(p, err)) == NULL)
			return SPUR_EIO;
		if (strncmp(line, "v\t", 2) == 0) {
			bench_results_add(out, "%s", line + 2);
		} else if (strncmp(line, "ns\t", 3) == 0) {
			*ns = strtoull(line + 3, NULL, 10);
			return *ns > 0 ? SPUR_OK : spur_fail(err, SPUR_EIO, "it took no time");
		} else if (strncmp(line, "error\t", 6) == 0) {
			return spur_fail(err, SPUR_EUNSUPPORTED, "%.200s", line + 6);
		}		/* else a library that prints */
	}
	return st;
}

void bench_peer_stop(struct bench_peer *p, long *rss_kb)
{
	struct rusage use = { 0 };
	int status;

	if (p == NULL)
		return;
	close(p->to);		/* the end of its input is its end */
	close(p->from);
	for (int i = 0; p->pid > 0 && i < 50; i++) {
		if (wait4(p->pid, &status, WNOHANG, &use) != 0)
			p->pid = -1;
		else
			usleep(20000);
	}
	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		wait4(p->pid, &status, 0, &use);
	}
	if (rss_kb != NULL)
		*rss_kb = use.ru_maxrss;
	spur_buf_finish(&p->in);
	free(p->version);
	free(p->threads);
	free(p);
}
