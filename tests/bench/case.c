/* One case: spur against its bound and every peer that can do it. See bench.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"
#include "bench_priv.h"

/* The pages of a file out of the cache, or in it. False: this file system keeps them. */
static bool drop_pages(const char *path)
{
	char byte;
	struct iovec v = { &byte, 1 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool gone = false;

	if (fd < 0)
		return false;
	fdatasync(fd);
	if (posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0)
		gone = preadv2(fd, &v, 1, lseek(fd, 0, SEEK_END) / 2, RWF_NOWAIT) < 0 && errno == EAGAIN;
	close(fd);
	return gone;
}

static void read_pages(const char *path)
{
	char *buf = spur_malloc(1 << 20);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && read(fd, buf, 1 << 20) > 0)
		;
	if (fd >= 0)
		close(fd);
	free(buf);
}

/* spur in a process of its own, from fork to exit: for information. */
static void measure_process(struct bench *b, const struct bench_case *c, struct bench_pair *p)
{
	spur_ns from = spur_monotonic_ns();
	struct rusage use;
	int status = 1;
	pid_t pid;

	fflush(NULL);
	if ((pid = fork()) == 0) {
		execl(b->self, b->self, "--once", "--part", b->part, "--case", c->name, "--size", b->sizes->name, "--data", b->data,
		      (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &use) != pid || status != 0)
		return;
	p->process_a_ms = (double)(spur_monotonic_ns() - from) / 1e6;
	p->rss_a_kb = use.ru_maxrss;
}

/* A round of either side, with the cache as the case wants it. */
struct side {
	const char *name;
	bench_round *round;
	void *state;
	unsigned threads;
	struct bench_peer *peer;
};

static enum spur_status play(const struct bench_case *c, const struct side *s, uint64_t *ns, struct bench_results *out,
			     struct spur_error *err)
{
	enum spur_status st;

	if (c->cold && !drop_pages(c->path))
		return spur_fail(err, SPUR_EUNSUPPORTED, "the page cache cannot be dropped here");
	spur_buf_clear(&out->text);
	if (s->peer != NULL)
		st = bench_peer_round(s->peer, c->kind, c->request, ns, out, err);
	else
		st = s->round(s->state, s->threads, ns, out, err);
	return spur_wrap(st, err, "skipped: %s", s->name);
}

static void print_results(const struct side *s, const struct bench_results *r)
{
	printf("-- %s\n%s", s->name, spur_buf_text(&r->text));
}

/* Warm-up of both, then the rounds; p->refused says why there is no ratio. */
static void play_pair(struct bench *b, const struct bench_case *c, const struct side *x, const struct side *y,
		      struct bench_pair *p)
{
	struct bench_results rx = { 0 }, ry = { 0 };
	spur_ns until = spur_monotonic_ns() + (spur_ns)b->patience_s * SPUR_NS_PER_S;
	uint64_t ns;
	struct spur_error err;
	enum spur_status st = play(c, x, &ns, &rx, &err);

	if (st >= 0 && y->peer == NULL)
		st = play(c, y, &ns, &ry, &err);	/* a peer was warmed up when it started */
	for (unsigned i = 0; st >= 0 && i < b->rounds; i++) {
		const char *differ;

		if ((st = play(c, x, &p->a_ns[i], &rx, &err)) < 0 || (st = play(c, y, &p->b_ns[i], &ry, &err)) < 0)
			break;
		differ = c->bare && y->peer == NULL ? NULL : bench_results_differ(&rx, &ry, !c->unordered || y->peer != NULL);
		if (b->print && i == 0) {
			print_results(x, &rx);
			print_results(y, &ry);
		}
		if (differ != NULL) {
			snprintf(p->refused, sizeof(p->refused), "no ratio: results differ: %s", differ);
			break;
		}
		p->ratio[i] = (double)p->a_ns[i] / (double)p->b_ns[i];
		p->rounds = i + 1;
		if (p->rounds >= 3 && spur_monotonic_ns() > until)
			break;
	}
	if (st < 0)
		snprintf(p->refused, sizeof(p->refused), "%s", err.text);
	spur_buf_finish(&rx.text);
	spur_buf_finish(&ry.text);
}

static void report(struct bench *b, const struct bench_pair *p)
{
	bench_table_row(p);
	bench_history_row(b, p);
}

static void against_bound(struct bench *b, const struct bench_case *c, unsigned threads)
{
	struct side x = { "spur", c->spur, c->spur_state, threads, NULL };
	struct side y = { "bound", c->bound, c->bound_state, threads, NULL };
	struct bench_pair p = { .case_name = c->name, .side = "bound", .version = "", .is_bound = true };

	snprintf(p.threads_a, sizeof(p.threads_a), "%u", threads);
	snprintf(p.threads_b, sizeof(p.threads_b), "%u", threads);
	if (threads == c->threads[0] && !c->cold)
		measure_process(b, c, &p);
	play_pair(b, c, &x, &y, &p);
	report(b, &p);
}

static void against_peer(struct bench *b, const struct bench_case *c, const struct bench_peer_row *row)
{
	struct side x = { "spur", c->spur, c->spur_state, c->threads[0], NULL };
	struct side y = { .name = row->id };
	struct bench_pair p = { .case_name = c->name, .side = row->id, .version = "?" };
	struct bench_results warm = { 0 };
	struct spur_error err;
	spur_ns from = spur_monotonic_ns();
	uint64_t ns;
	enum spur_status st = bench_peer_start(row, &y.peer, &err);

	snprintf(p.threads_a, sizeof(p.threads_a), "%u", c->threads[0]);
	snprintf(p.threads_b, sizeof(p.threads_b), "%.15s", y.peer == NULL ? "-" : bench_peer_threads(y.peer));
	if (st < 0) {
		snprintf(p.refused, sizeof(p.refused), "skipped: %s", err.text);
	} else if ((st = play(c, &y, &ns, &warm, &err)) < 0) {
		snprintf(p.refused, sizeof(p.refused), "%s", err.text);
	} else {
		p.process_b_ms = (double)(spur_monotonic_ns() - from) / 1e6;
		p.version = bench_peer_version(y.peer);
		play_pair(b, c, &x, &y, &p);
	}
	char *version = spur_strdup(p.version);

	p.version = version;
	bench_peer_stop(y.peer, &p.rss_b_kb);
	report(b, &p);
	free(version);
	spur_buf_finish(&warm.text);
}

static void play_once(struct bench *b, const struct bench_case *c)
{
	struct bench_results r = { 0 };
	uint64_t ns;

	b->once_done |= c->spur(c->spur_state, c->threads[0], &ns, &r, NULL) >= 0;
	spur_buf_finish(&r.text);
}

void bench_case_run(struct bench *b, const struct bench_case *c)
{
	if (b->only_case != NULL && (b->once ? strcmp(c->name, b->only_case) != 0 : strstr(c->name, b->only_case) == NULL))
		return;
	if (b->once) {
		play_once(b, c);
		return;
	}
	if (c->path != NULL && !c->cold)
		read_pages(c->path);
	for (size_t i = 0; b->only_peer == NULL && i < 3 && c->threads[i] != 0; i++)
		against_bound(b, c, c->threads[i]);
	for (size_t i = 0; i < b->peers.count; i++) {
		const struct bench_peer_row *row = &b->peers.rows[i];

		if (bench_peer_answers(row, c->kind) && (b->only_peer == NULL || strcmp(b->only_peer, row->id) == 0))
			against_peer(b, c, row);
	}
}
