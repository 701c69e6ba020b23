#ifndef SPUR_JOB_REGISTRY_H
#define SPUR_JOB_REGISTRY_H

#include "job/executor.h"

#define SPUR_EXECUTOR(id) extern const struct spur_executor spur_executor_##id;
#include "job/executors.def"
#undef SPUR_EXECUTOR

#endif
