#include "config.h"

#include "base/task.h"

#include <stddef.h>

void spur_task_cancel(struct spur_task *task)
{
	if (task != NULL)
		atomic_store(&task->cancelled, true);
}

bool spur_task_cancelled(const struct spur_task *task)
{
	for (; task != NULL; task = task->parent) {
		if (atomic_load(&task->cancelled))
			return true;
	}
	return false;
}

void spur_task_progress(struct spur_task *task, uint64_t done, uint64_t total)
{
	if (task == NULL)
		return;
	atomic_store(&task->total, total);
	atomic_store(&task->done, done);
}

unsigned spur_task_permille(const struct spur_task *task)
{
	uint64_t total, done;

	if (task == NULL || (total = atomic_load(&task->total)) == 0)
		return 0;
	done = atomic_load(&task->done);
	return done >= total ? 1000 : (unsigned)(1000.0 * (double)done / (double)total);
}
