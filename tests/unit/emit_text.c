#include "config.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/tap.h"
#include "verb/emit_file.h"

/* Two rows of a table with everything that can lose something. */
static char *table(size_t columns)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct spur_emit *e = spur_emit_text_create(out, out, SPUR_TIME_UTC, false);

	spur_emit_text_limit(e, columns);
	for (int i = 0; i < 2; i++) {
		spur_emit_row(e, "row");
		spur_emit_text(e, "id", "ds-804989c7fbe19183");
		spur_emit_time(e, "begin_ns", 1772438400620416123 + i);
		if (i == 0)
			spur_emit_f64(e, "score", 7.14259043);
		else
			spur_emit_text(e, "score", NULL);
		spur_emit_text(e, "reason", "the overlap with the truth is too small");
		spur_emit_end(e);
	}
	spur_emit_text_destroy(e);
	fclose(out);
	return text;
}

/* Of the lines of s in bytes; the tests are ASCII but for the ellipsis. */
static size_t widest(const char *s)
{
	size_t most = 0, n;

	for (; *s != '\0'; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		most = n > most ? n : most;
	}
	return most;
}

static void nothing_is_lost_without_a_limit(void)
{
	char *s = table(0);

	ok(strstr(s, "2026-03-02T08:00:00.620416123Z  7.14259043  the overlap with the truth is too small\n") != NULL,
	   "a file gets every digit and every word");
	ok(strstr(s, "124Z           -  the") != NULL, "a dash stands where the numbers end");
	free(s);
}

static void digits_go_first(void)
{
	char *s = table(100);

	ok(widest(s) <= 100, "fits into 100 columns");
	ok(strstr(s, "08:00:00.620Z  7.14259043  the overlap with the truth is too small") != NULL,
	   "times lose digits, numbers and texts are whole");
	free(s);
}

static void then_the_ends_of_texts(void)
{
	char *s = table(80);

	ok(widest(s) <= 80, "fits into 80 columns");
	ok(strstr(s, "ds-804989c7fbe19183  2026-03-02T08:00:00Z  7.143  the overlap with the truth is~") != NULL,
	   "the id stays whole, the longest text ends in a mark");
	free(s);
}

static void then_the_last_columns(void)
{
	char *s = table(45);

	ok(widest(s) <= 45, "fits into 45 columns");
	ok(strstr(s, "REASON") == NULL && strstr(s, "BEGIN") != NULL, "the last column is left out");
	free(s);
}

/* More rows than are held for the widths, with other people's errno between them. */
static bool rows_into(FILE *out, bool json)
{
	struct spur_emit *e = json ? spur_emit_json_create(out, out) : spur_emit_text_create(out, out, SPUR_TIME_UTC, false);

	for (int i = 0; i < 20000; i++) {
		spur_emit_row(e, "row");
		spur_emit_int(e, "number", i);
		spur_emit_text(e, "text", "enough of it to fill the buffer again and again");
		spur_emit_end(e);
		errno = ENOENT;
	}
	return json ? spur_emit_json_destroy(e) : spur_emit_text_destroy(e);
}

static void only_losses_are_failures(void)
{
	for (int json = 0; json < 2; json++) {
		FILE *full = fopen("/dev/full", "w"), *null = fopen("/dev/null", "w"), *pipe_out;
		int fds[2];

		ok(pipe(fds) == 0 && full != NULL && null != NULL, json ? "JSON" : "text");
		close(fds[0]);
		pipe_out = fdopen(fds[1], "w");
		ok(rows_into(null, json), "what was written is good");
		ok(!rows_into(full, json), "a full disk is a loss");
		ok(rows_into(pipe_out, json), "a pipe that nobody reads is none");
		fclose(full);
		fclose(null);
		fclose(pipe_out);
	}
}

int main(void)
{
	setlocale(LC_ALL, "C");	/* the mark of a cut text is a tilde there */
	nothing_is_lost_without_a_limit();
	digits_go_first();
	then_the_ends_of_texts();
	then_the_last_columns();
	signal(SIGPIPE, SIG_IGN);
	only_losses_are_failures();
	return tap_done();
}
