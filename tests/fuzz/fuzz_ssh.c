#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/sshsig.h"
#include "base/sshwire.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/touch.h"

/* Keys and signatures that come from elsewhere: a key file, a public key line, a signature. */
static void keys(const char *text, size_t len)
{
	struct spur_ssh_key *k = NULL;
	struct spur_buf b = { 0 };
	struct spur_error err;
	enum spur_status st = spur_ssh_key_read(text, len, &k, &err);

	fuzz_check_status(st, &err);
	if (st >= 0) {
		spur_ssh_key_public(k, &b);
		fuzz_check(spur_ssh_public_parse(spur_buf_text(&b), NULL, NULL, &err) >= 0);
		spur_ssh_key_private(k, "c", &b);
	}
	spur_buf_finish(&b);
	spur_ssh_key_destroy(k);
}

static void pieces(const char *text, size_t len)
{
	struct spur_buf b = { 0 };
	struct spur_wire w;
	size_t n;

	if (!spur_unbase64(text, len, &b))
		spur_buf_clear(&b);
	w = (struct spur_wire){ .at = (const unsigned char *)b.data, .left = b.len };
	while (!w.bad && w.left > 0) {
		const unsigned char *p = spur_wire_string(&w, &n);

		fuzz_touch(p, n);
	}
	spur_buf_finish(&b);
}

static void run(const uint8_t *data, size_t len)
{
	char fingerprint[SPUR_SSH_FINGERPRINT];
	struct spur_buf bare = { 0 };
	const char *line, *signature;
	struct fuzz_part key;
	struct spur_error err;
	struct fuzz_in in;

	fuzz_in_init(&in, data, len);
	key = fuzz_in_next(&in);
	keys(key.data, key.len);
	pieces(key.data, key.len);
	line = fuzz_in_text(&in);
	if (spur_ssh_public_parse(line, &bare, fingerprint, &err) >= 0)
		fuzz_touch_text(fingerprint);
	signature = fuzz_in_text(&in);
	fuzz_check_status(spur_sshsig_verify(line, "spur-approval", "hello", 5, signature, &err), &err);
	spur_buf_finish(&bare);
	fuzz_in_finish(&in);
}

static void seeds(void)
{
	struct spur_ssh_key *k = NULL;
	struct spur_buf b = { 0 }, sig = { 0 };
	struct spur_error err;

	if (spur_ssh_key_create(&k, &err) < 0 || spur_sshsig_sign(k, "spur-approval", "hello", 5, &sig, &err) < 0)
		return;
	spur_ssh_key_private(k, "comment", &b);
	spur_buf_adds(&b, FUZZ_CUT);
	spur_ssh_key_public(k, &b);
	spur_buf_adds(&b, " comment" FUZZ_CUT);
	spur_buf_add(&b, sig.data, sig.len);
	fuzz_seed_buf(&b);
	spur_buf_finish(&sig);
	spur_ssh_key_destroy(k);
	/* No key: only its frame. */
	fuzz_seed_text("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB\n-----END OPENSSH PRIVATE KEY-----\n"
		       FUZZ_CUT "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQA= c" FUZZ_CUT
		       "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTk=\n-----END SSH SIGNATURE-----\n");
}

static const char *const words[] = { FUZZ_CUT, "-----BEGIN OPENSSH PRIVATE KEY-----\n", "-----END OPENSSH PRIVATE KEY-----\n", "ssh-ed25519 ", "AAAA",
				     "sk-ssh-ed25519@openssh.com ", "-----BEGIN SSH SIGNATURE-----\n", "U1NIU0lHAAAAAQ", NULL };

const struct fuzz_target fuzz_target = { .name = "ssh", .max_len = 4u << 10, .parts = 3, .run = run, .seeds = seeds, .words = words };
