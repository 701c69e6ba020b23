#ifndef SPUR_VERB_DEMO_RUN_H
#define SPUR_VERB_DEMO_RUN_H

#include "verb/verb.h"

extern const struct spur_verb spur_demo_run;	/* sub-verb of demo */

#endif
