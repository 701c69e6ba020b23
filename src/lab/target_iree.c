#include "config.h"

#include "lab/registry.h"

/* IREE's llvm-cpu back end for the processor of this machine; see data/recipes/compile/target_iree.py. */

static enum spur_status available(const char *python, struct spur_error *err)
{
	enum spur_status st = spur_target_needs_program(python, "iree-import-onnx", err);

	if (st >= 0)
		st = spur_target_needs_program(python, "iree-compile", err);
	return st < 0 ? st : spur_target_needs_package(python, "onnxruntime", err);
}

static enum spur_status result(const char *json, size_t len, struct spur_target_result *out, struct spur_error *err)
{
	return spur_target_report_read("iree-cpu", json, len, out, err);
}

static const struct spur_opt opts[] = {
	{ "cpu", 0, SPUR_OPT_TEXT, "NAME", "processor to generate code for, as LLVM names it; default host", false },
	{ "opt_level", 0, SPUR_OPT_CHOICE, "O0|O1|O2|O3", "of the compiler; default O2", false },
	{ 0 }
};

const struct spur_target spur_target_iree = {
	.id = "iree-cpu",
	.title = "IREE, llvm-cpu, this processor",
	.artefact = "model/model.vmfb",
	.independent = true,
	.opts = opts,
	.available = available,
	.argv = spur_target_recipe_argv,
	.result = result,
};
