#include "config.h"

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

static void one(const char *text, size_t len)
{
	struct spur_ipc_message *m = spur_malloc(sizeof(*m)), *again = spur_malloc(sizeof(*again));
	struct spur_buf b = { 0 };
	struct spur_error err;
	enum spur_status st = spur_ipc_decode(text, len, m, &err);

	fuzz_check_status(st, &err);
	if (st >= 0) {
		touch(m);
		spur_ipc_encode(m, &b);
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
		do
			st = spur_ipc_take(c, m, &err);
		while (st == SPUR_OK);
		fuzz_check_status(st, &err);
		fuzz_check(spur_ipc_held_bytes(c) < 1u << 20);
		if (st < 0)
			break;
	}
	close(ends[1]);
	spur_ipc_close(c);
	free(m);
}

static void run(const uint8_t *data, size_t len)
{
	const char *at = (const char *)data, *end = at + len;

	while (at < end) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((nl == NULL ? end : nl) - at);
		char *exact = spur_malloc(n);

		memcpy(exact, at, n);
		one(exact, n);
		free(exact);
		at = nl == NULL ? end : nl + 1;
	}
	stream(data, len);
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
}

static const char *const words[] = { "\"type\":", "\"hello\"", "\"state\"", "\"shown\"", "\"shot\"", "\"bye\"", "\"traces\":[", "\"drive\":\"", "\"begin_ns\":",
				     "\"seq\":", "\"rate\":", "9223372036854775807", "-9223372036854775808", "1e999", "null", "\\u0000", "\n", NULL };

const struct fuzz_target fuzz_target = { .name = "ipc", .max_len = 20u << 10, .run = run, .seeds = seeds, .words = words };
