#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/ipc.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/touch.h"

/* What a peer sends: line by line, and as a stream over a socket. What decodes is encoded and decoded as the same. */
static void touch(const struct spur_ipc_message *m)
{
	fuzz_touch_text(m->program);
	fuzz_touch_text(m->name);
	fuzz_touch_text(m->path);
	fuzz_touch_text(m->error);
	fuzz_touch_text(m->view.drive);
	fuzz_touch_text(m->view.camera);
	fuzz_check(m->view.trace_count <= SPUR_IPC_TRACES && m->view.current < (int)m->view.trace_count + 1);
	for (size_t i = 0; i < m->view.trace_count; i++)
		fuzz_touch_text(m->view.traces[i]);
	if (m->kind == SPUR_IPC_STATE && m->view.drive[0] != '\0')
		fuzz_check(m->view.begin_ns < m->view.end_ns && m->view.rate >= 0.01 && m->view.rate <= 100);
}

static void tell_view(const struct spur_ipc_view *v)
{
	fuzz_tell(" view '%s' %" PRId64 " to %" PRId64 " at %" PRId64 " a %" PRId64 " b %" PRId64 " camera '%s' current %d%s%s%s player '%s' rate %.9g time %d\n",
		  v->drive, v->begin_ns, v->end_ns, v->cursor_ns, v->a_ns, v->b_ns, v->camera, v->current, v->overlay ? " overlay" : "",
		  v->light ? " light" : "", v->playing ? " playing" : "", v->player, v->rate, (int)v->time);
	for (size_t i = 0; i < v->trace_count; i++)
		fuzz_tell("  trace %s\n", v->traces[i]);
}

static void tell(const struct spur_ipc_message *m)
{
	fuzz_tell("message %d version %" PRId64 " pid %" PRId64 " of '%s' '%s' stamp %" PRId64 " '%s' %" PRId64 " at %" PRId64 " path '%s' error '%s'%s\n",
		  (int)m->kind, m->version, m->pid, m->program, m->name, m->stamp.seq, m->stamp.from, m->stamp.tick, m->at_ns, m->path, m->error,
		  m->answer ? " answer" : "");
	if (m->kind == SPUR_IPC_STATE)
		tell_view(&m->view);
}

static int sign(int order)
{
	return (order > 0) - (order < 0);
}

/* How it stands to the message before it, and what would be sent after both. */
static void compare(struct spur_ipc_message *before, const struct spur_ipc_message *m)
{
	struct spur_ipc_stamp s = before->stamp;

	if (m->kind != SPUR_IPC_STATE && m->kind != SPUR_IPC_SHOWN)
		return;
	fuzz_tell(" order %d %d same %d", sign(spur_ipc_stamp_compare(&before->stamp, &m->stamp)), sign(spur_ipc_stamp_compare(&m->stamp, &before->stamp)),
		  spur_ipc_view_equal(&before->view, &m->view));
	for (int turn = 0; turn < 2; turn++) {
		spur_ipc_stamp_next(&s, turn == 0 ? "me" : m->view.player, &before->view, &m->view);
		fuzz_tell(" next %" PRId64 " '%s' %" PRId64, s.seq, s.from, s.tick);
	}
	fuzz_tell("\n");
	*before = *m;
}

static void one(const char *text, size_t len, struct spur_ipc_message *before)
{
	struct spur_ipc_message *m = spur_malloc(sizeof(*m)), *again = spur_malloc(sizeof(*again));
	struct spur_buf b = { 0 };
	struct spur_error err;
	enum spur_status st = spur_ipc_decode(text, len, m, &err);

	fuzz_check_status(st, &err);
	fuzz_tell_status("decode", st, &err);
	if (st >= 0) {
		touch(m);
		tell(m);
		compare(before, m);
		spur_ipc_encode(m, &b);
		fuzz_tell_bytes("line", b.data, b.len);
		fuzz_check(m->kind == SPUR_IPC_OTHER || b.len <= SPUR_IPC_LINE_MAX);
		if (m->kind != SPUR_IPC_OTHER) {
			fuzz_check(spur_ipc_decode(b.data, b.len - 1, again, &err) >= 0 && again->kind == m->kind);
			fuzz_check(m->kind != SPUR_IPC_STATE || spur_ipc_view_equal(&m->view, &again->view));
		}
	}
	spur_buf_finish(&b);
	free(m);
	free(again);
}

static void stream(const uint8_t *data, size_t len)
{
	struct spur_ipc_message *m = spur_malloc(sizeof(*m));
	struct spur_error err;
	struct spur_ipc *c;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		abort();
	c = spur_ipc_adopt(ends[0]);
	for (size_t at = 0, n = 1; at < len; at += n, n = n * 5 % 4093) {
		enum spur_status st;

		n = n < len - at ? n : len - at;
		if (write(ends[1], data + at, n) != (ssize_t)n)
			break;
		while ((st = spur_ipc_take(c, m, &err)) == SPUR_OK)
			tell(m);
		fuzz_check_status(st, &err);
		fuzz_tell_status("take", st, &err);
		fuzz_tell(" held %zu\n", spur_ipc_held_bytes(c));
		fuzz_check(spur_ipc_held_bytes(c) < 1u << 20);
		if (st < 0)
			break;
	}
	close(ends[1]);
	if (fuzz_telling())
		fuzz_tell_status("gone", spur_ipc_take(c, m, &err), &err);
	spur_ipc_close(c);
	free(m);
}

/* What was decoded, posted to a peer: of each kind the last one arrives. */
static void pass_on(const uint8_t *data, size_t len)
{
	struct spur_ipc_message *m = spur_malloc(sizeof(*m));
	struct spur_ipc *from, *to;
	struct spur_error err;
	enum spur_status st;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		abort();
	from = spur_ipc_adopt(ends[0]);
	to = spur_ipc_adopt(ends[1]);
	for (const uint8_t *at = data, *end = data + len, *nl; at < end; at = nl + 1) {
		nl = memchr(at, '\n', (size_t)(end - at));
		nl = nl == NULL ? end : nl;
		if (spur_ipc_decode((const char *)at, (size_t)(nl - at), m, &err) >= 0 && m->kind != SPUR_IPC_OTHER)
			spur_ipc_post(from, m);
	}
	fuzz_tell("posted: held %zu\n", spur_ipc_held_bytes(from));
	fuzz_tell_status("flush", spur_ipc_flush(from, &err), &err);
	fuzz_tell(" held %zu\n", spur_ipc_held_bytes(from));
	while ((st = spur_ipc_take(to, m, &err)) == SPUR_OK)
		tell(m);
	fuzz_tell_status("take", st, &err);
	spur_ipc_close(to);
	memset(m, 0, sizeof(*m));
	m->kind = SPUR_IPC_BYE;
	spur_ipc_post(from, m);
	fuzz_tell_status("flush", spur_ipc_flush(from, &err), &err);
	spur_ipc_close(from);
	free(m);
}

static void run(const uint8_t *data, size_t len)
{
	struct spur_ipc_message *before = spur_calloc(1, sizeof(*before));
	const char *at = (const char *)data, *end = at + len;

	while (at < end) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((nl == NULL ? end : nl) - at);
		char *exact = spur_malloc(n);

		memcpy(exact, at, n);
		one(exact, n, before);
		free(exact);
		at = nl == NULL ? end : nl + 1;
	}
	free(before);
	stream(data, len);
	if (fuzz_telling())
		pass_on(data, len);
}

/* Views that differ in one thing each, as somebody plays, pauses and moves. */
static void add_walk(void)
{
	static struct spur_ipc_message m;
	struct spur_buf b = { 0 };

	memset(&m, 0, sizeof(m));
	m.kind = SPUR_IPC_STATE;
	m.stamp = (struct spur_ipc_stamp){ .seq = 1, .from = "a-1", .tick = 0 };
	spur_ipc_view_init(&m.view);
	strcpy(m.view.drive, "d");
	m.view.end_ns = 1000;
	m.view.begin_ns = -5;
	for (int i = 0; i < 14; i++) {
		m.at_ns = i;
		m.view.cursor_ns = i < 4 ? SPUR_NS_MIN : i < 9 ? 10 * i : 90;
		m.view.playing = i >= 4 && i < 8;
		strcpy(m.view.player, i >= 3 && i < 8 ? (i == 6 ? "me" : "a-1") : "");
		m.view.rate = i == 2 ? 0.25 : i == 5 ? 100 : 1;
		m.view.a_ns = i > 9 ? 20 : SPUR_NS_MIN;
		m.view.b_ns = i > 10 ? 30 : SPUR_NS_MIN;
		m.view.light = i == 11;
		m.view.overlay = i == 12;
		m.view.time = (enum spur_time_style)(i % 4);
		m.view.trace_count = (size_t)(i % 3);
		m.view.current = i % 3 - 1;
		strcpy(m.view.traces[0], i < 8 ? "f:a" : "f:b");
		strcpy(m.view.traces[1], "f:c");
		m.stamp.tick = i % 5;
		m.stamp.seq = 1 + i / 5;
		strcpy(m.stamp.from, i % 2 == 0 ? "a-1" : "b-2");
		spur_ipc_encode(&m, &b);
	}
	fuzz_seed_buf(&b);
}

static void add_lines(void)
{
	fuzz_seed_text("{\"type\":\"hello\",\"version\":2,\"program\":\"spur\",\"name\":\"n\",\"pid\":0}\n");
	fuzz_seed_text("{\"type\":\"shot\",\"path\":\"\"}\n{\"type\":\"shot\",\"path\":\"p\",\"error\":\"no\"}\n"
		       "{\"type\":\"bye\"}\n{\"type\":\"shown\",\"seq\":1,\"from\":\"x\",\"tick\":0,\"at_ns\":0}\n[1]\n{}\n{\"type\":7}\n");
}

static void seeds(void)
{
	static struct spur_ipc_message m;
	struct spur_buf b = { 0 };

	for (int kind = SPUR_IPC_HELLO; kind <= SPUR_IPC_BYE; kind++) {
		memset(&m, 0, sizeof(m));
		m.kind = (enum spur_ipc_kind)kind;
		m.version = SPUR_IPC_VERSION;
		m.pid = 7;
		m.stamp = (struct spur_ipc_stamp){ .seq = 3, .from = "me-7", .tick = 2 };
		m.at_ns = 12345;
		strcpy(m.program, "spur");
		strcpy(m.name, "me-7");
		strcpy(m.path, "/tmp/x.png");
		spur_ipc_view_init(&m.view);
		strcpy(m.view.drive, "drive_01");
		m.view.begin_ns = 1700000000000000000;
		m.view.end_ns = 1700000060000000000;
		m.view.cursor_ns = 1700000030000000000;
		m.view.trace_count = 2;
		strcpy(m.view.traces[0], "run.mf4:VehSpd");
		strcpy(m.view.traces[1], "run.mcap:/imu.x");
		strcpy(m.view.camera, "/camera/front");
		m.view.rate = 1;
		spur_ipc_encode(&m, &b);
		if (kind != SPUR_IPC_SHOT)
			fuzz_seed(b.data, b.len);
	}
	spur_buf_adds(&b, "{\"type\":\"later\",\"x\":[1,2]}\n");
	fuzz_seed_buf(&b);
	add_walk();
	add_lines();
}

static const char *const words[] = { "\"type\":", "\"hello\"", "\"state\"", "\"shown\"", "\"shot\"", "\"bye\"", "\"traces\":[", "\"drive\":\"", "\"begin_ns\":",
				     "\"seq\":", "\"rate\":", "9223372036854775807", "-9223372036854775808", "1e999", "null", "\\u0000", "\n", NULL };

const struct fuzz_target fuzz_target = { .name = "ipc", .max_len = 20u << 10, .run = run, .seeds = seeds, .words = words, .told = 2000 };
