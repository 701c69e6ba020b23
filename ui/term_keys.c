#include "config.h"

#include "ui/term_priv.h"

#include "ui/keymap.h"

#define PIECE_NS (100 * SPUR_NS_PER_S / 1000)	/* between the pieces of one answer, over a slow line */

static uint32_t key_of(int rc, wint_t w)
{
	static const struct { wint_t from; uint32_t to; } keys[] = {
		{ KEY_UP, SPUR_KEY_UP }, { KEY_DOWN, SPUR_KEY_DOWN }, { KEY_LEFT, SPUR_KEY_LEFT },
		{ KEY_RIGHT, SPUR_KEY_RIGHT }, { KEY_HOME, SPUR_KEY_HOME }, { KEY_END, SPUR_KEY_END },
		{ KEY_PPAGE, SPUR_KEY_PAGE_UP }, { KEY_NPAGE, SPUR_KEY_PAGE_DOWN }, { KEY_BACKSPACE, SPUR_KEY_BACKSPACE },
		{ KEY_DC, SPUR_KEY_DELETE }, { KEY_BTAB, SPUR_KEY_BACKTAB }, { KEY_RESIZE, SPUR_KEY_RESIZE },
		{ KEY_ENTER, '\r' },
	};

	if (rc == OK)
		return w == 127 || w == 8 ? SPUR_KEY_BACKSPACE : (uint32_t)w;
	if (w >= KEY_F(1) && w <= KEY_F(12))
		return SPUR_KEY_F1 + (uint32_t)(w - KEY_F(1));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].from == w)
			return keys[i].to;
	}
	return SPUR_KEY_NONE;
}

static enum spur_term_event take_waiting(struct spur_term_keys *k, uint32_t *key)
{
	*key = key_of(OK, k->waiting[0]);
	k->waiting[0] = k->waiting[1];
	k->waiting_count--;
	return SPUR_TERM_KEY;
}

static enum spur_term_event stepped(struct spur_term_keys *k, enum spur_sequence_step step, uint32_t *key)
{
	if (step == SPUR_SEQUENCE_WHOLE)
		return SPUR_TERM_ANSWER;
	if (step != SPUR_SEQUENCE_KEYS)
		return SPUR_TERM_NOTHING;
	/* What else begins so is an answer of the terminal; alone they are Alt and a bracket. */
	if (k->sequence.key_count == 2 && k->sequence.keys[0] == 27 && (k->sequence.keys[1] == '[' || k->sequence.keys[1] == ']')) {
		*key = SPUR_KEY_ALT(k->sequence.keys[1]);
		return SPUR_TERM_KEY;
	}
	k->waiting[0] = k->sequence.keys[0];
	k->waiting[1] = k->sequence.keys[1];
	k->waiting_count = k->sequence.key_count;
	return take_waiting(k, key);
}

/* Curses itself has waited for the rest of a key; an answer of the terminal may take longer. */
static bool patient(const struct spur_term_keys *k)
{
	return k->expects && spur_monotonic_ns() - k->open_ns < PIECE_NS;
}

enum spur_term_event spur_term_keys_next(struct spur_term_keys *k, uint32_t *key)
{
	enum spur_term_event e;
	wint_t w;
	int rc;

	if (k->waiting_count > 0)
		return take_waiting(k, key);
	while ((rc = get_wch(&w)) != ERR) {
		if (rc != OK) {
			*key = key_of(rc, w);
			return SPUR_TERM_KEY;
		}
		if (!spur_sequence_open(&k->sequence))
			k->open_ns = spur_monotonic_ns();
		e = stepped(k, spur_sequence_feed(&k->sequence, (uint32_t)w), key);
		if (e != SPUR_TERM_NOTHING)
			return e;
	}
	if (spur_sequence_open(&k->sequence) && !patient(k))
		return stepped(k, spur_sequence_idle(&k->sequence), key);
	return SPUR_TERM_NOTHING;
}

int spur_term_keys_wait_ms(const struct spur_term_keys *k, int ms)
{
	int left = (int)(PIECE_NS / (SPUR_NS_PER_S / 1000));

	return spur_sequence_open(&k->sequence) && left < ms ? left : ms;
}
