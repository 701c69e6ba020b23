#ifndef SPUR_TESTS_FUZZ_H
#define SPUR_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * One parser under hostile bytes: a file tests/fuzz/fuzz_NAME.c that defines fuzz_target, and a line in
 * tests/fuzz/Makefile.inc. In `make check` replay.c runs it over its seeds, over tests/fuzz/regress/NAME and
 * over a few thousand mutations of both; with --enable-fuzzers libFuzzer does.
 */
enum fuzz_shape { FUZZ_SHAPE_PARTS, FUZZ_SHAPE_MDF, FUZZ_SHAPE_MCAP };	/* what its inputs are made of, see inject.h */
struct fuzz_target {
	const char *name;		/* "mcap": of the folder below regress/ */
	size_t max_len;			/* of an input */
	size_t parts;			/* of a seed at least, see FUZZ_CUT; 0: it is one */
	void (*run)(const uint8_t *data, size_t len);	/* must not keep anything from one input to the next */
	void (*seeds)(void);		/* calls fuzz_seed(); made by spur's own writers, or by hand */
	const char *const *words;	/* dictionary, ends with NULL; NULL: none */
	enum fuzz_shape shape;
	size_t told;			/* mutations in the behaviour pass, see fuzz_tell(); 0: this target tells nothing yet */
};
extern const struct fuzz_target fuzz_target;	/* defined by each fuzz_NAME.c */

void fuzz_seeds_of(const char *what);	/* what the next seeds show; lives on */
void fuzz_seed(const void *data, size_t len);
void fuzz_seed_text(const char *text);
/* Empties b. */
void fuzz_seed_buf(struct spur_buf *b);
void fuzz_seed_file(const char *path);	/* removed then */

/* Ends the run: what a parser must keep, whatever it is given. */
#define fuzz_check(cond) fuzz_check_at((cond), #cond, __FILE__, __LINE__)
void fuzz_check_at(bool cond, const char *text, const char *file, int line);
/* A status is one of the list, and a failure has words. */
void fuzz_check_status(enum spur_status st, const struct spur_error *err);

/*
 * What the parser made of an input: statuses, names, values, counts. In the behaviour pass of `make check` (replay.c)
 * it is compared with tests/golden/behaviour/NAME.txt, and is nothing elsewhere. It must be the same on every machine,
 * with every compiler and in every folder: no addresses, no times of today, %.9g at most. The folder of fuzz_path()
 * becomes "~".
 */
void fuzz_tell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void fuzz_tell_bytes(const char *what, const void *data, size_t len);	/* their number and a hash */
void fuzz_tell_status(const char *what, enum spur_status st, const struct spur_error *err);	/* and its words and byte */
bool fuzz_telling(void);	/* false: spare the work of finding out */

/* A path in a folder that goes with the process; valid until the fourth next call. */
const char *fuzz_path(const char *name);
const char *fuzz_file(const char *name, const void *data, size_t len);	/* the same, with that content */

/*
 * An input of several parts, with FUZZ_CUT between them. Each part is a block of exactly its size, so that
 * a read past its end is seen; the last ones are "".
 */
#define FUZZ_CUT "\n~~\n"	/* nothing that a format of printf() would change */
#define FUZZ_PARTS 64
struct fuzz_in {
	const uint8_t *at;
	size_t left;
	bool end;
	void *parts[FUZZ_PARTS];	/* owned */
	size_t count;
};
struct fuzz_part {
	const char *data;	/* owned by fuzz_in */
	size_t len;
};
void fuzz_in_init(struct fuzz_in *in, const uint8_t *data, size_t len);
struct fuzz_part fuzz_in_next(struct fuzz_in *in);
const char *fuzz_in_text(struct fuzz_in *in);	/* up to its first NUL */
bool fuzz_in_more(const struct fuzz_in *in);	/* and room for another part */
void fuzz_in_finish(struct fuzz_in *in);

/* ---- between target.c, tell.c, limit.c, mutate.c, behaviour.c and replay.c ---- */

struct fuzz_bytes {
	uint8_t *data;
	size_t len;
	const char *what;	/* of a seed: what it shows; NULL: nobody said */
};
const struct fuzz_bytes *fuzz_seeds(size_t *count);	/* made on the first call */
void fuzz_one(const uint8_t *data, size_t len);
void fuzz_seeds_write(const char *dir);
void fuzz_tell_to(struct spur_buf *b);	/* NULL: nobody listens */
uint64_t fuzz_hash(const void *data, size_t len);
const char *fuzz_folder(void);		/* of fuzz_path(); "" before its first call */
/* The behaviour pass over inputs, of which the first are the seeds; says what differs. */
bool fuzz_behaves(const struct fuzz_bytes *in, size_t seeds, size_t count, void (*run)(const struct fuzz_bytes *b));
/* What the project promises: no allocation above the size of the file and 64 MiB. 0: not watched. */
void fuzz_limit(size_t bytes);
#define FUZZ_LIMIT ((size_t)64 << 20)
size_t fuzz_largest(void);	/* allocation since the last fuzz_limit() above 0; those of libraries in a build with sanitizers only */
/* Numbers below n, and small steps at random places. */
size_t fuzz_below(uint64_t *random, size_t n);
void fuzz_step(struct fuzz_bytes *b, const struct fuzz_bytes *other, uint64_t *random);
/* `fuzz_NAME --inject` (replay.c): every cut and many mutations of the inputs, of which the first are the seeds, held
 * against the limits of time and memory; about() is told what the next input is. Prints TAP and a table. */
int fuzz_inject(const struct fuzz_bytes *in, size_t seeds, size_t count, void (*run)(const struct fuzz_bytes *b), void (*about)(const char *words));
/* A mutation of one of the inputs, at most max_len bytes; the caller frees. */
struct fuzz_bytes fuzz_mutate(const struct fuzz_bytes *inputs, size_t count, uint64_t *random);

#endif
