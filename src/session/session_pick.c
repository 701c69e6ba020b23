#include "config.h"

#include "session/session_priv.h"

#include <stdio.h>
#include <string.h>

/* How well a signal tells what kind of drive it is: speed of the vehicle, acceleration along it. */
static int telling(const struct spur_session_signal *s, const char *const *units, const char *const *words)
{
	int score = 0;

	for (size_t i = 0; units[i] != NULL; i++)
		score += strcmp(s->unit, units[i]) == 0 ? 10 : 0;
	for (size_t i = 0; score > 0 && words[i] != NULL; i++)
		score += strcasestr(s->name, words[i]) != NULL ? 2 : 0;
	return score;
}

void spur_session_traces_default(struct spur_session *s)
{
	static const char *const units[2][5] = { { "km/h", "m/s", "kph", "mph", NULL }, { "m/s^2", "m/s2", "m/s\xc2\xb2", NULL } };
	static const char *const words[2][4] = { { "veh", "speed", "spd", NULL }, { "long", "acc", "linear_acceleration.x", NULL } };
	const struct spur_session_plot *plot = spur_session_plot(s);

	for (size_t k = 0; k < 2; k++) {
		const struct spur_session_signal *pick = NULL;
		int best = 0;

		for (size_t i = 0; i < plot->signal_count; i++) {
			int score = telling(&plot->signals[i], units[k], words[k]);

			if (score > best) {
				best = score;
				pick = &plot->signals[i];
			}
		}
		if (pick != NULL)
			spur_session_trace_add(s, pick);
	}
}

bool spur_session_signal_name(const struct spur_session_signal *signal, char *out, size_t size)
{
	int n = snprintf(out, size, "%s:%s", signal->file, signal->name);

	return n > 0 && (size_t)n < size;
}

const struct spur_session_signal *spur_session_signal_find(const struct spur_session_plot *plot, const char *name)
{
	const struct spur_session_signal *alike = NULL;

	for (size_t i = 0; i < plot->signal_count; i++) {
		const struct spur_session_signal *s = &plot->signals[i];
		size_t file = strlen(s->file);

		if (strncmp(name, s->file, file) == 0 && name[file] == ':' && strcmp(name + file + 1, s->name) == 0)
			return s;
		if (alike == NULL && strcmp(name, s->name) == 0)
			alike = s;
	}
	return alike;
}

static bool among(const struct spur_session_signal *s, const struct spur_session_signal *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i] == s)
			return true;
	}
	return false;
}

void spur_session_traces_set(struct spur_session *s, const struct spur_session_signal *const *signals, size_t count)
{
	const struct spur_session_plot *plot = spur_session_plot(s);
	size_t same = 0;

	for (size_t i = plot->trace_count; i-- > 0;) {
		if (!among(plot->traces[i].signal, signals, count))
			spur_session_trace_drop(s, i);
	}
	while (same < count && same < plot->trace_count && plot->traces[same].signal == signals[same])
		same++;
	while (plot->trace_count > same)
		spur_session_trace_drop(s, plot->trace_count - 1);
	for (size_t i = same; i < count; i++) {
		if (signals[i] != NULL && !among(signals[i], signals, i))
			spur_session_trace_add(s, signals[i]);
	}
}
