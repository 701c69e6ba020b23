#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/time.h"

/*
 * keylag ROWS COLS SETUP KEYS COUNT IDLE_S BYTES_PER_S PROGRAM [ARG...]
 *
 * A program on a terminal of its own. SETUP is typed first, a key at a time, each until the screen is quiet;
 * then COUNT keys of KEYS, over and over, with the time from each to the first and to the last byte that follows it; then
 * IDLE_S seconds without a key. The terminal answers CSI c and CSI 5 n as xterm does, and takes BYTES_PER_S
 * (0: all at once). One line of JSON: times in ms. "^M" in SETUP is Enter, "^I" Tab.
 */
#define QUIET_MS 60	/* no byte for so long: the screen stands */
#define SETUP_MS 250	/* the same while it is set up */

static int terminal;
static pid_t child;
static double rate;		/* bytes per second; 0: no limit */
static spur_ns free_ns;		/* when the line is free again */
static size_t total;
static char tail[64];
static size_t tail_len;
static size_t frames;
static double first_ms_after;	/* of the last key: its first byte */

static void answer(const char *text)
{
	if (write(terminal, text, strlen(text)) < 0)
		exit(1);
}

/* Questions may be cut by a read: the end of what came before is kept. */
static void answer_questions(const char *data, size_t n)
{
	char *both = malloc(tail_len + n + 1);
	const char *p;
	size_t len = tail_len + n, keep;

	memcpy(both, tail, tail_len);
	memcpy(both + tail_len, data, n);
	both[len] = '\0';
	for (size_t i = 0; i < len; i++)
		both[i] = both[i] == '\0' ? ' ' : both[i];
	for (p = both; (p = strstr(p, "\033[5n")) != NULL; p += 4, frames++)
		answer("\033[0n");
	for (p = both; (p = strstr(p, "\033[c")) != NULL; p += 3)
		answer("\033[?62;22c");
	keep = len < 3 ? len : 3;	/* a question of four bytes may have begun */
	while (keep > 0 && both[len - keep] != 27)
		keep--;
	memcpy(tail, both + len - keep, keep);
	tail_len = keep;
	free(both);
}

/* What has come within ms; the bytes, 0: none. A slow line delivers no more than it can. */
static size_t take(int ms)
{
	struct pollfd fd = { .fd = terminal, .events = POLLIN };
	char data[16384];
	size_t most = rate > 0 ? 512 : sizeof(data);
	ssize_t n;

	if (poll(&fd, 1, ms) <= 0)
		return 0;
	n = read(terminal, data, most);
	if (n <= 0)
		return 0;
	if (rate > 0) {
		spur_ns now = spur_monotonic_ns();

		free_ns = (free_ns > now ? free_ns : now) + (spur_ns)((double)n / rate * 1e9);
		if (free_ns > now)
			usleep((useconds_t)((free_ns - now) / 1000));
	}
	total += (size_t)n;
	answer_questions(data, (size_t)n);
	return (size_t)n;
}

/* From now to the last byte before a pause. */
static double until_quiet(spur_ns from, int first_ms, int quiet_ms)
{
	spur_ns last = from;
	int wait = first_ms;

	first_ms_after = -1;
	while (take(wait) > 0) {
		last = spur_monotonic_ns();
		if (first_ms_after < 0)
			first_ms_after = (double)(last - from) / 1e6;
		wait = quiet_ms;
		if (last - from > 20 * SPUR_NS_PER_S)
			break;
	}
	return (double)(last - from) / 1e6;
}

static double press(char key, int first_ms, int quiet_ms)
{
	spur_ns from = spur_monotonic_ns();

	if (write(terminal, &key, 1) != 1)
		exit(1);
	return until_quiet(from, first_ms, quiet_ms);
}

static void start(int rows, int cols, char **argv)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols };
	int other;

	terminal = posix_openpt(O_RDWR | O_NOCTTY);
	if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0)
		exit(1);
	ioctl(terminal, TIOCSWINSZ, &size);
	child = fork();
	if (child == 0) {
		setsid();
		other = open(ptsname(terminal), O_RDWR);
		ioctl(other, TIOCSCTTY, 0);
		dup2(other, 0);
		dup2(other, 1);
		dup2(other, 2);
		execvp(argv[0], argv);
		_exit(127);
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static char next_key(const char **s)
{
	char c = **s;

	if (c == '^' && (*s)[1] != '\0') {
		c = (char)((*s)[1] & 0x1f);
		(*s)++;
	}
	(*s)++;
	return c;
}

int main(int argc, char **argv)
{
	int count, status = 0;
	double *ms, *first, idle_s, setup_ms = 0, all_s;
	size_t before, idle_bytes = 0, key_bytes, frames_before;
	spur_ns from;

	if (argc < 9)
		return 2;
	count = (int)strtol(argv[5], NULL, 10);
	idle_s = strtod(argv[6], NULL);
	rate = strtod(argv[7], NULL);
	ms = calloc((size_t)count + 1, sizeof(*ms));
	first = calloc((size_t)count + 1, sizeof(*first));
	start((int)strtol(argv[1], NULL, 10), (int)strtol(argv[2], NULL, 10), argv + 8);
	printf("{\"start_ms\":%.1f", until_quiet(spur_monotonic_ns(), 5000, SETUP_MS));
	printf(",\"setup_ms\":[");
	for (const char *s = argv[3]; *s != '\0';) {
		setup_ms = press(next_key(&s), 1000, SETUP_MS);
		printf("%.1f%s", setup_ms, *s != '\0' ? "," : "");
	}
	before = total;
	frames_before = frames;
	from = spur_monotonic_ns();
	for (int i = 0; i < count; i++) {
		ms[i] = press(argv[4][(size_t)i % strlen(argv[4])], 300, QUIET_MS);
		first[i] = first_ms_after;
	}
	all_s = (double)(spur_monotonic_ns() - from) / 1e9;
	key_bytes = total - before;
	qsort(ms, (size_t)count, sizeof(*ms), by_value);
	qsort(first, (size_t)count, sizeof(*first), by_value);
	printf("],\"keys\":%d,\"first_p50_ms\":%.2f,\"first_p99_ms\":%.2f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,\"bytes_per_key\":%zu,\"frames_per_s\":%.2f", count,
	       count > 0 ? first[count / 2] : 0, count > 0 ? first[count * 99 / 100] : 0, count > 0 ? ms[count / 2] : 0, count > 0 ? ms[count * 99 / 100] : 0, count > 0 ? ms[count - 1] : 0,
	       count > 0 ? key_bytes / (size_t)count : 0, (double)(frames - frames_before) / (all_s > 0 ? all_s : 1));
	before = total;
	frames_before = frames;
	from = spur_monotonic_ns();
	while ((double)(spur_monotonic_ns() - from) / 1e9 < idle_s)
		idle_bytes += take(50);
	printf(",\"idle_bytes_per_s\":%.1f,\"idle_frames_per_s\":%.2f}\n", idle_s > 0 ? (double)idle_bytes / idle_s : 0,
	       idle_s > 0 ? (double)(frames - frames_before) / idle_s : 0);
	kill(child, SIGTERM);
	for (int i = 0; i < 100 && waitpid(child, &status, WNOHANG) == 0; i++)
		take(20);
	free(ms);
	free(first);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
