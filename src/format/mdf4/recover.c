#include "config.h"

#include "format/mdf4/mdf.h"

enum spur_status mdf_recover(struct spur_reader *r, const char *path, struct spur_recovery *got, struct spur_task *task,
			     struct spur_error *err)
{
	(void)r;
	(void)got;
	(void)task;
	return spur_fail(err, SPUR_EUNSUPPORTED, "%s: recovering MDF is not there yet", path);
}
