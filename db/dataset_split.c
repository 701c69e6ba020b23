#include "config.h"

#include "db/dataset_split.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"

struct split {
	struct spur_split_drive *drives;
	size_t count, classes;
	const unsigned *permille;
	bool *placed;
	char (*rank)[SPUR_SHA256_HEX];	/* of each drive: order among equals */
	/* [class * SPUR_DB_SPLITS + split]: thousandths of items still wanted, items there */
	int64_t *wanted, *there;
	int64_t total[SPUR_DB_SPLITS];	/* wanted over all classes */
	size_t *left;			/* drives of each class not placed yet */
};

static int64_t *at(int64_t *table, size_t class, size_t split)
{
	return &table[class * SPUR_DB_SPLITS + split];
}

static void rank_drives(struct split *s, uint64_t seed)
{
	for (size_t i = 0; i < s->count; i++) {
		char *text = spur_strfmt("%" PRIu64 " %s", seed, s->drives[i].key);

		spur_sha256_hex_of(text, strlen(text), s->rank[i]);
		free(text);
	}
}

static void set_targets(struct split *s)
{
	for (size_t c = 0; c < s->classes; c++) {
		int64_t n = 0;

		for (size_t i = 0; i < s->count; i++) {
			n += s->drives[i].classes[c];
			s->left[c] += s->drives[i].classes[c] > 0;
		}
		for (size_t k = 0; k < SPUR_DB_SPLITS; k++) {
			*at(s->wanted, c, k) = n * s->permille[k];
			s->total[k] += n * s->permille[k];
		}
	}
}

/* The class that has the fewest drives left; classes when none is left. */
static size_t rarest(const struct split *s)
{
	size_t best = s->classes, least = SIZE_MAX;

	for (size_t c = 0; c < s->classes; c++) {
		if (s->left[c] > 0 && s->left[c] < least) {
			least = s->left[c];
			best = c;
		}
	}
	return best;
}

/* Most of that class first: what is big must find its place while there is room. */
static size_t next_drive(const struct split *s, size_t class)
{
	size_t best = s->count;

	for (size_t i = 0; i < s->count; i++) {
		uint32_t have = s->drives[i].classes[class];

		if (s->placed[i] || have == 0)
			continue;
		if (best == s->count || have > s->drives[best].classes[class] ||
		    (have == s->drives[best].classes[class] && strcmp(s->rank[i], s->rank[best]) < 0))
			best = i;
	}
	return best;
}

static size_t splits_without(struct split *s, size_t class)
{
	size_t n = 0;

	for (size_t k = 0; k < SPUR_DB_SPLITS; k++)
		n += s->permille[k] > 0 && *at(s->there, class, k) == 0;
	return n;
}

static bool better(struct split *s, size_t class, size_t k, size_t than)
{
	int64_t a = *at(s->wanted, class, k), b = *at(s->wanted, class, than);

	return a != b ? a > b : s->total[k] > s->total[than];
}

static enum spur_db_split place_for(struct split *s, size_t class)
{
	/* As many drives as splits that lack the class: from now on each must go to one of those. */
	bool only_lacking = splits_without(s, class) >= s->left[class];
	size_t best = SPUR_DB_SPLITS;

	for (size_t k = 0; k < SPUR_DB_SPLITS; k++) {
		if (s->permille[k] == 0 || (only_lacking && *at(s->there, class, k) > 0))
			continue;
		if (best == SPUR_DB_SPLITS || better(s, class, k, best))
			best = k;
	}
	return (enum spur_db_split)best;
}

static void place(struct split *s, size_t drive, enum spur_db_split k)
{
	struct spur_split_drive *d = &s->drives[drive];

	d->split = k;
	s->placed[drive] = true;
	for (size_t c = 0; c < s->classes; c++) {
		s->left[c] -= d->classes[c] > 0;
		*at(s->there, c, k) += d->classes[c];
		*at(s->wanted, c, k) -= (int64_t)d->classes[c] * 1000;
		s->total[k] -= (int64_t)d->classes[c] * 1000;
	}
}

void spur_dataset_split(struct spur_split_drive *drives, size_t count, size_t classes,
			const unsigned permille[SPUR_DB_SPLITS], uint64_t seed)
{
	struct split s = { .drives = drives, .count = count, .classes = classes, .permille = permille };
	size_t class;

	s.placed = spur_calloc(count, sizeof(*s.placed));
	s.rank = spur_calloc(count, sizeof(*s.rank));
	s.wanted = spur_calloc(classes * SPUR_DB_SPLITS, sizeof(*s.wanted));
	s.there = spur_calloc(classes * SPUR_DB_SPLITS, sizeof(*s.there));
	s.left = spur_calloc(classes, sizeof(*s.left));
	rank_drives(&s, seed);
	set_targets(&s);
	while ((class = rarest(&s)) < classes)
		place(&s, next_drive(&s, class), place_for(&s, class));
	free(s.left);
	free(s.placed);
	free(s.rank);
	free(s.wanted);
	free(s.there);
}
