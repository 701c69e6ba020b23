#include "config.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/ipc.h"
#include "tests/tap.h"

static struct spur_error err;

static struct spur_ipc_message a_state(int64_t seq, const char *from)
{
	struct spur_ipc_message m = { .kind = SPUR_IPC_STATE, .stamp.seq = seq, .at_ns = 77 };

	snprintf(m.stamp.from, sizeof(m.stamp.from), "%s", from);
	spur_ipc_view_init(&m.view);
	snprintf(m.view.drive, sizeof(m.view.drive), "drive \"01\" \xc3\xa4");
	m.view.begin_ns = INT64_C(1767323045123456789);
	m.view.end_ns = INT64_C(9007199254740993) * 1000 + 1;	/* beyond what a double holds */
	m.view.cursor_ns = INT64_MIN + 1;
	m.view.a_ns = INT64_MAX;
	m.view.trace_count = 2;
	snprintf(m.view.traces[0], SPUR_IPC_NAME, "run.mf4:VehSpd");
	snprintf(m.view.traces[1], SPUR_IPC_NAME, "front.mcap:/imu.linear_acceleration.x");
	m.view.current = 1;
	m.view.light = m.view.playing = true;
	m.view.rate = 0.1;
	m.view.time = SPUR_TIME_REL;
	return m;
}

static void a_view_comes_back_as_it_was(void)
{
	struct spur_ipc_message m = a_state(SPUR_IPC_SEQ_MAX, "12-ab"), back;
	struct spur_buf b = { 0 };

	spur_ipc_encode(&m, &b);
	is_int(spur_ipc_decode(b.data, b.len - 1, &back, &err), SPUR_OK, "what is encoded decodes");
	ok(spur_ipc_view_equal(&m.view, &back.view), "to the same view, 64-bit times and a rate of 0.1 included");
	is_int(back.view.end_ns, m.view.end_ns, "beyond 2^53");
	is_int(spur_ipc_stamp_compare(&m.stamp, &back.stamp), 0, "with the same stamp");
	is_int(memchr(b.data, '\n', b.len - 1) == NULL, true, "on one line");
	back.view.current = 0;
	ok(!spur_ipc_view_equal(&m.view, &back.view), "another current trace is another view");
	back.view = m.view;
	back.view.traces[1][3] = 'X';
	ok(!spur_ipc_view_equal(&m.view, &back.view), "so is another name");
	spur_buf_finish(&b);
}

static void the_longest_view_fits(void)
{
	struct spur_ipc_message m = a_state(1, "x"), back;
	struct spur_buf b = { 0 };

	m.view.trace_count = SPUR_IPC_TRACES;
	for (int i = 0; i < SPUR_IPC_TRACES; i++) {
		memset(m.view.traces[i], '"', SPUR_IPC_NAME - 1);	/* two bytes each in JSON */
		m.view.traces[i][SPUR_IPC_NAME - 1] = '\0';
	}
	memcpy(m.view.drive, m.view.traces[0], SPUR_IPC_NAME);
	memcpy(m.view.camera, m.view.traces[0], SPUR_IPC_NAME);
	spur_ipc_encode(&m, &b);
	ok(b.len < SPUR_IPC_LINE_MAX, "a view of the longest names is a line");
	is_int(spur_ipc_decode(b.data, b.len - 1, &back, &err), SPUR_OK, "that decodes");
	spur_buf_finish(&b);
}

#define STATE(x) "{\"type\":\"state\",\"seq\":1,\"from\":\"a\",\"tick\":0,\"at_ns\":1,\"drive\":\"d\",\"begin_ns\":0,\"end_ns\":9," \
	"\"cursor_ns\":null,\"a_ns\":null,\"b_ns\":null,\"traces\":[\"t\"],\"current\":0,\"camera\":\"\",\"overlay\":true," \
	"\"theme\":\"dark\",\"playing\":false,\"player\":\"\",\"rate\":1,\"time\":\"utc\"" x "}"

static void nonsense_is_refused(void)
{
	static const struct { const char *line, *why; } bad[] = {
		{ "", "not JSON" }, { "[]", "not an object" }, { "{}", "no 'type'" }, { "{\"type\":3}", "no 'type'" },
		{ "{\"type\":\"hello\",\"version\":1.0,\"program\":\"x\",\"pid\":1}", "'version' is not an integer" },
		{ "{\"type\":\"hello\",\"version\":99999999999999999999,\"program\":\"x\",\"pid\":1}", "not JSON" },
		{ "{\"type\":\"hello\",\"version\":1,\"program\":\"0123456789012345678901234567890123456789\",\"pid\":1}", "31 at most" },
		{ "{\"type\":\"shown\",\"seq\":0,\"from\":\"a\",\"at_ns\":1}", "'seq' is 0" },
		{ "{\"type\":\"shown\",\"seq\":1,\"from\":\"a\\u0007\",\"at_ns\":1}", "control character" },
		{ "{\"type\":\"shot\",\"path\":null}", "'path' is not a text" },
		{ "{\"type\":\"state\"}", "'seq' is not an integer" },
	};
	static const struct { const char *find, *put, *why; } edits[] = {
		{ "\"end_ns\":9", "\"end_ns\":0", "the range is empty" },
		{ "\"begin_ns\":0,\"end_ns\":9", "\"begin_ns\":-9223372036854775807,\"end_ns\":9", "longer than time is" },
		{ "\"traces\":[\"t\"]", "\"traces\":[1]", "'traces' is not a text" },
		{ "\"traces\":[\"t\"]", "\"traces\":[\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"]", "8 at most" },
		{ "\"current\":0", "\"current\":1", "'current' is 1" },
		{ "\"rate\":1", "\"rate\":0", "'rate'" }, { "\"rate\":1", "\"rate\":1e999", "not JSON" },
		{ "\"theme\":\"dark\"", "\"theme\":\"red\"", "'theme' is none" },
		{ "\"playing\":false", "\"playing\":0", "'playing' is neither" },
		{ "\"cursor_ns\":null", "\"cursor_ns\":1.5", "'cursor_ns' is not an integer" },
	};
	struct spur_ipc_message m;
	char line[1024];

	is_int(spur_ipc_decode(STATE(""), strlen(STATE("")), &m, &err), SPUR_OK, "a plain state decodes");
	is_int(spur_ipc_decode(STATE(",\"later\":[1]"), strlen(STATE(",\"later\":[1]")), &m, &err), SPUR_OK, "unknown keys are passed over");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err.text[0] = '\0';
		ok(spur_ipc_decode(bad[i].line, strlen(bad[i].line), &m, &err) == SPUR_EFORMAT &&
		   strstr(err.text, bad[i].why) != NULL, bad[i].why);
	}
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		const char *at = strstr(STATE(""), edits[i].find);

		snprintf(line, sizeof(line), "%.*s%s%s", (int)(at - STATE("")), STATE(""), edits[i].put, at + strlen(edits[i].find));
		err.text[0] = '\0';
		if (!ok(spur_ipc_decode(line, strlen(line), &m, &err) == SPUR_EFORMAT && strstr(err.text, edits[i].why) != NULL,
			edits[i].why))
			printf("# %s\n", err.text);
	}
	is_int(spur_ipc_decode("{\"type\":\"dance\"}", 16, &m, &err), SPUR_OK, "a type of later is no error");
	is_int(m.kind, SPUR_IPC_OTHER, "and told apart");
}

static uint32_t rnd(uint32_t *x)
{
	*x = *x * 1664525u + 1013904223u;
	return *x >> 8;
}

/* Mutated and cut lines: whatever comes out is a status, and what decodes is within bounds. */
static void mutated_lines_do_no_harm(void)
{
	struct spur_ipc_message m = a_state(5, "a"), back;
	struct spur_buf b = { 0 }, c = { 0 };
	uint32_t x = 1;
	int decoded = 0, outside = 0;

	spur_ipc_encode(&m, &b);
	for (int i = 0; i < 20000; i++) {
		spur_buf_clear(&c);
		spur_buf_add(&c, b.data, i % 4 == 0 ? rnd(&x) % b.len : b.len - 1);
		for (uint32_t k = rnd(&x) % 4; c.len > 0 && k > 0; k--)
			c.data[rnd(&x) % c.len] = i % 2 == 0 ? (char)rnd(&x) : "0123456789-e{}[],:\"\\n"[rnd(&x) % 21];
		if (spur_ipc_decode(c.data != NULL ? c.data : "", c.len, &back, &err) < 0)
			continue;
		decoded++;
		outside += back.kind == SPUR_IPC_STATE && (back.view.trace_count > SPUR_IPC_TRACES || back.view.current >= (int)back.view.trace_count);
	}
	ok(decoded > 100 && decoded < 19900, "of 20000 mutated lines some decode, most do not");
	is_int(outside, 0, "none to something that cannot be shown");
	spur_buf_clear(&c);
	for (int i = 0; i < SPUR_IPC_LINE_MAX - 1; i++)
		spur_buf_addc(&c, '[');
	is_int(spur_ipc_decode(c.data, c.len, &back, &err), SPUR_EFORMAT, "brackets as deep as a line is long are refused");
	spur_buf_finish(&b);
	spur_buf_finish(&c);
}

static void pair(struct spur_ipc **a, int *raw)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) < 0) {
		printf("Bail out! socketpair\n");
		exit(1);
	}
	*a = spur_ipc_adopt(fd[0]);
	*raw = fd[1];
}

static void a_line_without_end_is_bounded(void)
{
	struct spur_ipc_message m;
	struct spur_ipc *c;
	char junk[4096];
	enum spur_status st = SPUR_END;
	int raw;

	pair(&c, &raw);
	memset(junk, 'x', sizeof(junk));
	for (int i = 0; i < 100 && st == SPUR_END; i++) {
		if (send(raw, junk, sizeof(junk), MSG_DONTWAIT) < 0)
			break;
		st = spur_ipc_take(c, &m, &err);
	}
	is_int(st, SPUR_EFORMAT, "a line without end is refused");
	ok(spur_ipc_held_bytes(c) <= 4 * SPUR_IPC_LINE_MAX, "before it takes room");
	spur_ipc_close(c);
	close(raw);
}

static void a_stopped_peer_costs_nothing(void)
{
	struct spur_ipc *a, *b;
	struct spur_ipc_message m, got;
	enum spur_status st = SPUR_OK;
	int raw, lines = 0;
	int64_t last = 0;
	size_t held;

	pair(&a, &raw);
	for (int i = 1; i <= 20000; i++) {
		m = a_state(i, "a");
		spur_ipc_post(a, &m);
		st = spur_ipc_flush(a, &err);
	}
	is_int(st, SPUR_END, "the socket of a stopped peer is full");
	held = spur_ipc_held_bytes(a);
	ok(held <= 2 * SPUR_IPC_LINE_MAX, "what waits is one line");
	b = spur_ipc_adopt(raw);
	for (int quiet = 0; quiet < 2;) {
		quiet = spur_ipc_flush(a, &err) == SPUR_OK ? quiet + 1 : 0;
		while (spur_ipc_take(b, &got, &err) == SPUR_OK) {
			lines++;
			last = got.stamp.seq;
		}
	}
	printf("# %d of 20000 states sent\n", lines);
	is_int(last, 20000, "when it goes on, the newest arrives");
	ok(lines < 2000, "most of the others were overtaken");
	spur_ipc_close(b);
	is_int(spur_ipc_take(a, &got, &err), SPUR_EIO, "a peer that went is told by take");
	spur_ipc_post(a, &m);
	is_int(spur_ipc_flush(a, &err), SPUR_EIO, "and by flush, without a signal");
	spur_ipc_close(a);
}

static void halves_of_lines_are_put_together(void)
{
	struct spur_ipc_message m = a_state(9, "a"), got;
	struct spur_ipc *c;
	struct spur_buf b = { 0 };
	int raw, early = 0;

	pair(&c, &raw);
	spur_ipc_encode(&m, &b);
	for (size_t i = 0; i < b.len; i++) {
		early += spur_ipc_take(c, &got, &err) != SPUR_END;
		early += send(raw, b.data + i, 1, 0) != 1;
	}
	is_int(early, 0, "a line that comes byte by byte is not there before its end");
	is_int(spur_ipc_take(c, &got, &err), SPUR_OK, "then it is");
	is_int(got.stamp.seq, 9, "the line that was sent");
	(void)!write(raw, "{\"type\":\"hello\",\"version\":2,\"program\":\"x\",\"name\":\"y\",\"pid\":1}\n", 62);
	is_int(spur_ipc_take(c, &got, &err), SPUR_EUNSUPPORTED, "another version is refused");
	ok(strstr(err.text, "version 2") != NULL, "with both numbers");
	spur_buf_finish(&b);
	spur_ipc_close(c);
	close(raw);
}

static void stamps_have_one_order(void)
{
	const struct spur_ipc_stamp a = { 1, "a", 9 }, b = { 1, "b", 0 }, c = { 2, "a", 0 };
	struct spur_ipc_stamp s = { 0 }, pause;
	struct spur_ipc_view one, two;

	ok(spur_ipc_stamp_compare(&a, &b) < 0 && spur_ipc_stamp_compare(&b, &c) < 0 && spur_ipc_stamp_compare(&c, &a) > 0,
	   "by number, then by name");
	spur_ipc_view_init(&one);
	one.playing = true;
	snprintf(one.player, sizeof(one.player), "w");
	two = one;
	spur_ipc_stamp_next(&s, "w", &one, &one);
	is_int(s.seq, 1, "the first is a change");
	two.cursor_ns = 5;
	pause = s;
	spur_ipc_stamp_next(&s, "w", &one, &two);
	ok(s.seq == 1 && s.tick == 1, "the cursor of who plays is a tick");
	one = two;
	one.playing = false;
	spur_ipc_stamp_next(&pause, "a", &two, &one);
	for (int i = 0; i < 100; i++) {
		one = two;
		two.cursor_ns++;
		spur_ipc_stamp_next(&s, "w", &one, &two);
	}
	ok(spur_ipc_stamp_compare(&pause, &s) > 0, "a pause is newer than all ticks of what it stops");
	one = two;
	two.a_ns = 3;
	spur_ipc_stamp_next(&s, "w", &one, &two);
	ok(s.seq == 2 && s.tick == 0, "a mark is a change, also while playing");
}

/* A process of another user at the socket, as root only: its credentials are the ones at connect(2). */
static bool stranger_is_turned_away(struct spur_ipc_listener *l, const char *folder)
{
	struct spur_ipc *in = NULL;
	enum spur_status st = SPUR_END;
	pid_t child;

	chmod(folder, 0755);
	chmod(spur_ipc_listener_path(l), 0777);
	child = fork();
	if (child == 0) {
		struct spur_ipc *c = NULL;

		if (setuid(65534) < 0)
			_exit(9);
		_exit(spur_ipc_connect(spur_ipc_listener_path(l), &c, &err) == SPUR_EINVAL ? 0 : 1);
	}
	for (int i = 0; i < 3000 && st == SPUR_END; i++) {
		usleep(10000);
		st = spur_ipc_accept(l, &in, &err);
	}
	spur_ipc_close(in);
	waitpid(child, NULL, 0);
	return st == SPUR_EINVAL && strstr(err.text, "65534") != NULL;
}

static void the_socket_is_private(void)
{
	struct spur_ipc_listener *l;
	struct spur_ipc *a = NULL, *b = NULL;
	struct spur_ipc_message m = { .kind = SPUR_IPC_HELLO, .version = SPUR_IPC_VERSION, .program = "test" }, got;
	char folder[256];
	struct stat s;

	is_int(spur_ipc_listen(&l, &err), SPUR_OK, "a socket is made");
	snprintf(folder, sizeof(folder), "%s", spur_ipc_listener_path(l));
	*strrchr(folder, '/') = '\0';
	ok(stat(folder, &s) == 0 && (s.st_mode & 07777) == 0700, "in a folder of mode 0700");
	is_int(spur_ipc_accept(l, &a, &err), SPUR_END, "nobody has come");
	is_int(spur_ipc_connect(spur_ipc_listener_path(l), &b, &err), SPUR_OK, "one comes");
	is_int(spur_ipc_accept(l, &a, &err), SPUR_OK, "and is let in");
	spur_ipc_post(a, &m);
	spur_ipc_flush(a, &err);
	is_int(spur_ipc_take(b, &got, &err), SPUR_OK, "they talk");
	is_str(got.program, "test", "as themselves");
	spur_ipc_close(a);
	spur_ipc_close(b);
	if (geteuid() == 0)
		ok(stranger_is_turned_away(l, folder), "a process of another user is turned away");
	else
		printf("ok %d - a process of another user is turned away # SKIP not root\n", ++tap_count);
	spur_ipc_listener_destroy(l);
	ok(stat(folder, &s) < 0, "socket and folder go with it");
	is_int(spur_ipc_connect("/nonexistent/windows", &b, &err), SPUR_EIO, "no socket, no connection");
}

int main(void)
{
	a_view_comes_back_as_it_was();
	the_longest_view_fits();
	nonsense_is_refused();
	mutated_lines_do_no_harm();
	a_line_without_end_is_bounded();
	a_stopped_peer_costs_nothing();
	halves_of_lines_are_put_together();
	stamps_have_one_order();
	the_socket_is_private();
	return tap_done();
}
