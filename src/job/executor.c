#include "config.h"

#include "job/executor.h"

#include <string.h>

#include "job/registry.h"

static const struct spur_executor *const executors[] = {
#define SPUR_EXECUTOR(id) &spur_executor_##id,
#include "job/executors.def"
#undef SPUR_EXECUTOR
	NULL
};

const struct spur_executor *const *spur_executor_list(void)
{
	return executors;
}

enum spur_status spur_executor_choose(const struct spur_job_spec *spec, const struct spur_executor **out,
				      struct spur_error *err)
{
	int best = 0;

	*out = NULL;
	for (size_t i = 0; executors[i] != NULL; i++) {
		int fit = executors[i]->accepts(spec);

		if (spec->executor != NULL && strcmp(spec->executor, executors[i]->id) != 0)
			continue;
		if (fit > best) {
			best = fit;
			*out = executors[i];
		}
	}
	if (*out == NULL)
		return spur_fail(err, SPUR_ENOTFOUND, "no executor '%s' takes this job; there is: local",
				 spec->executor == NULL ? "any" : spec->executor);
	return SPUR_OK;
}
