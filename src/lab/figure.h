#ifndef SPUR_LAB_FIGURE_H
#define SPUR_LAB_FIGURE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

/*
 * Figures: what gates look at, by dotted name ("eval.macro_f1" is card.figures["eval.macro_f1"]).
 * Numbers may be written as "NaN", "Infinity", "-Infinity" (JSON has none).
 */
double spur_figure_number(const json_t *v);	/* NaN when it is no number */

/* One check of a gate: FIGURE OP VALUE [+|- VALUE], where OP is >= <= > < == != and a VALUE is a
 * number, true, false, a "text" or a figure. */
struct spur_check {
	bool passed;
	bool known;		/* every figure in it is there */
	char got[64];		/* left side as text; "" when unknown */
	char want[128];		/* right side as text */
};

/* SPUR_EFORMAT: the text is no check; a figure that is not there is a check that fails. */
enum spur_status spur_check_eval(const char *text, const json_t *figures, struct spur_check *out, struct spur_error *err);

#endif
