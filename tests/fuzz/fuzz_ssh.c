#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sshsig.h"
#include "base/sshwire.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/told.h"
#include "tests/fuzz/touch.h"

/* Keys and signatures that come from elsewhere: a key file, a public key line, a signature. */
static void keys(const char *text, size_t len)
{
	struct spur_ssh_key *k = NULL;
	struct spur_buf b = { 0 };
	struct spur_error err;
	enum spur_status st = spur_ssh_key_read(text, len, &k, &err);

	fuzz_check_status(st, &err);
	fuzz_tell_status("private key", st, &err);
	if (st >= 0) {
		spur_ssh_key_public(k, &b);
		fuzz_tell_text("public", spur_buf_text(&b));
		fuzz_check(spur_ssh_public_parse(spur_buf_text(&b), NULL, NULL, &err) >= 0);
		spur_buf_clear(&b);
		spur_ssh_key_private(k, "a comment", &b);
		fuzz_tell_text("written", spur_buf_text(&b));
		spur_buf_clear(&b);
		fuzz_tell_status("sign", spur_sshsig_sign(k, "spur-approval", "hello", 5, &b, &err), &err);
		fuzz_tell_text("signature", spur_buf_text(&b));
	}
	spur_buf_finish(&b);
	spur_ssh_key_destroy(k);
}

static void pieces(const char *text, size_t len)
{
	struct spur_buf b = { 0 };
	struct spur_wire w;
	size_t n;

	if (!spur_unbase64(text, len, &b)) {
		fuzz_tell("no base64\n");
		spur_buf_clear(&b);
	}
	fuzz_tell_data("base64", b.data, b.len);
	w = (struct spur_wire){ .at = (const unsigned char *)b.data, .left = b.len };
	while (!w.bad && w.left > 0) {
		const unsigned char *p = spur_wire_string(&w, &n);

		fuzz_touch(p, n);
		fuzz_tell_data("string", p, n);
	}
	fuzz_tell("bad %d, %zu left\n", w.bad, w.left);
	spur_buf_finish(&b);
}

static void verify(const char *line, const char *name_space, const char *text, const char *signature)
{
	struct spur_error err;
	enum spur_status st = spur_sshsig_verify(line, name_space, text, strlen(text), signature, &err);

	fuzz_check_status(st, &err);
	fuzz_tell_status("signature", st, &err);
}

static void run(const uint8_t *data, size_t len)
{
	char fingerprint[SPUR_SSH_FINGERPRINT];
	struct spur_buf bare = { 0 };
	const char *line, *signature;
	struct fuzz_part key;
	enum spur_status st;
	struct spur_error err;
	struct fuzz_in in;

	fuzz_in_init(&in, data, len);
	key = fuzz_in_next(&in);
	keys(key.data, key.len);
	pieces(key.data, key.len);
	line = fuzz_in_text(&in);
	st = spur_ssh_public_parse(line, &bare, fingerprint, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("public key", st, &err);
	if (st >= 0) {
		fuzz_touch_text(fingerprint);
		fuzz_tell_text("bare", spur_buf_text(&bare));
		fuzz_tell_text("fingerprint", fingerprint);
	}
	signature = fuzz_in_text(&in);
	verify(line, "spur-approval", "hello", signature);
	verify(line, "spur-approval", "hellO", signature);
	verify(line, "spur", "hello", signature);
	spur_buf_finish(&bare);
	fuzz_in_finish(&in);
}

/* A private key file by hand: its seed is 0, 1, 2 ... and so it is always the same key. */
static void key_file(struct spur_buf *out, const char *cipher, unsigned keys, const char *type, size_t secret_len, uint32_t second)
{
	struct spur_buf b = { 0 }, section = { 0 };
	unsigned char secret[80];

	for (size_t i = 0; i < sizeof(secret); i++)
		secret[i] = (unsigned char)i;
	spur_wire_put_u32(&section, 0x01020304);
	spur_wire_put_u32(&section, second);
	spur_wire_put(&section, type, strlen(type));
	spur_wire_put(&section, secret + 32, 32);
	spur_wire_put(&section, secret, secret_len);
	spur_wire_put(&section, "comment", 7);
	spur_buf_add(&section, "\1\2\3\4\5", 5);
	spur_buf_add(&b, "openssh-key-v1", 15);
	spur_wire_put(&b, cipher, strlen(cipher));
	spur_wire_put(&b, "none", 4);
	spur_wire_put(&b, "", 0);
	spur_wire_put_u32(&b, keys);
	spur_wire_put(&b, "public", 6);
	spur_wire_put(&b, section.data, section.len);
	spur_armour(out, "OPENSSH PRIVATE KEY", b.data, b.len);
	spur_buf_finish(&section);
	spur_buf_finish(&b);
}

static void signed_by(struct spur_buf *b, const struct spur_ssh_key *k, const char *name_space, const char *comment)
{
	struct spur_error err;

	spur_buf_adds(b, FUZZ_CUT);
	spur_ssh_key_public(k, b);
	spur_buf_addf(b, "%s" FUZZ_CUT, comment);
	if (spur_sshsig_sign(k, name_space, "hello", 5, b, &err) < 0)
		fprintf(stderr, "ssh: seed: %s\n", err.text);
}

static void seeds(void)
{
	static const char *const types[] = { "ssh-ed25519", "ssh-rsa" };
	struct spur_ssh_key *k = NULL;
	struct spur_buf b = { 0 };
	struct spur_error err;

	key_file(&b, "none", 1, types[0], 64, 0x01020304);
	if (spur_ssh_key_read(b.data, b.len, &k, &err) < 0)
		return;
	signed_by(&b, k, "spur-approval", " comment");
	fuzz_seed_buf(&b);
	spur_ssh_key_private(k, "me", &b);
	signed_by(&b, k, "spur", "");
	fuzz_seed_buf(&b);
	spur_ssh_key_destroy(k);
	/* Encrypted; two keys; of another type; too short; damaged. */
	key_file(&b, "aes256-ctr", 1, types[0], 64, 0x01020304);
	spur_buf_adds(&b, FUZZ_CUT "ssh-ed25519" FUZZ_CUT "no signature");
	fuzz_seed_buf(&b);
	key_file(&b, "none", 2, types[0], 64, 0x01020304);
	spur_buf_adds(&b, FUZZ_CUT "ssh-ed25519 AAAA" FUZZ_CUT "-----BEGIN SSH SIGNATURE-----\n");
	fuzz_seed_buf(&b);
	key_file(&b, "none", 1, types[1], 64, 0x01020304);
	spur_buf_adds(&b, FUZZ_CUT "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 x" FUZZ_CUT);
	fuzz_seed_buf(&b);
	key_file(&b, "none", 1, types[0], 63, 0x01020304);
	spur_buf_adds(&b, FUZZ_CUT "ssh-dss AAAAB3NzaC1kc3M= x" FUZZ_CUT);
	fuzz_seed_buf(&b);
	key_file(&b, "none", 1, types[0], 64, 0x01020305);
	spur_buf_adds(&b, FUZZ_CUT "\tssh-rsa  AAAAB3NzaC1yc2EAAAADAQABAAAAAQA=" FUZZ_CUT);
	fuzz_seed_buf(&b);
	/* No key: only its frame. */
	fuzz_seed_text("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB\n-----END OPENSSH PRIVATE KEY-----\n"
		       FUZZ_CUT "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQA= c" FUZZ_CUT
		       "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTk=\n-----END SSH SIGNATURE-----\n");
}

static const char *const words[] = { FUZZ_CUT, "-----BEGIN OPENSSH PRIVATE KEY-----\n", "-----END OPENSSH PRIVATE KEY-----\n", "ssh-ed25519 ", "AAAA",
				     "sk-ssh-ed25519@openssh.com ", "-----BEGIN SSH SIGNATURE-----\n", "U1NIU0lHAAAAAQ", NULL };

const struct fuzz_target fuzz_target = { .name = "ssh", .max_len = 4u << 10, .parts = 3, .run = run, .seeds = seeds, .words = words, .told = 1600 };
