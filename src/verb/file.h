#ifndef SPUR_VERB_FILE_H
#define SPUR_VERB_FILE_H

#include "base/match.h"
#include "format/format.h"
#include "verb/verb.h"

/* What the verbs on one recording share. */

enum spur_status spur_file_open(struct spur_ctx *ctx, const char *path, const struct spur_format **format,
				struct spur_reader **reader, struct spur_error *err);
/* One warning per piece of damage (the first few); SPUR_EXIT_PARTIAL if there is any. */
enum spur_exit spur_file_warn(struct spur_ctx *ctx, const char *path, const struct spur_description *d,
			      struct spur_emit *emit);

/* Whether both names lead to one file that is there: it would be replaced by what is made of it. */
bool spur_file_same(const char *a, const char *b);

/* --from and --to within [begin_ns, end_ns); what is not given stays as it is. "+10s" of --to counts from --from. */
enum spur_status spur_file_span(const struct spur_args *args, spur_ns begin_ns, spur_ns end_ns, spur_ns *from, spur_ns *to,
				struct spur_error *err);
/* The first of the two that counts from the end ("-5s", "50%"), its name in *option; NULL: none. */
const char *spur_file_span_from_end(const struct spur_args *args, const char **option);
/* --from and --to of a recording, SPUR_NS_MIN and SPUR_NS_MAX where not given. SPUR_EINVAL: no time, or one that counts from an
 * end that only a pass over the data would find. */
enum spur_status spur_file_times(const struct spur_args *args, const struct spur_description *d, spur_ns *begin_ns,
				 spur_ns *end_ns, struct spur_error *err);

/* Patterns of an option; all of them must be destroyed with finish. */
struct spur_file_patterns {
	struct spur_match **m;
	size_t count;
};

enum spur_status spur_file_patterns_parse(const struct spur_args *args, const char *option, struct spur_file_patterns *out,
					  struct spur_error *err);
void spur_file_patterns_finish(struct spur_file_patterns *p);
/* No pattern fits everything. */
bool spur_file_patterns_test(const struct spur_file_patterns *p, const char *name);

#endif
