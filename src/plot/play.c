#include "config.h"

#include "plot/play.h"

static const double rates[] = { 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100 };
#define RATES (int)(sizeof(rates) / sizeof(rates[0]))

double spur_plot_rate(int rate)
{
	return rates[rate < 0 ? 0 : rate >= RATES ? RATES - 1 : rate];
}

int spur_plot_rate_of(double rate)
{
	int i = 0;

	while (i + 1 < RATES && rates[i + 1] <= rate * 1.001)
		i++;
	return i;
}

void spur_plot_play_start(struct spur_plot_play *p, spur_ns cursor_ns, spur_ns now_ns)
{
	p->on = true;
	p->follows = false;
	p->from_ns = cursor_ns;
	p->since_ns = now_ns;
}

void spur_plot_play_rate(struct spur_plot_play *p, int step, spur_ns cursor_ns, spur_ns now_ns)
{
	int rate = p->rate + step;

	p->rate = rate < 0 ? 0 : rate >= RATES ? RATES - 1 : rate;
	p->from_ns = cursor_ns;
	p->since_ns = now_ns;
}

spur_ns spur_plot_play_at(struct spur_plot_play *p, const struct spur_plot_extent *l, spur_ns now_ns)
{
	double gone = (double)(now_ns - p->since_ns) * spur_plot_rate(p->rate);

	if (gone >= (double)(l->end_ns - 1 - p->from_ns)) {
		p->on = false;
		return l->end_ns - 1;
	}
	return p->from_ns + (spur_ns)gone;
}
