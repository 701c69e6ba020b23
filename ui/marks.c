#include "config.h"

#include "ui/marks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void spur_marks_finish(struct spur_marks *m)
{
	free(m->ids);
	*m = (struct spur_marks){ 0 };
}

/* Where id is, or where it would stand. */
static size_t place_of(const struct spur_marks *m, int64_t id)
{
	size_t lo = 0, hi = m->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->ids[mid] < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool spur_marks_has(const struct spur_marks *m, int64_t id)
{
	size_t at = place_of(m, id);

	return at < m->count && m->ids[at] == id;
}

void spur_marks_set(struct spur_marks *m, int64_t id, bool on)
{
	size_t at = place_of(m, id);
	bool there = at < m->count && m->ids[at] == id;

	m->last = on ? id : 0;
	if (there == on)
		return;
	if (on) {
		m->ids = spur_realloc(m->ids, m->count + 1, sizeof(*m->ids));
		memmove(m->ids + at + 1, m->ids + at, (m->count++ - at) * sizeof(*m->ids));
		m->ids[at] = id;
	} else {
		memmove(m->ids + at, m->ids + at + 1, (--m->count - at) * sizeof(*m->ids));
	}
}

void spur_marks_words(const struct spur_marks *m, struct spur_buf *to)
{
	for (size_t i = 0; i < m->count;) {
		size_t end = i;

		while (end + 1 < m->count && m->ids[end + 1] == m->ids[end] + 1)
			end++;
		spur_buf_addf(to, i == 0 ? "%" PRId64 : " %" PRId64, m->ids[i]);
		if (end > i)
			spur_buf_addf(to, "-%" PRId64, m->ids[end]);
		i = end + 1;
	}
}
