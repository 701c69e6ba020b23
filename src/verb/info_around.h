#ifndef SPUR_VERB_INFO_AROUND_H
#define SPUR_VERB_INFO_AROUND_H

#include "format/format.h"
#include "verb/bus_profile.h"
#include "verb/verb.h"

/*
 * What spur info says of a recording beside its groups and streams: attachments, events, the tree of its author, who
 * made and changed it, stored reductions. As members of the row of the file (emit) for scripts, and as rows of their
 * own (show) for people.
 */
struct spur_info {
	const char *path;
	const struct spur_format *format;
	struct spur_reader *reader;
	const struct spur_description *d;
	struct spur_task *task;
	bool tree;		/* show it */
	bool verify;		/* read the attachments that the file holds, and compare their checksums */
	struct spur_info_rows *rows;	/* of signals whose rows are events; NULL: none are */
	struct spur_bus_profile profile;	/* that the catalogue has for its frames */
};

void spur_info_emit_around(const struct spur_info *i, struct spur_emit *emit);
void spur_info_show_around(const struct spur_info *i, struct spur_emit *emit);

/* info_events.c: the rows of signals that are events (MDF 4.3) are read once, before emit and show. Some of them are
 * there also after a failure. */
enum spur_status spur_info_read_rows(struct spur_info *i, struct spur_error *err);
void spur_info_free_rows(struct spur_info *i);
void spur_info_emit_events(const struct spur_info *i, struct spur_emit *emit);
void spur_info_show_events(const struct spur_info *i, struct spur_emit *emit);

/* Pieces of both files. Texts that are returned without const are the caller's to free. */
const char *spur_info_domain(enum spur_domain d);
const char *spur_info_domain_unit(enum spur_domain d);	/* " s"; "" for an index */
void spur_info_emit_index(struct spur_emit *emit, const char *key, uint32_t index);
void spur_info_emit_scope(const struct spur_description *d, const char *key, const struct spur_scope *s, size_t n,
			  struct spur_emit *emit);
char *spur_info_scope_text(const struct spur_description *d, const struct spur_scope *s, size_t n);

/* On one line: the texts of XML comments come with line ends and indents. The caller frees. */
char *spur_info_one_line(const char *s);

/* info_attachment.c: the bytes of the attachment of that name, path's last part or number (from 0), to `out`. */
enum spur_exit spur_info_extract(const struct spur_info *i, const char *which, const char *out, struct spur_emit *emit,
				 struct spur_error *err);
/* Where a file beside the recording should lie: relative to it, '\' as '/'. The caller frees; NULL: it is inside. */
char *spur_info_beside(const struct spur_info *i, const struct spur_attachment *a);
/* "right", "wrong", or why it is not known; NULL: nothing to compare. */
const char *spur_info_verified(const struct spur_info *i, size_t attachment);

#endif
