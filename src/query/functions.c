#include "config.h"

#include "query/functions.h"

#include <string.h>

#define NUM SPUR_KIND_NUMBER
#define TRUTH SPUR_KIND_TRUTH
#define POINT(n, u, o, args) { .name = n, .usage = u, .op = o, .in = NUM, .kind = NUM, .min_args = args, .max_args = args }
#define SPAN(n, u, o) { .name = n, .usage = u, .op = o, .in = NUM, .kind = NUM, .min_args = 2, .max_args = 2, .spans = true }

/* clang-format off */
const struct spur_function spur_functions[] = {
	POINT("abs", "abs(x)", SPUR_OP_ABS, 1),
	POINT("sqrt", "sqrt(x)", SPUR_OP_SQRT, 1),
	POINT("exp", "exp(x)", SPUR_OP_EXP, 1),
	POINT("log", "log(x)", SPUR_OP_LOG, 1),
	POINT("sin", "sin(x)", SPUR_OP_SIN, 1),
	POINT("cos", "cos(x)", SPUR_OP_COS, 1),
	POINT("tan", "tan(x)", SPUR_OP_TAN, 1),
	POINT("atan2", "atan2(y, x)", SPUR_OP_ATAN2, 2),
	POINT("hypot", "hypot(x, y)", SPUR_OP_HYPOT, 2),
	POINT("sign", "sign(x)", SPUR_OP_SIGN, 1),
	POINT("floor", "floor(x)", SPUR_OP_FLOOR, 1),
	POINT("ceil", "ceil(x)", SPUR_OP_CEIL, 1),
	POINT("round", "round(x)", SPUR_OP_ROUND, 1),
	POINT("mod", "mod(x, y)", SPUR_OP_MOD, 2),
	{ .name = "min", .usage = "min(x, y, ...) or min(x, 1s)", .op = SPUR_OP_MIN, .in = NUM, .kind = NUM,
	  .min_args = 2, .max_args = 8, .folds = true, .rolling = SPUR_OP_ROLL_MIN },
	{ .name = "max", .usage = "max(x, y, ...) or max(x, 1s)", .op = SPUR_OP_MAX, .in = NUM, .kind = NUM,
	  .min_args = 2, .max_args = 8, .folds = true, .rolling = SPUR_OP_ROLL_MAX },
	{ .name = "if", .usage = "if(truth, x, y)", .op = SPUR_OP_IF, .in = TRUTH, .kind = NUM, .min_args = 3, .max_args = 3 },
	{ .name = "valid", .usage = "valid(x)", .op = SPUR_OP_VALID, .in = NUM, .kind = TRUTH, .min_args = 1, .max_args = 1 },
	{ .name = "deriv", .usage = "deriv(x) or deriv(x, 0.3s)", .op = SPUR_OP_DERIV, .in = NUM, .kind = NUM,
	  .min_args = 1, .max_args = 2, .spans = true },
	{ .name = "lowpass", .usage = "lowpass(x, HZ)", .op = SPUR_OP_LOWPASS, .in = NUM, .kind = NUM,
	  .min_args = 2, .max_args = 2, .spans = true },
	SPAN("mean", "mean(x, 1s)", SPUR_OP_MEAN),
	SPAN("std", "std(x, 1s)", SPUR_OP_STD),
	SPAN("integral", "integral(x, 1s)", SPUR_OP_INTEGRAL),
	SPAN("delay", "delay(x, 0.5s)", SPUR_OP_DELAY),
	SPAN("hold", "hold(x, 0.5s)", SPUR_OP_HOLD),
	{ .name = "hysteresis", .usage = "hysteresis(x, on, off)", .op = SPUR_OP_HYSTERESIS, .in = NUM, .kind = TRUTH,
	  .min_args = 3, .max_args = 3 },
	{ .name = "rising", .usage = "rising(truth)", .op = SPUR_OP_RISING, .in = TRUTH, .kind = TRUTH, .min_args = 1, .max_args = 1 },
	{ .name = "falling", .usage = "falling(truth)", .op = SPUR_OP_FALLING, .in = TRUTH, .kind = TRUTH, .min_args = 1, .max_args = 1 },
	{ .name = NULL }
};
/* clang-format on */

const struct spur_function *spur_function_find(const char *name)
{
	for (const struct spur_function *f = spur_functions; f->name != NULL; f++) {
		if (strcmp(f->name, name) == 0)
			return f;
	}
	return NULL;
}
