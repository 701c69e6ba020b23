#include "config.h"

#include "image/sequence.h"

#define ESC 27u
#define BEL 7u

enum { GROUND, ESCAPE, CONTROL, STRING, STRING_ESCAPE };	/* state */

static void keep(struct spur_sequence *s, uint32_t ch)
{
	if (s->len + 1 < sizeof(s->text)) {
		s->text[s->len++] = ch < 0x80 ? (char)ch : '?';
		s->text[s->len] = '\0';
	}
}

static void begin(struct spur_sequence *s)
{
	s->len = 0;
	keep(s, ESC);
	s->state = ESCAPE;
}

static enum spur_sequence_step keys(struct spur_sequence *s, int n, uint32_t a, uint32_t b)
{
	s->keys[0] = a;
	s->keys[1] = b;
	s->key_count = n;
	return SPUR_SEQUENCE_KEYS;
}

static enum spur_sequence_step whole(struct spur_sequence *s)
{
	bool fits = s->len + 1 < sizeof(s->text);

	s->state = GROUND;
	return fits ? SPUR_SEQUENCE_WHOLE : SPUR_SEQUENCE_MORE;
}

static enum spur_sequence_step after_escape(struct spur_sequence *s, uint32_t ch)
{
	if (ch == ESC)
		return keys(s, 1, ESC, 0);	/* and this one may begin a sequence */
	if (ch == '[') {
		s->state = CONTROL;
	} else if (ch == 'P' || ch == '_' || ch == ']' || ch == '^') {
		s->state = STRING;
	} else {
		s->state = GROUND;
		return keys(s, 2, ESC, ch);
	}
	keep(s, ch);
	return SPUR_SEQUENCE_MORE;
}

static enum spur_sequence_step in_control(struct spur_sequence *s, uint32_t ch)
{
	if (ch == ESC) {	/* cut: this one is new */
		begin(s);
		return SPUR_SEQUENCE_MORE;
	}
	keep(s, ch);
	if (ch >= 0x40 && ch <= 0x7e)
		return whole(s);
	if (ch < 0x20 || ch > 0x7e)
		s->state = GROUND;
	return SPUR_SEQUENCE_MORE;
}

static enum spur_sequence_step in_string(struct spur_sequence *s, uint32_t ch)
{
	if (s->state == STRING_ESCAPE && ch != '\\') {
		begin(s);
		return after_escape(s, ch);
	}
	if (s->state == STRING_ESCAPE || ch == BEL || ch == 0x9c)
		return whole(s);
	if (ch == ESC)
		s->state = STRING_ESCAPE;
	else
		keep(s, ch);
	return SPUR_SEQUENCE_MORE;
}

enum spur_sequence_step spur_sequence_feed(struct spur_sequence *s, uint32_t ch)
{
	switch (s->state) {
	case ESCAPE:
		return after_escape(s, ch);
	case CONTROL:
		return in_control(s, ch);
	case STRING:
	case STRING_ESCAPE:
		return in_string(s, ch);
	default:
		if (ch != ESC)
			return keys(s, 1, ch, 0);
		begin(s);
		return SPUR_SEQUENCE_MORE;
	}
}

enum spur_sequence_step spur_sequence_idle(struct spur_sequence *s)
{
	int state = s->state;

	s->state = GROUND;
	if (state == ESCAPE)
		return keys(s, 1, ESC, 0);
	if ((state == CONTROL || state == STRING) && s->len == 2)	/* Alt and a key */
		return keys(s, 2, ESC, (unsigned char)s->text[1]);
	return SPUR_SEQUENCE_MORE;
}

bool spur_sequence_open(const struct spur_sequence *s)
{
	return s->state != GROUND;
}
