#include "config.h"

#include "lab/card.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/figure.h"

/* The card for people. Every value is the JSON's; nothing is computed here. */

static const json_t *at(const json_t *j, const char *a, const char *b)
{
	j = json_object_get(j, a);
	return b == NULL ? j : json_object_get(j, b);
}

static void heading(struct spur_buf *out, const char *title)
{
	spur_buf_addf(out, "\n%s\n", title);
}

static void line(struct spur_buf *out, const char *label, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void line(struct spur_buf *out, const char *label, const char *fmt, ...)
{
	va_list ap;

	spur_buf_addf(out, "  %-22s ", label);
	va_start(ap, fmt);
	spur_buf_addv(out, fmt, ap);
	va_end(ap);
	spur_buf_addc(out, '\n');
}

static const char *text_or_dash(const json_t *v)
{
	return json_is_string(v) ? json_string_value(v) : "-";
}

static void text_line(struct spur_buf *out, const char *label, const json_t *v)
{
	char *s = json_is_string(v) ? NULL : json_dumps(v, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_REAL_PRECISION(9));

	line(out, label, "%s", json_is_string(v) ? json_string_value(v) : v == NULL || json_is_null(v) ? "-" : s);
	free(s);
}

static void number_line(struct spur_buf *out, const char *label, const json_t *v, const char *unit)
{
	if (v == NULL || json_is_null(v))
		line(out, label, "-");
	else
		line(out, label, "%.6g%s%s", spur_figure_number(v), unit[0] == '\0' ? "" : " ", unit);
}

static void joined(struct spur_buf *out, const char *label, const json_t *array)
{
	struct spur_buf b = { 0 };

	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *s = json_string_value(json_array_get(array, i));

		spur_buf_addf(&b, "%s%s", i > 0 ? " " : "", s == NULL ? "?" : s);
	}
	line(out, label, "%s", spur_buf_text(&b));
	spur_buf_finish(&b);
}

static void ops_line(struct spur_buf *out, const json_t *model)
{
	struct spur_buf b = { 0 };
	json_t *ops = json_object_get(model, "ops"), *v;
	const char *name;

	json_object_foreach(ops, name, v)
		spur_buf_addf(&b, "%s%s x%lld", b.len > 0 ? ", " : "", name, (long long)json_integer_value(v));
	line(out, "operators", "opset %lld: %s", (long long)json_integer_value(json_object_get(model, "opset")),
	     spur_buf_text(&b));
	spur_buf_finish(&b);
}

static void print_model(struct spur_buf *out, const json_t *card)
{
	const json_t *m = json_object_get(card, "model"), *t = json_object_get(card, "training");

	heading(out, "Model");
	text_line(out, "weights sha256", json_object_get(m, "weights_sha256"));
	text_line(out, "ONNX sha256", json_object_get(m, "onnx_sha256"));
	number_line(out, "parameters", json_object_get(m, "parameters"), "");
	ops_line(out, m);
	joined(out, "classes", json_object_get(m, "classes"));
	joined(out, "signals", json_object_get(m, "signals"));
	if (json_is_object(json_object_get(m, "camera")))
		line(out, "pictures", "%lld of %lld x %lld of camera %s",
		     (long long)json_integer_value(at(m, "camera", "frames")), (long long)json_integer_value(at(m, "camera", "width")),
		     (long long)json_integer_value(at(m, "camera", "height")), json_string_value(at(m, "camera", "alias")));
	heading(out, "Training");
	text_line(out, "run", json_object_get(t, "run"));
	text_line(out, "recipe", json_object_get(t, "recipe"));
	text_line(out, "code sha256", json_object_get(t, "code_sha256"));
	text_line(out, "author", at(t, "author", "who"));
	text_line(out, "author's key", at(t, "author", "key"));
	text_line(out, "hyperparameters", json_object_get(m, "hyperparameters"));
	text_line(out, "dataset", json_object_get(t, "dataset"));
	text_line(out, "merkle root", json_object_get(t, "merkle_root"));
	joined(out, "trained on", json_object_get(t, "train_drives"));
	joined(out, "stopped by", json_object_get(t, "val_drives"));
	line(out, "epochs", "%lld, best %lld, %lld ranks", (long long)json_integer_value(json_object_get(m, "epochs")),
	     (long long)json_integer_value(json_object_get(m, "best_epoch")),
	     (long long)json_integer_value(json_object_get(m, "ranks")));
}

static void print_confusion(struct spur_buf *out, const json_t *confusion)
{
	const json_t *classes = json_object_get(confusion, "classes"), *rows = json_object_get(confusion, "counts");

	spur_buf_addf(out, "  %-22s", "truth \\ predicted");
	for (size_t j = 0; j < json_array_size(classes); j++)
		spur_buf_addf(out, " %12.12s", json_string_value(json_array_get(classes, j)));
	spur_buf_addc(out, '\n');
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);

		spur_buf_addf(out, "  %-22s", json_string_value(json_array_get(classes, i)));
		for (size_t j = 0; j < json_array_size(row); j++)
			spur_buf_addf(out, " %12lld", (long long)json_integer_value(json_array_get(row, j)));
		spur_buf_addc(out, '\n');
	}
}

/* What each tower scores alone, on the same windows. */
static void print_ablations(struct spur_buf *out, const json_t *e)
{
	for (size_t i = 0; i < json_array_size(json_object_get(e, "ablations")); i++) {
		const json_t *a = json_array_get(json_object_get(e, "ablations"), i);
		char *label = spur_strfmt("  %s only", json_string_value(json_object_get(a, "towers")));

		line(out, label, "%.4f, 95 %% interval %.4f to %.4f", spur_figure_number(json_object_get(a, "macro_f1")),
		     spur_figure_number(json_object_get(a, "ci_low")), spur_figure_number(json_object_get(a, "ci_high")));
		free(label);
	}
}

static void print_evaluation(struct spur_buf *out, const json_t *card)
{
	const json_t *e = json_object_get(card, "evaluation");

	heading(out, "Evaluation on held-out drives");
	if (!json_is_object(e)) {
		line(out, "none yet", "see spur eval");
		return;
	}
	text_line(out, "evaluation", json_object_get(card, "evaluation_uid"));
	joined(out, "drives", json_object_get(e, "drives"));
	line(out, "macro-F1", "%.4f, 95 %% interval %.4f to %.4f by %s (%lld of them, %lld resamples)",
	     spur_figure_number(json_object_get(e, "macro_f1")), spur_figure_number(json_object_get(e, "ci_low")),
	     spur_figure_number(json_object_get(e, "ci_high")), json_string_value(json_object_get(e, "ci_unit")),
	     (long long)json_integer_value(json_object_get(e, "ci_clusters")),
	     (long long)json_integer_value(json_object_get(e, "bootstrap")));
	print_ablations(out, e);
	line(out, "majority baseline", "%.4f (always %s)", spur_figure_number(at(e, "baseline", "macro_f1")),
	     json_string_value(at(e, "baseline", "class")));
	number_line(out, "accuracy", json_object_get(e, "accuracy"), "");
	for (size_t i = 0; i < json_array_size(json_object_get(e, "classes")); i++) {
		const json_t *c = json_array_get(json_object_get(e, "classes"), i);

		line(out, json_string_value(json_object_get(c, "class")), "precision %.3f  recall %.3f  F1 %.3f  (%lld windows)",
		     spur_figure_number(json_object_get(c, "precision")), spur_figure_number(json_object_get(c, "recall")),
		     spur_figure_number(json_object_get(c, "f1")), (long long)json_integer_value(json_object_get(c, "windows")));
	}
	print_confusion(out, json_object_get(e, "confusion"));
}

static void print_latency(struct spur_buf *out, const char *label, const json_t *l)
{
	line(out, label, "p50 %.1f  p90 %.1f  p99 %.1f us (%lld calls after %lld)", spur_figure_number(json_object_get(l, "p50")),
	     spur_figure_number(json_object_get(l, "p90")), spur_figure_number(json_object_get(l, "p99")),
	     (long long)json_integer_value(json_object_get(l, "iterations")),
	     (long long)json_integer_value(json_object_get(l, "warmup")));
}

static void print_argv(struct spur_buf *out, const json_t *toolchain)
{
	const json_t *argv = json_object_get(toolchain, "argv");

	text_line(out, "versions", json_object_get(toolchain, "versions"));
	for (size_t i = 0; i < json_array_size(argv); i++)
		joined(out, i == 0 ? "commands" : "", json_array_get(argv, i));
}

static void print_parity(struct spur_buf *out, const json_t *c)
{
	const json_t *p = json_object_get(c, "parity"), *t = json_object_get(c, "task");

	line(out, "compared with", "%s, %lld held-out windows", text_or_dash(json_object_get(p, "reference")),
	     (long long)json_integer_value(json_object_get(p, "windows")));
	number_line(out, "max abs error", json_object_get(p, "max_abs"), "");
	number_line(out, "mean abs error", json_object_get(p, "mean_abs"), "");
	number_line(out, "smallest cosine", json_object_get(p, "cosine_min"), "");
	number_line(out, "SQNR", json_object_get(p, "sqnr_db"), "dB");
	number_line(out, "top-1 agreement", json_object_get(p, "top1_agreement"), "");
	line(out, "macro-F1 change", "%.4g (95 %% interval %.4g to %.4g)", spur_figure_number(json_object_get(t, "delta")),
	     spur_figure_number(json_object_get(t, "delta_ci_low")), spur_figure_number(json_object_get(t, "delta_ci_high")));
	number_line(out, "export vs training", at(c, "export", "max_abs"), "max abs");
}

static void print_compile(struct spur_buf *out, const json_t *card)
{
	const json_t *c = json_object_get(card, "compile"), *fall = json_object_get(c, "fallback");
	const char *target = json_string_value(json_object_get(c, "target"));

	if (!json_is_object(c))
		return;
	heading(out, "Compilation");
	text_line(out, "target", json_object_get(c, "target"));
	text_line(out, "artefact sha256", at(c, "artefact", "sha256"));
	number_line(out, "artefact size", at(c, "artefact", "bytes"), "bytes");
	print_argv(out, json_object_get(c, "toolchain"));
	line(out, "fallback operators", "%lld of %lld (%s)", (long long)json_integer_value(json_object_get(fall, "count")),
	     (long long)json_integer_value(json_object_get(fall, "nodes")), text_or_dash(json_object_get(fall, "how")));
	line(out, "second compilation", "%s", json_is_true(at(c, "reproducible", "identical")) ? "the same bytes" : "other bytes");
	if (at(c, "reproducible", "explanation") != NULL)
		text_line(out, "", at(c, "reproducible", "explanation"));
	text_line(out, "quantisation", json_object_get(c, "quantisation"));
	text_line(out, "SBOM sha256", json_object_get(card, "sbom_sha256"));
	heading(out, "Parity and latency");
	print_parity(out, c);
	if (target != NULL)
		print_latency(out, target, at(c, "latency", target));
	print_latency(out, "reference", at(c, "latency", "reference"));
	number_line(out, "peak memory", at(c, "memory", "peak_rss_bytes"), "bytes, the whole job");
	text_line(out, "processor", at(c, "machine", "cpu"));
	joined(out, "verified on", at(c, "dataset", "verify_drives"));
}

void spur_card_print(const struct spur_card *card, struct spur_buf *out)
{
	const json_t *j = spur_card_json(card), *l = json_object_get(j, "lineage");

	spur_buf_addf(out, "Report card of %s\n", json_string_value(json_object_get(j, "object")));
	line(out, "model", "%s version %lld (%s)", json_string_value(json_object_get(j, "name")),
	     (long long)json_integer_value(json_object_get(j, "version")), json_string_value(json_object_get(j, "model_uid")));
	line(out, "card sha256", "%s", spur_card_sha256(card));
	print_model(out, j);
	print_evaluation(out, j);
	print_compile(out, j);
	heading(out, "Lineage");
	line(out, "objects", "%lld, %lld recordings among them", (long long)json_integer_value(json_object_get(l, "objects")),
	     (long long)json_integer_value(json_object_get(l, "recordings")));
	line(out, "complete", "%s", json_is_true(json_object_get(l, "complete")) ? "yes, down to the bytes of recordings" : "NO");
	if (json_object_get(l, "first_missing") != NULL)
		text_line(out, "first gap", json_object_get(l, "first_missing"));
}
