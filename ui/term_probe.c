#include "config.h"

#include "ui/term_priv.h"

#include <unistd.h>

#include "base/time.h"

void spur_term_probe_start(struct spur_term_probe *p, int fd, int colours)
{
	struct spur_buf query = { 0 };

	spur_terminal_from_env(&p->found);
	p->found.colours = colours;
	p->asking = false;
	if (!spur_terminal_recall(&p->found) && spur_terminal_query(&p->found, &query) &&
	    write(fd, query.data, query.len) == (ssize_t)query.len) {
		p->asking = p->found.asked = true;
		p->asked_ns = spur_monotonic_ns();
	}
	spur_buf_finish(&query);
}

bool spur_term_probe_answer(struct spur_term_probe *p, const char *sequence, bool *status)
{
	enum spur_terminal_answer a = spur_terminal_answer(&p->found, sequence);

	*status = a == SPUR_TERMINAL_STATUS;
	if (a != SPUR_TERMINAL_FENCE)
		return false;
	p->took_ns = p->found.asked ? spur_monotonic_ns() - p->asked_ns : 0;
	if (p->found.asked)	/* late ones count as well: the next start knows */
		spur_terminal_remember(&p->found);
	p->asking = false;
	return true;
}

bool spur_term_probe_over(struct spur_term_probe *p)
{
	if (!p->asking || spur_monotonic_ns() - p->asked_ns < SPUR_TERMINAL_ASK_MS * (SPUR_NS_PER_S / 1000))
		return false;
	p->asking = false;
	return true;
}
