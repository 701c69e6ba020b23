#include "config.h"

#include "base/sshsig.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/sshverify.h"
#include "base/sshwire.h"

#define ED25519 "ssh-ed25519"
#define SK_ED25519 "sk-ssh-ed25519@openssh.com"
#define SEED 32
#define PUBLIC 32
#define SIGNATURE 64
#define KEY_MAGIC "openssh-key-v1"	/* with its NUL */
#define KEY_TITLE "OPENSSH PRIVATE KEY"
#define SIG_MAGIC "SSHSIG"		/* without */
#define SIG_TITLE "SSH SIGNATURE"

struct spur_ssh_key {
	unsigned char seed[SEED], public[PUBLIC];
};

/* ---- keys ---- */

static enum spur_status derive_public(struct spur_ssh_key *k, struct spur_error *err)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, k->seed, SEED);
	size_t len = PUBLIC;
	bool good = key != NULL && EVP_PKEY_get_raw_public_key(key, k->public, &len) == 1;

	EVP_PKEY_free(key);
	return good ? SPUR_OK : spur_fail(err, SPUR_EUNSUPPORTED, "libcrypto has no Ed25519");
}

enum spur_status spur_ssh_key_create(struct spur_ssh_key **out, struct spur_error *err)
{
	struct spur_ssh_key *k = spur_calloc(1, sizeof(*k));
	enum spur_status st = SPUR_OK;

	if (RAND_priv_bytes(k->seed, SEED) != 1)
		st = spur_fail(err, SPUR_EIO, "no random numbers from libcrypto");
	if (st >= 0)
		st = derive_public(k, err);
	if (st < 0) {
		spur_ssh_key_destroy(k);
		k = NULL;
	}
	*out = k;
	return st;
}

void spur_ssh_key_destroy(struct spur_ssh_key *k)
{
	if (k != NULL)
		OPENSSL_cleanse(k, sizeof(*k));
	free(k);
}

static void put_text(struct spur_buf *b, const char *s)
{
	spur_wire_put(b, s, strlen(s));
}

static void put_public(struct spur_buf *b, const struct spur_ssh_key *k)
{
	put_text(b, ED25519);
	spur_wire_put(b, k->public, PUBLIC);
}

/* The decrypted private section: two equal check numbers, the key, its comment, padding. */
static enum spur_status read_section(struct spur_wire w, struct spur_ssh_key *k, struct spur_error *err)
{
	uint32_t check = spur_wire_u32(&w);
	size_t public_len, secret_len;
	const unsigned char *secret;

	if (spur_wire_u32(&w) != check || w.bad)
		return spur_fail(err, SPUR_EFORMAT, "a damaged private key");
	if (!spur_wire_is(&w, ED25519))
		return spur_fail(err, SPUR_EUNSUPPORTED, "not an Ed25519 key");
	spur_wire_string(&w, &public_len);
	secret = spur_wire_string(&w, &secret_len);
	if (w.bad || public_len != PUBLIC || secret_len != SEED + PUBLIC)
		return spur_fail(err, SPUR_EFORMAT, "a damaged private key");
	memcpy(k->seed, secret, SEED);
	return derive_public(k, err);
}

static enum spur_status read_key(const struct spur_buf *raw, struct spur_ssh_key *k, struct spur_error *err)
{
	struct spur_wire w = { (const unsigned char *)raw->data, raw->len, false }, section = { 0 };
	size_t len;

	if (raw->len < sizeof(KEY_MAGIC) || memcmp(raw->data, KEY_MAGIC, sizeof(KEY_MAGIC)) != 0)
		return spur_fail(err, SPUR_EFORMAT, "not an OpenSSH private key");
	w.at += sizeof(KEY_MAGIC);
	w.left -= sizeof(KEY_MAGIC);
	if (!spur_wire_is(&w, "none"))
		return spur_fail(err, SPUR_EUNSUPPORTED, "the key is encrypted");
	spur_wire_string(&w, &len);	/* kdf */
	spur_wire_string(&w, &len);	/* its options */
	if (spur_wire_u32(&w) != 1)
		return spur_fail(err, SPUR_EFORMAT, "not one key");
	spur_wire_string(&w, &len);	/* public half, again in the section */
	section.at = spur_wire_string(&w, &section.left);
	return w.bad ? spur_fail(err, SPUR_EFORMAT, "a damaged private key") : read_section(section, k, err);
}

enum spur_status spur_ssh_key_read(const char *text, size_t len, struct spur_ssh_key **out, struct spur_error *err)
{
	struct spur_ssh_key *k = spur_calloc(1, sizeof(*k));
	struct spur_buf raw = { 0 };
	enum spur_status st;

	if (spur_unarmour(text, len, KEY_TITLE, &raw))
		st = read_key(&raw, k, err);
	else
		st = spur_fail(err, SPUR_EFORMAT, "not an OpenSSH private key");
	if (raw.data != NULL)
		OPENSSL_cleanse(raw.data, raw.len);
	spur_buf_finish(&raw);
	if (st < 0) {
		spur_ssh_key_destroy(k);
		k = NULL;
	}
	*out = k;
	return st;
}

void spur_ssh_key_private(const struct spur_ssh_key *k, const char *comment, struct spur_buf *out)
{
	struct spur_buf section = { 0 }, public = { 0 }, all = { 0 };
	uint32_t check;
	unsigned char secret[SEED + PUBLIC];

	memcpy(&check, k->public, sizeof(check));	/* any number, twice */
	memcpy(secret, k->seed, SEED);
	memcpy(secret + SEED, k->public, PUBLIC);
	put_public(&public, k);
	spur_wire_put_u32(&section, check);
	spur_wire_put_u32(&section, check);
	spur_buf_add(&section, public.data, public.len);
	spur_wire_put(&section, secret, sizeof(secret));
	put_text(&section, comment);
	for (uint8_t pad = 1; section.len % 8 != 0; pad++)
		spur_buf_u8(&section, pad);
	spur_buf_add(&all, KEY_MAGIC, sizeof(KEY_MAGIC));
	put_text(&all, "none");
	put_text(&all, "none");
	put_text(&all, "");
	spur_wire_put_u32(&all, 1);
	spur_wire_put(&all, public.data, public.len);
	spur_wire_put(&all, section.data, section.len);
	spur_armour(out, KEY_TITLE, all.data, all.len);
	OPENSSL_cleanse(secret, sizeof(secret));
	OPENSSL_cleanse(section.data, section.len);
	OPENSSL_cleanse(all.data, all.len);
	spur_buf_finish(&section);
	spur_buf_finish(&public);
	spur_buf_finish(&all);
}

void spur_ssh_key_public(const struct spur_ssh_key *k, struct spur_buf *out)
{
	struct spur_buf blob = { 0 };

	put_public(&blob, k);
	spur_buf_adds(out, ED25519 " ");
	spur_base64(out, blob.data, blob.len);
	spur_buf_finish(&blob);
}

/* ---- public lines ---- */

static enum spur_status public_blob(const char *line, size_t *type_len, size_t *used, struct spur_buf *blob,
				    struct spur_error *err)
{
	const char *gap = strchr(line, ' ');
	size_t len = gap == NULL ? 0 : strcspn(gap + 1, " \t\r\n");
	struct spur_wire w;

	if (gap == NULL || len == 0 || !spur_unbase64(gap + 1, len, blob))
		return spur_fail(err, SPUR_EFORMAT, "not an SSH public key (\"ssh-ed25519 AAAA... comment\")");
	w = (struct spur_wire){ (const unsigned char *)blob->data, blob->len, false };
	*type_len = (size_t)(gap - line);
	*used = *type_len + 1 + len;
	{
		size_t n;
		const unsigned char *type = spur_wire_string(&w, &n);

		if (w.bad || n != *type_len || memcmp(type, line, n) != 0)
			return spur_fail(err, SPUR_EFORMAT, "a damaged SSH public key");
	}
	return SPUR_OK;
}

static void fingerprint_of(const struct spur_buf *blob, char out[SPUR_SSH_FINGERPRINT])
{
	unsigned char sum[SPUR_SHA256_BYTES];
	struct spur_buf text = { 0 };

	spur_sha256_of(blob->data, blob->len, sum);
	spur_buf_adds(&text, "SHA256:");
	spur_base64(&text, sum, sizeof(sum));
	while (text.len > 0 && text.data[text.len - 1] == '=')	/* as ssh-keygen -l has it */
		text.data[--text.len] = '\0';
	memcpy(out, text.data, text.len + 1);
	spur_buf_finish(&text);
}

enum spur_status spur_ssh_public_parse(const char *line, struct spur_buf *bare, char fingerprint[SPUR_SSH_FINGERPRINT],
				       struct spur_error *err)
{
	struct spur_buf blob = { 0 };
	size_t type_len, used = 0;
	enum spur_status st = public_blob(line, &type_len, &used, &blob, err);

	if (st >= 0 && bare != NULL)
		spur_buf_add(bare, line, used);
	if (st >= 0 && fingerprint != NULL)
		fingerprint_of(&blob, fingerprint);
	spur_buf_finish(&blob);
	return st;
}

/* ---- signatures ---- */

/* What is really signed: the namespace and the hash of the message. */
static void to_be_signed(const char *name_space, const char *hash, const unsigned char *sum, size_t sum_len,
			 struct spur_buf *out)
{
	spur_buf_adds(out, SIG_MAGIC);
	put_text(out, name_space);
	put_text(out, "");
	put_text(out, hash);
	spur_wire_put(out, sum, sum_len);
}

static enum spur_status ed25519_sign(const struct spur_ssh_key *k, const struct spur_buf *tbs,
				     unsigned char out[SIGNATURE], struct spur_error *err)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, k->seed, SEED);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = SIGNATURE;
	bool good = key != NULL && ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
		    EVP_DigestSign(ctx, out, &len, (const unsigned char *)tbs->data, tbs->len) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return good ? SPUR_OK : spur_fail(err, SPUR_EUNSUPPORTED, "libcrypto cannot sign with this key");
}

static bool ed25519_verify(const unsigned char *public, const void *data, size_t len, const unsigned char *sig)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public, PUBLIC);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = key != NULL && ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
		    EVP_DigestVerify(ctx, sig, SIGNATURE, data, len) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return good;
}

static unsigned digest(const char *hash, const void *data, size_t len, unsigned char out[EVP_MAX_MD_SIZE])
{
	const EVP_MD *md = strcmp(hash, "sha512") == 0 ? EVP_sha512() : EVP_sha256();
	unsigned n = 0;

	return EVP_Digest(data, len, out, &n, md, NULL) == 1 ? n : 0;
}

enum spur_status spur_sshsig_sign(const struct spur_ssh_key *k, const char *name_space, const void *data, size_t len,
				  struct spur_buf *out, struct spur_error *err)
{
	struct spur_buf tbs = { 0 }, blob = { 0 }, part = { 0 };
	unsigned char sum[EVP_MAX_MD_SIZE], sig[SIGNATURE];
	unsigned sum_len = digest("sha512", data, len, sum);
	enum spur_status st;

	to_be_signed(name_space, "sha512", sum, sum_len, &tbs);
	if ((st = ed25519_sign(k, &tbs, sig, err)) >= 0) {
		spur_buf_adds(&blob, SIG_MAGIC);
		spur_wire_put_u32(&blob, 1);
		put_public(&part, k);
		spur_wire_put(&blob, part.data, part.len);
		put_text(&blob, name_space);
		put_text(&blob, "");
		put_text(&blob, "sha512");
		spur_buf_clear(&part);
		put_text(&part, ED25519);
		spur_wire_put(&part, sig, sizeof(sig));
		spur_wire_put(&blob, part.data, part.len);
		spur_armour(out, SIG_TITLE, blob.data, blob.len);
	}
	spur_buf_finish(&tbs);
	spur_buf_finish(&blob);
	spur_buf_finish(&part);
	return st;
}

/* A security key signs (sha256 of the application, flags, counter, sha256 of the data). */
static bool sk_verify(struct spur_wire key, struct spur_wire sig, const struct spur_buf *tbs)
{
	size_t public_len, app_len, sig_len;
	const unsigned char *public = spur_wire_string(&key, &public_len), *app = spur_wire_string(&key, &app_len);
	const unsigned char *raw = spur_wire_string(&sig, &sig_len);
	unsigned char sum[SPUR_SHA256_BYTES];
	struct spur_buf all = { 0 };
	bool good = false;

	if (!key.bad && !sig.bad && public_len == PUBLIC && sig_len == SIGNATURE && sig.left == 5) {
		spur_sha256_of(app, app_len, sum);
		spur_buf_add(&all, sum, sizeof(sum));
		spur_buf_add(&all, sig.at, 5);
		spur_sha256_of(tbs->data, tbs->len, sum);
		spur_buf_add(&all, sum, sizeof(sum));
		/* flags, bit 0: somebody touched the key */
		good = (sig.at[0] & 1) != 0 && ed25519_verify(public, all.data, all.len, raw);
	}
	spur_buf_finish(&all);
	return good;
}

static bool key_verify(const struct spur_buf *public_key, struct spur_wire sig, const struct spur_buf *tbs)
{
	struct spur_wire key = { (const unsigned char *)public_key->data, public_key->len, false }, again = key;
	size_t public_len, sig_len;
	const unsigned char *public, *raw;

	if (spur_wire_is(&again, SK_ED25519))
		return spur_wire_is(&sig, SK_ED25519) && sk_verify(again, sig, tbs);
	again = key;
	if (!spur_wire_is(&key, ED25519))
		return spur_ssh_rsa_verify(again, sig, tbs->data, tbs->len) ||
		       spur_ssh_ecdsa_verify(again, sig, tbs->data, tbs->len);
	if (!spur_wire_is(&sig, ED25519))
		return false;
	public = spur_wire_string(&key, &public_len);
	raw = spur_wire_string(&sig, &sig_len);
	return !key.bad && !sig.bad && sig.left == 0 && public_len == PUBLIC && sig_len == SIGNATURE &&
	       ed25519_verify(public, tbs->data, tbs->len, raw);
}

static enum spur_status verify_blob(const struct spur_buf *blob, const struct spur_buf *public_key,
				    const char *name_space, const void *data, size_t len, struct spur_error *err)
{
	struct spur_wire w = { (const unsigned char *)blob->data, blob->len, false }, sig = { 0 };
	unsigned char sum[EVP_MAX_MD_SIZE];
	struct spur_buf tbs = { 0 };
	size_t n;
	const unsigned char *s;
	const char *hash;
	bool good;

	if (blob->len < 6 || memcmp(blob->data, SIG_MAGIC, 6) != 0)
		return spur_fail(err, SPUR_EFORMAT, "not an SSH signature");
	w.at += 6;
	w.left -= 6;
	if (spur_wire_u32(&w) != 1)
		return spur_fail(err, SPUR_EFORMAT, "an SSH signature of another version");
	s = spur_wire_string(&w, &n);
	if (w.bad || n != public_key->len || memcmp(s, public_key->data, n) != 0)
		return spur_fail(err, SPUR_EFORMAT, "the signature is of another key");
	if (!spur_wire_is(&w, name_space))
		return spur_fail(err, SPUR_EFORMAT, "the signature is for another purpose than %s", name_space);
	if (!spur_wire_is(&w, ""))
		return spur_fail(err, SPUR_EFORMAT, "an SSH signature with unknown parts");
	s = spur_wire_string(&w, &n);
	hash = n == 6 && memcmp(s, "sha512", 6) == 0 ? "sha512" : n == 6 && memcmp(s, "sha256", 6) == 0 ? "sha256" : NULL;
	sig.at = spur_wire_string(&w, &sig.left);
	if (w.bad || w.left != 0 || hash == NULL)
		return spur_fail(err, SPUR_EFORMAT, "a damaged SSH signature");
	n = digest(hash, data, len, sum);
	to_be_signed(name_space, hash, sum, n, &tbs);
	good = n > 0 && key_verify(public_key, sig, &tbs);
	spur_buf_finish(&tbs);
	return good ? SPUR_OK : spur_fail(err, SPUR_EFORMAT, "the signature does not fit what was signed");
}

enum spur_status spur_sshsig_verify(const char *public_key, const char *name_space, const void *data, size_t len,
				    const char *armoured, struct spur_error *err)
{
	struct spur_buf blob = { 0 }, key = { 0 };
	size_t type_len, used;
	enum spur_status st = public_blob(public_key, &type_len, &used, &key, err);

	if (st >= 0 && !spur_unarmour(armoured, strlen(armoured), SIG_TITLE, &blob))
		st = spur_fail(err, SPUR_EFORMAT, "not an SSH signature");
	if (st >= 0)
		st = verify_blob(&blob, &key, name_space, data, len, err);
	spur_buf_finish(&blob);
	spur_buf_finish(&key);
	return st;
}
