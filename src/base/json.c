#include "config.h"

#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"

static void lead(struct spur_json *j, const char *key)
{
	if (j->comma)
		spur_buf_addc(j->out, ',');
	j->comma = true;
	if (key != NULL) {
		spur_json_quote(j->out, key, strlen(key));
		spur_buf_addc(j->out, ':');
	}
}

void spur_json_begin(struct spur_json *j, const char *key, char bracket)
{
	lead(j, key);
	spur_buf_addc(j->out, bracket);
	j->comma = false;
}

void spur_json_end(struct spur_json *j, char bracket)
{
	spur_buf_addc(j->out, bracket);
	j->comma = true;
}

void spur_json_uint(struct spur_json *j, const char *key, uint64_t v)
{
	char raw[20];
	size_t n = sizeof(raw);

	lead(j, key);
	do {
		raw[--n] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	spur_buf_add(j->out, raw + n, sizeof(raw) - n);
}

void spur_json_int(struct spur_json *j, const char *key, int64_t v)
{
	if (v >= 0) {
		spur_json_uint(j, key, (uint64_t)v);
		return;
	}
	lead(j, key);
	spur_buf_addc(j->out, '-');
	j->comma = false;
	spur_json_uint(j, NULL, 0 - (uint64_t)v);
}

static char *put_digits(char *to, uint64_t v, unsigned digits)
{
	for (unsigned i = digits; i-- > 0; v /= 10)
		to[i] = (char)('0' + v % 10);
	return to + digits;
}

static unsigned whole_digits(uint64_t v)
{
	unsigned n = 1;

	for (; v >= 10; v /= 10)
		n++;
	return n;
}

/* Most measured values have few decimals: v is r / 10^6 with a whole r, and the division is
 * rounded as reading the decimal is, so its digits are exact. 0: not such a value. */
static size_t short_decimal(double v, char out[32])
{
	double x = v * 1e6, r = rint(x);
	char *to = out;
	uint64_t u, whole;
	unsigned part, digits = 6;

	if (!(fabs(r) < 9e15) || r / 1e6 != v || (v == 0 && signbit(v)))
		return 0;
	u = (uint64_t)fabs(r);
	whole = u / 1000000;
	part = (unsigned)(u % 1000000);
	if ((whole == 0 && part != 0 && part < 100) || whole >= UINT64_C(1000000000))
		return 0;	/* %g writes these with an exponent, or they are long */
	for (; part != 0 && part % 10 == 0; part /= 10)
		digits--;
	if (r < 0)
		*to++ = '-';
	to = put_digits(to, whole, whole_digits(whole));
	if (part != 0) {
		*to++ = '.';
		to = put_digits(to, part, digits);
	}
	*to = '\0';
	return (size_t)(to - out);
}

/* 0: a subnormal number, or one that needs the long way. */
static size_t quick_f64(double v, char out[32])
{
	uint64_t raw;
	unsigned e;

	memcpy(&raw, &v, sizeof(raw));
	e = raw >> 52 & 2047;
	return e == 0 ? 0 : spur_decimal(raw >> 63, (raw & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52, (int)e - 1075, 53, 16, 17, out);
}

static size_t quick_f32(float v, char out[32])
{
	uint32_t raw, e;

	memcpy(&raw, &v, sizeof(raw));
	e = raw >> 23 & 255;
	return e == 0 ? 0 : spur_decimal(raw >> 31, (raw & 0x7fffffu) | 0x800000u, (int)e - 150, 24, 6, 9, out);
}

size_t spur_f64_text(double v, char out[32])
{
	size_t n;

	if (isnan(v))
		return (size_t)snprintf(out, 32, "NaN");
	if (isinf(v))
		return (size_t)snprintf(out, 32, "%sInfinity", v < 0 ? "-" : "");
	if ((n = short_decimal(v, out)) > 0 || (n = quick_f64(v, out)) > 0)
		return n;
	/* 16 digits mostly do, and %g drops what a shorter one does not need. */
	n = (size_t)snprintf(out, 32, "%.16g", v);
	if (strtod(out, NULL) != v)
		n = (size_t)snprintf(out, 32, "%.17g", v);
	return n;
}

size_t spur_f32_text(float v, char out[32])
{
	size_t quick;

	if (isnan(v) || isinf(v))
		return spur_f64_text((double)v, out);
	if ((quick = quick_f32(v, out)) > 0)
		return quick;
	for (int digits = 6; ; digits++) {
		int n = snprintf(out, 32, "%.*g", digits, (double)v);

		if (digits == 9 || strtof(out, NULL) == v)
			return (size_t)n;
	}
}

static void number(struct spur_json *j, const char *key, double v, const char *text, size_t n)
{
	lead(j, key);
	if (isfinite(v))
		spur_buf_add(j->out, text, n);
	else
		spur_json_quote(j->out, text, n);
}

void spur_json_f64(struct spur_json *j, const char *key, double v)
{
	char text[32];
	size_t n = spur_f64_text(v, text);

	number(j, key, v, text, n);
}

void spur_json_f32(struct spur_json *j, const char *key, float v)
{
	char text[32];
	size_t n = spur_f32_text(v, text);

	number(j, key, (double)v, text, n);
}

void spur_json_bool(struct spur_json *j, const char *key, bool v)
{
	lead(j, key);
	spur_buf_adds(j->out, v ? "true" : "false");
}

void spur_json_null(struct spur_json *j, const char *key)
{
	lead(j, key);
	spur_buf_adds(j->out, "null");
}

/* Length of the well-formed UTF-8 sequence at s (RFC 3629), or 0. */
static size_t utf8_len(const unsigned char *s, size_t left)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 :
		   s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;

	if (n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

static void escape(struct spur_buf *b, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *p = c == 0 ? NULL : strchr(from, c);

	if (p != NULL) {
		spur_buf_addc(b, '\\');
		spur_buf_addc(b, to[p - from]);
	} else {
		spur_buf_addf(b, "\\u%04x", c);
	}
}

void spur_json_quote(struct spur_buf *b, const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t i = 0, plain = 0;

	spur_buf_addc(b, '"');
	while (i < len) {
		size_t n = p[i] >= 0x20 && p[i] < 0x7f && p[i] != '"' && p[i] != '\\' ? 1 : 0;

		if (n == 0 && p[i] >= 0x80)
			n = utf8_len(p + i, len - i);
		if (n > 0) {
			i += n;
			continue;
		}
		spur_buf_add(b, s + plain, i - plain);
		if (p[i] < 0x80)
			escape(b, p[i]);
		else
			spur_buf_adds(b, "\xef\xbf\xbd");
		plain = ++i;
	}
	spur_buf_add(b, s + plain, len - plain);
	spur_buf_addc(b, '"');
}

void spur_json_textn(struct spur_json *j, const char *key, const char *s, size_t len)
{
	lead(j, key);
	spur_json_quote(j->out, s, len);
}

void spur_json_text(struct spur_json *j, const char *key, const char *s)
{
	if (s == NULL)
		spur_json_null(j, key);
	else
		spur_json_textn(j, key, s, strlen(s));
}

void spur_base64(struct spur_buf *b, const void *data, size_t len)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = data;
	char *out = spur_buf_reserve(b, len / 3 * 4 + 4);

	for (; len > 0; p += 3, len -= len < 3 ? len : 3) {
		uint32_t v = (uint32_t)p[0] << 16 | (len > 1 ? (uint32_t)p[1] << 8 : 0) | (len > 2 ? p[2] : 0u);

		*out++ = set[v >> 18];
		*out++ = set[v >> 12 & 63];
		*out++ = len > 1 ? set[v >> 6 & 63] : '=';
		*out++ = len > 2 ? set[v & 63] : '=';
	}
	*out = '\0';
	b->len = (size_t)(out - b->data);
}

void spur_json_bytes(struct spur_json *j, const char *key, const void *data, size_t len)
{
	lead(j, key);
	spur_buf_addc(j->out, '"');
	spur_base64(j->out, data, len);
	spur_buf_addc(j->out, '"');
}

void spur_json_raw(struct spur_json *j, const char *key, const char *json)
{
	lead(j, key);
	spur_buf_adds(j->out, json);
}
