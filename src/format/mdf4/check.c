#include "config.h"

#include "format/mdf4/mdf.h"

enum spur_status mdf_check(struct spur_reader *r, const struct spur_findings *to, struct spur_task *task,
			   struct spur_error *err)
{
	(void)r;
	(void)to;
	(void)task;
	return spur_fail(err, SPUR_EUNSUPPORTED, "checking MDF is not there yet");
}
