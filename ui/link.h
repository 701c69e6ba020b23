#ifndef SPUR_UI_LINK_H
#define SPUR_UI_LINK_H

#include "ui/ui.h"

/*
 * The workbench's end of the line to its windows (src/ipc, spur-ipc(7)). It starts them, tells them what the
 * plot screen shows when that changes, and does there what was done in them. A window that dies takes
 * nothing with it. Owner's thread; nothing waits.
 */
struct spur_ui_link;

/* A window of what the plot screen shows. */
void spur_ui_window_open(struct spur_ui *ui, const char *drive);
/* The first window writes what it shows as PNG in the current folder. */
void spur_ui_window_shot(struct spur_ui *ui);
/* What has changed on the plot screen goes out. To be called when keys and news have been dealt with. */
void spur_ui_link_sync(struct spur_ui *ui);
/* The last draw is on the terminal: windows learn when what they sent could be seen. */
void spur_ui_link_shown(struct spur_ui *ui);
void spur_ui_link_destroy(struct spur_ui *ui);

#endif
