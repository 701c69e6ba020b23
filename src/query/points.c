/* Operations on one point, or on it and what came before. */
#include "config.h"

#include <math.h>

#include "query/stream.h"

static double truth(bool v)
{
	return v ? 1 : 0;
}

/* Three values: false and anything is false; true or anything is true. */
static double both(double a, double b)
{
	if (a == 0 || b == 0)
		return 0;
	return isnan(a) || isnan(b) ? NAN : 1;
}

static double either(double a, double b)
{
	if ((!isnan(a) && a != 0) || (!isnan(b) && b != 0))
		return 1;
	return isnan(a) || isnan(b) ? NAN : 0;
}

static double compared(enum spur_op op, double a, double b)
{
	if (isnan(a) || isnan(b))
		return NAN;
	switch (op) {
	case SPUR_OP_LT: return truth(a < b);
	case SPUR_OP_LE: return truth(a <= b);
	case SPUR_OP_GT: return truth(a > b);
	case SPUR_OP_GE: return truth(a >= b);
	case SPUR_OP_EQ: return truth(a == b);
	default: return truth(a != b);
	}
}

/* What leaves the numbers (a root of -1, a division by 0) is unknown. */
static double known(double v)
{
	return isfinite(v) ? v : NAN;
}

static double calculated(enum spur_op op, double a, double b)
{
	switch (op) {
	case SPUR_OP_ADD: return known(a + b);
	case SPUR_OP_SUB: return known(a - b);
	case SPUR_OP_MUL: return known(a * b);
	case SPUR_OP_DIV: return known(a / b);
	case SPUR_OP_POW: return known(pow(a, b));
	case SPUR_OP_NEG: return -a;
	case SPUR_OP_ABS: return fabs(a);
	case SPUR_OP_SQRT: return known(sqrt(a));
	case SPUR_OP_EXP: return known(exp(a));
	case SPUR_OP_LOG: return known(log(a));
	case SPUR_OP_SIN: return known(sin(a));
	case SPUR_OP_COS: return known(cos(a));
	case SPUR_OP_TAN: return known(tan(a));
	case SPUR_OP_ATAN2: return known(atan2(a, b));
	case SPUR_OP_HYPOT: return isnan(a) || isnan(b) ? NAN : known(hypot(a, b));
	case SPUR_OP_SIGN: return isnan(a) ? NAN : a > 0 ? 1 : a < 0 ? -1 : 0;
	case SPUR_OP_FLOOR: return floor(a);
	case SPUR_OP_CEIL: return ceil(a);
	case SPUR_OP_ROUND: return round(a);
	case SPUR_OP_MOD: return known(fmod(a, b));
	case SPUR_OP_MIN: return isnan(a) || isnan(b) ? NAN : a < b ? a : b;
	case SPUR_OP_MAX: return isnan(a) || isnan(b) ? NAN : a > b ? a : b;
	default: return NAN;
	}
}

static double hold(struct spur_stream_node *n, uint64_t i, double v)
{
	if (!isnan(v)) {
		n->last = v;
		n->last_at = i;
		n->has_last = true;
		return v;
	}
	return n->has_last && i - n->last_at <= n->span ? n->last : NAN;
}

/* on > off: true from x >= on to x <= off; on < off: from x <= on to x >= off. A gap ends it. */
static double hysteresis(struct spur_stream_node *n, double x, double on, double off)
{
	bool up = on >= off;

	if (isnan(x) || isnan(on) || isnan(off)) {
		n->last = 0;
		return NAN;
	}
	if (up ? x >= on : x <= on)
		n->last = 1;
	else if (up ? x <= off : x >= off)
		n->last = 0;
	return n->last;
}

/* True where the truth has just become true (false); the first point never has. */
static double edge(struct spur_stream_node *n, double v, bool rising)
{
	bool turned = n->has_last && !isnan(v) && (v != 0) == rising && (n->last != 0) != rising;

	if (!isnan(v)) {
		n->last = v;
		n->has_last = true;
	}
	return isnan(v) ? NAN : truth(turned);
}

static double one(struct spur_stream_node *n, uint64_t i)
{
	double a = n->in[0] == NULL ? NAN : spur_stream_at(n->in[0], i), b = n->in[1] == NULL ? NAN : spur_stream_at(n->in[1], i);
	double c = n->in[2] == NULL ? NAN : spur_stream_at(n->in[2], i);

	switch (n->node->op) {
	case SPUR_OP_LT: case SPUR_OP_LE: case SPUR_OP_GT: case SPUR_OP_GE: case SPUR_OP_EQ: case SPUR_OP_NE:
		return compared(n->node->op, a, b);
	case SPUR_OP_TEXT_IS: return isnan(a) ? NAN : truth(a == n->node->value);
	case SPUR_OP_AND: return both(a, b);
	case SPUR_OP_OR: return either(a, b);
	case SPUR_OP_NOT: return isnan(a) ? NAN : truth(a == 0);
	case SPUR_OP_IF: return isnan(a) ? NAN : a != 0 ? b : c;
	case SPUR_OP_VALID: return truth(!isnan(a));
	case SPUR_OP_HOLD: return hold(n, i, a);
	case SPUR_OP_HYSTERESIS: return hysteresis(n, a, b, c);
	case SPUR_OP_RISING: return edge(n, a, true);
	case SPUR_OP_FALLING: return edge(n, a, false);
	default: return calculated(n->node->op, a, b);
	}
}

void spur_stream_points(struct spur_stream_node *n, uint64_t to)
{
	while (n->next < to)
		spur_stream_put(n, n->node->op == SPUR_OP_CONST ? n->node->value : one(n, n->next));
}
