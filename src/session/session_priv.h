#ifndef SPUR_SESSION_SESSION_PRIV_H
#define SPUR_SESSION_SESSION_PRIV_H

#include "session/session.h"

/*
 * Each kind of reading has one request at a time: `asked` counts what the owner wants, `running`
 * is the task under way. A newer wish cancels it, and done() starts the next one.
 */
struct spur_session_slot {
	uint64_t asked, served;
	struct spur_task *running;	/* borrowed from the queue; NULL: idle */
};

struct spur_session_drives_part;
struct spur_session_plot_part;
struct spur_session_jobs_part;
struct spur_session_datasets_part;
struct spur_session_models_part;
struct spur_session_frame_part;
struct spur_session_segments_part;
struct spur_session_evidence_part;
struct spur_session_preview_part;
struct spur_session_audit_part;
struct spur_session_lineage_part;

struct spur_session {
	const struct spur_ctx *ctx;
	struct spur_workq *queue;
	bool stopped, take_results;
	struct spur_session_drives_part *drives;
	struct spur_session_plot_part *plot;
	struct spur_session_jobs_part *jobs;
	struct spur_session_datasets_part *datasets;
	struct spur_session_models_part *models;
	struct spur_session_frame_part *frame;
	struct spur_session_segments_part *segments;
	struct spur_session_evidence_part *evidence;
	struct spur_session_preview_part *preview;
	struct spur_session_audit_part *audit;
	struct spur_session_lineage_part *lineage;
};

/* Ask for another round of a slot; start(s) submits it when the slot is idle. */
void spur_session_ask(struct spur_session *s, struct spur_session_slot *slot, void (*start)(struct spur_session *));
/* In done(): the round `asked` has ended. True: it is what is wanted; false: start() ran again or the
 * session has stopped, throw the result away. */
bool spur_session_arrived(struct spur_session *s, struct spur_session_slot *slot, uint64_t asked,
			  void (*start)(struct spur_session *));

struct spur_session_drives_part *spur_session_drives_create(void);
void spur_session_drives_destroy(struct spur_session_drives_part *p);
void spur_session_drives_stop(struct spur_session *s);
bool spur_session_drives_busy(const struct spur_session *s);
void spur_session_drives_refresh(struct spur_session *s);
struct spur_session_plot_part *spur_session_plot_create(void);
void spur_session_plot_destroy(struct spur_session_plot_part *p);
void spur_session_plot_stop(struct spur_session *s);
bool spur_session_plot_busy(const struct spur_session *s);
void spur_session_plot_refresh(struct spur_session *s);
struct spur_session_jobs_part *spur_session_jobs_create(void);
void spur_session_jobs_destroy(struct spur_session_jobs_part *p);
void spur_session_jobs_stop(struct spur_session *s);
bool spur_session_jobs_busy(const struct spur_session *s);	/* not while it looks again by itself */
struct spur_session_datasets_part *spur_session_datasets_create(void);
void spur_session_datasets_destroy(struct spur_session_datasets_part *p);
void spur_session_datasets_stop(struct spur_session *s);
bool spur_session_datasets_busy(const struct spur_session *s);
void spur_session_datasets_refresh(struct spur_session *s);
struct spur_session_models_part *spur_session_models_create(void);
void spur_session_models_destroy(struct spur_session_models_part *p);
void spur_session_models_stop(struct spur_session *s);
bool spur_session_models_busy(const struct spur_session *s);
void spur_session_models_refresh(struct spur_session *s);
struct spur_session_frame_part *spur_session_frame_create(void);
void spur_session_frame_destroy(struct spur_session_frame_part *p);
void spur_session_frame_stop(struct spur_session *s);
bool spur_session_frame_busy(const struct spur_session *s);	/* not while it reads ahead */
/* The plot has opened a drive of the catalogue, or files (NULL-terminated); drive NULL: none. */
void spur_session_frame_open(struct spur_session *s, const char *drive, const char *const *files);
struct spur_session_segments_part *spur_session_segments_create(const struct spur_ctx *ctx);
void spur_session_segments_destroy(struct spur_session_segments_part *p);
void spur_session_segments_stop(struct spur_session *s);
bool spur_session_segments_busy(const struct spur_session *s);
void spur_session_segments_refresh(struct spur_session *s);
struct spur_session_evidence_part *spur_session_evidence_create(void);
void spur_session_evidence_destroy(struct spur_session_evidence_part *p);
void spur_session_evidence_stop(struct spur_session *s);
bool spur_session_evidence_busy(const struct spur_session *s);
struct spur_session_preview_part *spur_session_preview_create(void);
void spur_session_preview_destroy(struct spur_session_preview_part *p);
void spur_session_preview_stop(struct spur_session *s);
bool spur_session_preview_busy(const struct spur_session *s);
struct spur_session_audit_part *spur_session_audit_create(void);
void spur_session_audit_destroy(struct spur_session_audit_part *p);
void spur_session_audit_stop(struct spur_session *s);
bool spur_session_audit_busy(const struct spur_session *s);
void spur_session_audit_refresh(struct spur_session *s);
struct spur_session_lineage_part *spur_session_lineage_create(void);
void spur_session_lineage_destroy(struct spur_session_lineage_part *p);
void spur_session_lineage_stop(struct spur_session *s);
bool spur_session_lineage_busy(const struct spur_session *s);

#endif
