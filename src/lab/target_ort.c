#include "config.h"

#include "lab/registry.h"

/* ONNX Runtime with its graph optimisations; the reference is the same runtime without them, so parity
 * here shows that the optimiser is sound, not that the runtime is. */

static enum spur_status available(const char *python, struct spur_error *err)
{
	return spur_target_needs_package(python, "onnxruntime", err);
}

static enum spur_status result(const char *json, size_t len, struct spur_target_result *out, struct spur_error *err)
{
	return spur_target_report_read("ort-cpu", json, len, out, err);
}

const struct spur_target spur_target_ort = {
	.id = "ort-cpu",
	.title = "ONNX Runtime, CPU, optimised graph",
	.artefact = "model/model.ort.onnx",
	.independent = false,
	.available = available,
	.argv = spur_target_recipe_argv,
	.result = result,
};
