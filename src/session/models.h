#ifndef SPUR_SESSION_MODELS_H
#define SPUR_SESSION_MODELS_H

#include "base/arena.h"
#include "session/lab.h"
#include "session/run_series.h"
#include "session/session_priv.h"

/* What the two files of the models' part share. */

struct spur_session_model_list {
	struct spur_db_model_list models;
	struct spur_session_model *rows;	/* as many */
	struct spur_arena *arena;		/* their texts */
};
void spur_session_model_list_finish(struct spur_session_model_list *l);

/* What is read of one model. */
struct spur_session_model_parts {
	struct spur_session_subject *subjects;
	size_t subject_count;
	struct spur_arena *arena;
	struct spur_run_series *series;
};
void spur_session_model_parts_finish(struct spur_session_model_parts *p);

struct spur_session_models_part {
	struct spur_session_models pub;
	struct spur_session_model_detail pub_one;
	struct spur_session_slot slot, one;
	struct spur_session_model_list list;
	int64_t wanted;		/* under the cursor */
	int64_t looking;	/* what `one` reads now: the wanted one, then those whose gate is unknown */
	struct spur_session_model_parts parts;
	char *error, *one_error;
};

void spur_session_model_refresh(struct spur_session *s);
/* Look at the gate of the next model that was not looked at; nothing when all are known. */
void spur_session_model_next_gate(struct spur_session *s);

#endif
