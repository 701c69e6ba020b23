#ifndef SPUR_IMAGE_SEQUENCE_H
#define SPUR_IMAGE_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a terminal sends, taken apart: keys on one hand, its own sequences (ECMA-48: CSI ... final byte; DCS,
 * OSC, APC ... ST) on the other, in whatever pieces they come. Pure. What is no known answer is still one
 * sequence, so it never shows as keys.
 */
#define SPUR_SEQUENCE_MAX 512	/* longer ones are swallowed */

struct spur_sequence {
	char text[SPUR_SEQUENCE_MAX];	/* of a sequence, with its ESC, NUL-terminated */
	size_t len;
	int state;
	uint32_t keys[3];	/* what is no sequence */
	int key_count;
};

enum spur_sequence_step {
	SPUR_SEQUENCE_MORE,	/* nothing yet */
	SPUR_SEQUENCE_KEYS,	/* keys[0 .. key_count) were typed */
	SPUR_SEQUENCE_WHOLE,	/* text is a sequence */
};

/* One scalar that came in. */
enum spur_sequence_step spur_sequence_feed(struct spur_sequence *s, uint32_t ch);
/* Nothing follows: an ESC was the key Esc, a cut sequence is dropped. */
enum spur_sequence_step spur_sequence_idle(struct spur_sequence *s);
bool spur_sequence_open(const struct spur_sequence *s);	/* in the middle of one */

#endif
