#include "config.h"

#include "base/sshverify.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

#include "base/buf.h"

#define RSA_MIN 256		/* bytes of the modulus */
#define RSA_MAX 2048

/* A public key of the parts in b, which is freed. NULL: libcrypto does not want them. */
static EVP_PKEY *make_key(const char *type, OSSL_PARAM_BLD *b)
{
	OSSL_PARAM *params = b == NULL ? NULL : OSSL_PARAM_BLD_to_param(b);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	return key;
}

static bool fits(EVP_PKEY *key, const EVP_MD *md, const unsigned char *sig, size_t sig_len, const void *data, size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = key != NULL && ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) == 1 &&
		    EVP_DigestVerify(ctx, sig, sig_len, data, len) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return good;
}

/* RFC 4251, 5: a positive number of at most `most` bytes; NULL otherwise. */
static BIGNUM *take_mpint(struct spur_wire *w, size_t most)
{
	size_t len;
	const unsigned char *p = spur_wire_string(w, &len);

	if (w->bad || len == 0 || (p[0] & 0x80) != 0 || len > most + 1)
		return NULL;
	return BN_bin2bn(p, (int)len, NULL);
}

static EVP_PKEY *rsa_key(const BIGNUM *n, const BIGNUM *e)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();

	if (b == NULL || OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e) != 1) {
		OSSL_PARAM_BLD_free(b);
		return NULL;
	}
	return make_key("RSA", b);
}

bool spur_ssh_rsa_verify(struct spur_wire key, struct spur_wire sig, const void *data, size_t len)
{
	struct spur_wire again = sig;
	const EVP_MD *md = spur_wire_is(&sig, "rsa-sha2-512") ? EVP_sha512() : NULL;
	unsigned char padded[RSA_MAX] = { 0 };
	BIGNUM *e, *n;
	const unsigned char *raw;
	size_t raw_len, size;
	bool good = false;

	if (md == NULL) {
		sig = again;
		md = spur_wire_is(&sig, "rsa-sha2-256") ? EVP_sha256() : NULL;
	}
	if (md == NULL || !spur_wire_is(&key, "ssh-rsa"))
		return false;
	e = take_mpint(&key, RSA_MAX);
	n = take_mpint(&key, RSA_MAX);
	raw = spur_wire_string(&sig, &raw_len);
	size = n == NULL ? 0 : (size_t)BN_num_bytes(n);
	if (e != NULL && n != NULL && !key.bad && !sig.bad && key.left == 0 && sig.left == 0 && size >= RSA_MIN &&
	    size <= RSA_MAX && raw_len <= size) {
		/* Zeros in front may have been left out. */
		memcpy(padded + size - raw_len, raw, raw_len);
		good = fits(rsa_key(n, e), md, padded, size, data, len);
	}
	BN_free(e);
	BN_free(n);
	return good;
}

/* ---- ECDSA */

struct curve {
	const char *type, *name, *group;	/* of keys, in SSH, in libcrypto */
	size_t bytes;
	const EVP_MD *(*md)(void);
};

static const struct curve curves[] = {
	{ "ecdsa-sha2-nistp256", "nistp256", "P-256", 32, EVP_sha256 },
	{ "ecdsa-sha2-nistp384", "nistp384", "P-384", 48, EVP_sha384 },
	{ "ecdsa-sha2-nistp521", "nistp521", "P-521", 66, EVP_sha512 },
};

static EVP_PKEY *ecdsa_key(const struct curve *c, const unsigned char *point, size_t len)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();

	if (b == NULL || OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, c->group, 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, len) != 1) {
		OSSL_PARAM_BLD_free(b);
		return NULL;
	}
	return make_key("EC", b);
}

/* SSH has the two numbers one after the other, libcrypto wants them in DER. */
static int to_der(struct spur_wire numbers, size_t bytes, unsigned char **der)
{
	BIGNUM *r = take_mpint(&numbers, bytes), *s = take_mpint(&numbers, bytes);
	ECDSA_SIG *sig = ECDSA_SIG_new();
	int len = 0;

	*der = NULL;
	if (sig == NULL || r == NULL || s == NULL || numbers.bad || numbers.left != 0 || ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
	} else {
		len = i2d_ECDSA_SIG(sig, der);
	}
	ECDSA_SIG_free(sig);
	return len;
}

static bool verify_on(const struct curve *c, struct spur_wire key, struct spur_wire sig, const void *data, size_t len)
{
	struct spur_wire numbers = { 0 };
	const unsigned char *point;
	unsigned char *der = NULL;
	size_t point_len;
	int der_len;
	bool good;

	if (!spur_wire_is(&key, c->name) || !spur_wire_is(&sig, c->type))
		return false;
	point = spur_wire_string(&key, &point_len);
	numbers.at = spur_wire_string(&sig, &numbers.left);
	/* 4: the point as it is, not compressed, as OpenSSH has it. */
	if (key.bad || sig.bad || key.left != 0 || sig.left != 0 || point_len != 2 * c->bytes + 1 || point[0] != 4)
		return false;
	der_len = to_der(numbers, c->bytes, &der);
	good = der_len > 0 && fits(ecdsa_key(c, point, point_len), c->md(), der, (size_t)der_len, data, len);
	OPENSSL_free(der);
	return good;
}

bool spur_ssh_ecdsa_verify(struct spur_wire key, struct spur_wire sig, const void *data, size_t len)
{
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		struct spur_wire rest = key;

		if (spur_wire_is(&rest, curves[i].type))
			return verify_on(&curves[i], rest, sig, data, len);
	}
	return false;
}
