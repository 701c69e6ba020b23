#ifndef SPUR_TESTS_FAILING_H
#define SPUR_TESTS_FAILING_H

#include <stdatomic.h>

/*
 * What fail_each.c and the object it preloads (failing.c) tell each other: a shared file, named by FAILING_STATE.
 * Calls are counted per kind, in all processes that inherit the environment; the call of number `at` (from 1) of
 * `kind` fails, once. Files count only below the folder FAILING_UNDER, so that libraries and fonts are left alone.
 */
enum failing_kind {
	FAILING_NONE,
	FAILING_READ,		/* EIO */
	FAILING_SHORT,		/* half of what was asked for, as any read or write may do */
	FAILING_WRITE,		/* ENOSPC */
	FAILING_SYNC,		/* EIO */
	FAILING_RENAME,		/* rename and link: EROFS */
	FAILING_OPEN,		/* EACCES */
	FAILING_MKDIR,		/* EROFS */
	FAILING_MALLOC,		/* NULL, of blocks of `least` bytes and more */
	FAILING_UNPACK,		/* a decompressor says that the bytes are damaged */
	FAILING_SQL,		/* a statement is not begun: SQLITE_IOERR, or a full disk */
	FAILING_INTERRUPT,	/* SIGINT arrives while a file is read */
	FAILING_KINDS
};

struct failing_state {
	_Atomic unsigned counts[FAILING_KINDS];
	enum failing_kind kind;
	unsigned at;
	unsigned long least;
	_Atomic unsigned fired;
	char path[1024];	/* of the file whose call failed; "" where there is none */
};

#define FAILING_SQL_TEXT "injected failure of the database"

#endif
