#ifndef SPUR_VERB_SIGNAL_ABOUT_H
#define SPUR_VERB_SIGNAL_ABOUT_H

#include "model/description.h"
#include "verb/emit.h"

/* What a file says of a signal beside its samples: ranges, limits, axes, what it refers to. As members of its row for
 * scripts (emit; nothing where nothing is said), and as columns for people (show; always all of them). */
void spur_signal_emit(const struct spur_description *d, uint32_t signal, struct spur_emit *emit);
void spur_signal_show(const struct spur_description *d, uint32_t signal, struct spur_emit *emit);

#endif
