#ifndef SPUR_UI_MARKS_H
#define SPUR_UI_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Rows that a person has marked to act on together, by id: a list that is read again keeps its marks. */
struct spur_marks {
	int64_t *ids;		/* owned, sorted */
	size_t count;
	int64_t last;		/* marked last, where a range begins; 0: none */
};

void spur_marks_finish(struct spur_marks *m);	/* none is marked */
bool spur_marks_has(const struct spur_marks *m, int64_t id);
void spur_marks_set(struct spur_marks *m, int64_t id, bool on);
/* "3 5-7": as verbs take ids. */
void spur_marks_words(const struct spur_marks *m, struct spur_buf *to);

#endif
