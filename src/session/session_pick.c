#include "config.h"

#include "session/session_priv.h"

#include <stdio.h>
#include <string.h>

#include "sync/traces.h"

void spur_session_traces_default(struct spur_session *s)
{
	const struct spur_session_plot *plot = spur_session_plot(s);
	struct spur_default_traces d;

	spur_default_traces_init(&d);
	for (size_t i = 0; i < plot->signal_count; i++)
		spur_default_traces_offer(&d, i, plot->signals[i].name, plot->signals[i].unit);
	for (size_t k = 0; k < SPUR_DEFAULT_TRACES; k++) {
		if (d.signal[k] != SIZE_MAX)
			spur_session_trace_add(s, &plot->signals[d.signal[k]]);
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
