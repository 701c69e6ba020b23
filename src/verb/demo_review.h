#ifndef SPUR_VERB_DEMO_REVIEW_H
#define SPUR_VERB_DEMO_REVIEW_H

#include "verb/verb.h"

extern const struct spur_verb spur_demo_review;	/* sub-verb of demo */

#endif
