#ifndef SPUR_VERB_DEMO_SCORE_H
#define SPUR_VERB_DEMO_SCORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/time.h"
#include "verb/verb.h"

struct spur_demo_span {
	spur_ns begin_ns, end_ns;
	const char *kind;	/* borrowed; may be NULL */
	bool matched;
};

struct spur_demo_tally {
	size_t truth, found, hits;
	double iou;		/* summed over the hits */
};

/* Pairs each found span with at most one true one, the best overlaps first; an overlap in time
 * (intersection over union) of least_iou and more is a hit. Adds to score and marks both. */
void spur_demo_match(struct spur_demo_span *truth, size_t truths, struct spur_demo_span *found, size_t founds,
		     double least_iou, struct spur_demo_tally *score);

extern const struct spur_verb spur_demo_score;

#endif
