#ifndef SPUR_UI_TERM_H
#define SPUR_UI_TERM_H

#include "ui/ui.h"

/* Runs the workbench on this terminal until it is done. Restores the terminal on every way out,
 * fatal signals included. */
enum spur_status spur_term_run(struct spur_ui *ui, struct spur_error *err);

#endif
