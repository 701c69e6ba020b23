#ifndef SPUR_LAB_REGISTRY_H
#define SPUR_LAB_REGISTRY_H

#include "lab/target.h"

/* Seen by each definition and by the table. */
#define SPUR_TARGET(id) extern const struct spur_target spur_target_##id;
#include "lab/targets.def"
#undef SPUR_TARGET

#endif
