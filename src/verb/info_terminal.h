#ifndef SPUR_VERB_INFO_TERMINAL_H
#define SPUR_VERB_INFO_TERMINAL_H

#include "verb/verb.h"

/* What the terminal can show: its environment, and its answers where there is one. Always one row. */
enum spur_exit spur_info_terminal(struct spur_ctx *ctx, struct spur_emit *emit);

#endif
