#ifndef SPUR_UI_LAB_ACTS_H
#define SPUR_UI_LAB_ACTS_H

#include "ui/ui.h"

/* How the screens of products start verbs: words are quoted as a shell needs it. Lists end with NULL. */

/* `spur` and the words, which only look: the output opens. */
void spur_lab_show_words(struct spur_ui *ui, ...) __attribute__((sentinel));
/* `spur` and the words, which change something: refused where nothing may be changed. */
void spur_lab_run_words(struct spur_ui *ui, ...) __attribute__((sentinel));
/* The same after y/N. */
void spur_lab_confirm_words(struct spur_ui *ui, const char *question, ...) __attribute__((sentinel));
/* `spur VERB SUBJECT` and a line as a person typed it, which is words already. */
void spur_lab_run_line(struct spur_ui *ui, const char *verb, const char *subject, const char *line);
/* Which target to compile for; comes back as action `id` with "--target ...". */
void spur_lab_ask_compile(struct spur_ui *ui, const char *id);
/* What to train with; comes back as action `id`. */
void spur_lab_ask_train(struct spur_ui *ui, const char *id);

#endif
