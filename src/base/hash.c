#include "config.h"

#include "base/hash.h"

#include <libdeflate.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

struct spur_sha256 {
	EVP_MD_CTX *ctx;
};

struct spur_sha256 *spur_sha256_create(void)
{
	struct spur_sha256 *h = malloc(sizeof(*h));

	if (h == NULL || (h->ctx = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) != 1) {
		fputs("spur: libcrypto has no SHA-256\n", stderr);
		abort();
	}
	return h;
}

void spur_sha256_add(struct spur_sha256 *h, const void *data, size_t len)
{
	EVP_DigestUpdate(h->ctx, data, len);
}

void spur_sha256_end(struct spur_sha256 *h, unsigned char out[SPUR_SHA256_BYTES])
{
	EVP_DigestFinal_ex(h->ctx, out, NULL);
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void spur_sha256_end_hex(struct spur_sha256 *h, char out[SPUR_SHA256_HEX])
{
	unsigned char raw[SPUR_SHA256_BYTES];

	spur_sha256_end(h, raw);
	spur_hex(raw, sizeof(raw), out);
}

void spur_sha256_of(const void *data, size_t len, unsigned char out[SPUR_SHA256_BYTES])
{
	struct spur_sha256 *h = spur_sha256_create();

	spur_sha256_add(h, data, len);
	spur_sha256_end(h, out);
}

void spur_sha256_hex_of(const void *data, size_t len, char out[SPUR_SHA256_HEX])
{
	unsigned char raw[SPUR_SHA256_BYTES];

	spur_sha256_of(data, len, raw);
	spur_hex(raw, sizeof(raw), out);
}

bool spur_md5_of(const void *data, size_t len, unsigned char out[SPUR_MD5_BYTES])
{
	unsigned n = 0;

	return EVP_Digest(data, len, out, &n, EVP_md5(), NULL) == 1 && n == SPUR_MD5_BYTES;
}

struct spur_md5 {
	EVP_MD_CTX *ctx;
};

struct spur_md5 *spur_md5_create(void)
{
	struct spur_md5 *h = malloc(sizeof(*h));

	if (h == NULL)
		return NULL;
	h->ctx = EVP_MD_CTX_new();
	if (h->ctx != NULL && EVP_DigestInit_ex(h->ctx, EVP_md5(), NULL) == 1)
		return h;
	EVP_MD_CTX_free(h->ctx);
	free(h);
	return NULL;
}

void spur_md5_add(struct spur_md5 *h, const void *data, size_t len)
{
	EVP_DigestUpdate(h->ctx, data, len);
}

bool spur_md5_end(struct spur_md5 *h, unsigned char *out)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	bool good;

	if (h == NULL)
		return false;
	good = EVP_DigestFinal_ex(h->ctx, out == NULL ? sum : out, NULL) == 1;
	EVP_MD_CTX_free(h->ctx);
	free(h);
	return good;
}

uint32_t spur_crc32(uint32_t crc, const void *data, size_t len)
{
	return len == 0 ? crc : libdeflate_crc32(crc, data, len);
}

void spur_hex(const unsigned char *data, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[data[i] >> 4];
		out[2 * i + 1] = digits[data[i] & 15];
	}
	out[2 * len] = '\0';
}

uint64_t spur_hash64(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(1099511628211);
	return h;
}
