#ifndef SPUR_IPC_MESSAGE_H
#define SPUR_IPC_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/time.h"

/*
 * What a workbench and its windows say to each other: one JSON object a line, spur-ipc(7). Plain
 * values of a bounded size; no I/O. What a peer sends is hostile: every text, number and count is
 * checked here, so that what decodes can be shown.
 */
#define SPUR_IPC_VERSION 1
#define SPUR_IPC_LINE_MAX 16384		/* bytes, the newline included */
#define SPUR_IPC_TRACES 8
#define SPUR_IPC_NAME 256		/* bytes of a name with its NUL; a longer one is not shared */
#define SPUR_IPC_SEQ_MAX (INT64_C(1) << 62)

/* What is being looked at. */
struct spur_ipc_view {
	char drive[SPUR_IPC_NAME];			/* "": none */
	spur_ns begin_ns, end_ns;			/* begin < end while there is a drive */
	spur_ns cursor_ns, a_ns, b_ns;			/* SPUR_NS_MIN: not set */
	size_t trace_count;
	char traces[SPUR_IPC_TRACES][SPUR_IPC_NAME];	/* "run.mf4:VehSpd": file name and signal */
	int current;					/* of the traces; -1: none */
	char camera[SPUR_IPC_NAME];			/* topic; "": none */
	bool overlay, light, playing;
	char player[32];				/* whose process moves the cursor while playing; else "" */
	double rate;					/* of playing, 0.01 to 100 */
	enum spur_time_style time;
};

void spur_ipc_view_init(struct spur_ipc_view *v);
bool spur_ipc_view_equal(const struct spur_ipc_view *a, const struct spur_ipc_view *b);

/*
 * The order of views: the higher seq is newer, of equal ones the higher text, then the higher tick. Who
 * changes something sends seq + 1 under its own name; who plays sends the moving cursor as ticks of the view
 * that is there, so that no change of another (a pause!) can be overtaken by them; who passes a view on keeps
 * the stamp. A view that is not newer than what one has is not taken and not passed on, so nothing goes
 * round in circles.
 */
struct spur_ipc_stamp {
	int64_t seq;		/* 0: nothing yet */
	char from[32];		/* letters, digits, '-' */
	int64_t tick;
};
int spur_ipc_stamp_compare(const struct spur_ipc_stamp *a, const struct spur_ipc_stamp *b);
/* The stamp of what `me` shows now, after it was what `before` says. */
void spur_ipc_stamp_next(struct spur_ipc_stamp *s, const char *me, const struct spur_ipc_view *before,
			 const struct spur_ipc_view *now);

enum spur_ipc_kind {
	SPUR_IPC_HELLO,		/* first from both: version, program, name, pid */
	SPUR_IPC_STATE,		/* stamp, at_ns, view */
	SPUR_IPC_SHOWN,		/* stamp, at_ns: that view can be seen now */
	SPUR_IPC_SHOT,		/* path ("": a name is made): write what is shown there; comes back with error "" or the reason */
	SPUR_IPC_BYE,		/* the sender goes on purpose */
	SPUR_IPC_OTHER,		/* of a later minor version: passed over */
};

struct spur_ipc_message {
	enum spur_ipc_kind kind;
	int64_t version, pid;
	char program[32], name[32];	/* name: what it calls itself in stamps */
	struct spur_ipc_stamp stamp;
	spur_ns at_ns;		/* spur_monotonic_ns() of the sender when it changed, or was seen */
	struct spur_ipc_view view;
	char path[1024], error[320];
	bool answer;		/* of a shot: done, or not */
};

/* Appends a line. */
void spur_ipc_encode(const struct spur_ipc_message *m, struct spur_buf *out);
/* One line, without its newline. SPUR_EFORMAT says what is wrong. */
enum spur_status spur_ipc_decode(const char *line, size_t len, struct spur_ipc_message *out, struct spur_error *err);

#endif
