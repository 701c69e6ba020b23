#ifndef SPUR_UI_TERM_PRIV_H
#define SPUR_UI_TERM_PRIV_H

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "image/found.h"
#include "image/sequence.h"
#include "ui/grid.h"

/* The curses back end, private to term_*.c. */

/* term_look.c: colours of the roles; light: for a light background. */
void spur_term_look_make(bool light);
bool spur_term_look_light(void);	/* as they were made */
attr_t spur_term_look(enum spur_role role);

/* term_keys.c: keys and answers as they come in, without waiting. */
struct spur_term_keys {
	struct spur_sequence sequence;
	spur_ns open_ns;		/* when the sequence began */
	bool expects;			/* answers are under way: a sequence may come in pieces */
	uint32_t waiting[3];		/* keys that one scalar made */
	int waiting_count;
};

enum spur_term_event { SPUR_TERM_NOTHING, SPUR_TERM_KEY, SPUR_TERM_ANSWER };
/* The next event that is there; *key, or keys->sequence.text. */
enum spur_term_event spur_term_keys_next(struct spur_term_keys *k, uint32_t *key);
/* Within so many ms next() is to be called again though nothing comes; at most `ms`. */
int spur_term_keys_wait_ms(const struct spur_term_keys *k, int ms);

/* term_probe.c: finding out what the terminal can do, beside its normal life. */
struct spur_term_probe {
	struct spur_terminal found;
	bool asking;
	spur_ns asked_ns, took_ns;	/* took: until the last answer; 0: unknown */
};

/* From the environment and the cache, else the query goes out to fd. colours: of its description. */
void spur_term_probe_start(struct spur_term_probe *p, int fd, int colours);
/* An answer; true: it is all that will come, decide again. */
bool spur_term_probe_answer(struct spur_term_probe *p, const char *sequence, bool *status);
/* True, once: the time for answers is over. */
bool spur_term_probe_over(struct spur_term_probe *p);

#endif
