#include "config.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/sshsig.h"
#include "base/sshwire.h"
#include "io/out.h"
#include "tests/tap.h"

static char dir[] = "/tmp/spur-sshsig-XXXXXX";

static int shell(const char *cmd)
{
	return system(cmd);
}

static void put(const char *name, const char *text, size_t len)
{
	spur_file_write(name, text, len, NULL);
	chmod(name, 0600);
}

static void a_signature_verifies_and_nothing_else_does(void)
{
	struct spur_ssh_key *k = NULL, *other = NULL;
	struct spur_buf sig = { 0 }, pub = { 0 }, pub2 = { 0 };
	struct spur_error err = { 0 };
	size_t bad = 0, tried = 0;

	ok(spur_ssh_key_create(&k, &err) == SPUR_OK && spur_ssh_key_create(&other, &err) == SPUR_OK, "keys are made");
	spur_ssh_key_public(k, &pub);
	spur_ssh_key_public(other, &pub2);
	ok(spur_sshsig_sign(k, "spur-approval", "hello", 5, &sig, &err) == SPUR_OK, "signs");
	is_int(spur_sshsig_verify(pub.data, "spur-approval", "hello", 5, sig.data, &err), SPUR_OK, "and verifies");
	is_int(spur_sshsig_verify(pub.data, "spur-approval", "hellO", 5, sig.data, &err), SPUR_EFORMAT, "not another text");
	is_str(err.text, "the signature does not fit what was signed", "and says so");
	is_int(spur_sshsig_verify(pub.data, "file", "hello", 5, sig.data, &err), SPUR_EFORMAT, "not another namespace");
	is_int(spur_sshsig_verify(pub2.data, "spur-approval", "hello", 5, sig.data, &err), SPUR_EFORMAT, "not another key");
	/* Every character of the body changed, one at a time. */
	for (size_t i = 30; i + 30 < sig.len; i++) {
		char was = sig.data[i];

		if (was == '\n' || was == '=')
			continue;
		sig.data[i] = was == 'A' ? 'B' : 'A';
		tried++;
		bad += spur_sshsig_verify(pub.data, "spur-approval", "hello", 5, sig.data, NULL) == SPUR_OK;
		sig.data[i] = was;
	}
	ok(tried > 200, "many one-character changes were tried");
	is_int(bad, 0, "none of them verifies");
	for (size_t i = 0; i < sig.len - 2; i++) {
		char was = sig.data[i];

		sig.data[i] = '\0';
		bad += spur_sshsig_verify(pub.data, "spur-approval", "hello", 5, sig.data, NULL) == SPUR_OK;
		sig.data[i] = was;
	}
	is_int(bad, 0, "no truncation verifies");
	spur_buf_finish(&sig);
	spur_buf_finish(&pub);
	spur_buf_finish(&pub2);
	spur_ssh_key_destroy(k);
	spur_ssh_key_destroy(other);
}

static void ssh_keygen_verifies_ours(void)
{
	struct spur_ssh_key *k = NULL;
	struct spur_buf pem = { 0 }, pub = { 0 }, sig = { 0 }, allowed = { 0 }, shown = { 0 };
	char print[SPUR_SSH_FINGERPRINT], *text = NULL;
	size_t len;

	spur_ssh_key_create(&k, NULL);
	spur_ssh_key_private(k, "ada", &pem);
	spur_ssh_key_public(k, &pub);
	put("key", pem.data, pem.len);
	is_int(shell("ssh-keygen -y -f key > /dev/null 2>&1"), 0, "ssh-keygen reads our private key");
	shell("ssh-keygen -y -f key > key.out");
	spur_file_read("key.out", 4096, &text, &len, NULL);
	spur_buf_addf(&shown, "%s ada\n", pub.data);
	is_str(text == NULL ? "" : text, shown.data, "and derives the same public key");
	free(text);
	spur_buf_addf(&allowed, "ada %s\n", pub.data);
	put("allowed", allowed.data, allowed.len);
	spur_sshsig_sign(k, "spur-approval", "the record\n", 11, &sig, NULL);
	put("sig", sig.data, sig.len);
	is_int(shell("printf 'the record\\n' | ssh-keygen -Y verify -f allowed -I ada -n spur-approval -s sig "
		     "> /dev/null 2>&1"), 0, "ssh-keygen -Y verify accepts our signature");
	ok(shell("printf 'the recorD\\n' | ssh-keygen -Y verify -f allowed -I ada -n spur-approval -s sig "
		 "> /dev/null 2>&1") != 0, "and refuses it over another text");
	spur_ssh_public_parse(allowed.data + 4, NULL, print, NULL);
	shell("printf '%s\\n' \"$(cut -d' ' -f2- allowed)\" > pub && ssh-keygen -l -f pub | cut -d' ' -f2 | tr -d '\\n' > print");
	text = NULL;
	spur_file_read("print", 4096, &text, &len, NULL);
	is_str(text == NULL ? "" : text, print, "the fingerprint is ssh-keygen's");
	free(text);
	spur_buf_finish(&pem);
	spur_buf_finish(&pub);
	spur_buf_finish(&sig);
	spur_buf_finish(&allowed);
	spur_buf_finish(&shown);
	spur_ssh_key_destroy(k);
}

static void we_verify_ssh_keygen(void)
{
	struct spur_ssh_key *k = NULL;
	struct spur_error err = { 0 };
	struct spur_buf ours = { 0 };
	char *pem = NULL, *pub = NULL, *sig = NULL;
	size_t len = 0, n;

	shell("ssh-keygen -q -t ed25519 -N '' -C bob -f bob");
	shell("printf 'approved' > msg && ssh-keygen -q -Y sign -n spur-approval -f bob msg 2> /dev/null");
	spur_file_read("bob", 65536, &pem, &len, &err);
	spur_file_read("bob.pub", 65536, &pub, &n, &err);
	spur_file_read("msg.sig", 65536, &sig, &n, &err);
	if (!ok(pem != NULL && pub != NULL && sig != NULL, "ssh-keygen made a key and a signature"))
		return;
	is_int(spur_sshsig_verify(pub, "spur-approval", "approved", 8, sig, &err), SPUR_OK, "we verify its signature");
	ok(spur_ssh_key_read(pem, len, &k, &err) == SPUR_OK, "we read its key");
	if (k != NULL)
		spur_ssh_key_public(k, &ours);
	ok(ours.len > 0 && strncmp(ours.data, pub, ours.len) == 0, "with the same public half");
	shell("ssh-keygen -q -p -N secret12 -f bob > /dev/null");
	free(pem);
	spur_file_read("bob", 65536, &pem, &len, &err);
	spur_ssh_key_destroy(k);
	is_int(spur_ssh_key_read(pem, len, &k, &err), SPUR_EUNSUPPORTED, "an encrypted key is named as such");
	ok(k == NULL, "and not opened");
	for (size_t i = 0; i < len; i++)	/* under ASan: no read past the end */
		spur_ssh_key_read(pem, i, &k, NULL);
	free(pem);
	free(pub);
	free(sig);
	spur_buf_finish(&ours);
}

/* RSA and ECDSA keys are somebody else's: ssh-keygen signs with them, we verify. */
static void we_verify_other_types(const char *type, const char *bits)
{
	struct spur_error err = { 0 };
	char *cmd = spur_strfmt("rm -f other other.pub msg.sig; ssh-keygen -q -t %s -b %s -N '' -f other && printf approved > msg && "
				"ssh-keygen -q -Y sign -n spur-approval -f other msg 2> /dev/null", type, bits);
	char *pub = NULL, *sig = NULL, *name = spur_strfmt("%s %s", type, bits);
	size_t len = 0, n, accepted = 0, tried = 0;

	shell(cmd);
	spur_file_read("other.pub", 65536, &pub, &n, &err);
	spur_file_read("msg.sig", 65536, &sig, &len, &err);
	if (!ok(pub != NULL && sig != NULL, name))
		goto out;
	is_int(spur_sshsig_verify(pub, "spur-approval", "approved", 8, sig, &err), SPUR_OK, "we verify its signature");
	is_int(spur_sshsig_verify(pub, "spur-approval", "approveD", 8, sig, &err), SPUR_EFORMAT, "not over another text");
	is_int(spur_sshsig_verify(pub, "spur-object", "approved", 8, sig, &err), SPUR_EFORMAT, "not for another purpose");
	for (size_t i = 31; i + 30 < len; i += 3) {	/* between the markers */
		char was = sig[i];

		if (was == '\n')
			continue;
		sig[i] = was == 'A' ? 'B' : 'A';
		accepted += spur_sshsig_verify(pub, "spur-approval", "approved", 8, sig, NULL) >= 0;
		tried++;
		sig[i] = was;
	}
	ok(tried > 50 && accepted == 0, "nor with any of its letters changed");
out:
	free(pub);
	free(sig);
	free(name);
	free(cmd);
}

int main(void)
{
	char *cmd;

	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		return 1;
	a_signature_verifies_and_nothing_else_does();
	if (shell("command -v ssh-keygen > /dev/null 2>&1") == 0) {
		ssh_keygen_verifies_ours();
		we_verify_ssh_keygen();
		we_verify_other_types("rsa", "2048");
		we_verify_other_types("rsa", "3072");
		we_verify_other_types("ecdsa", "256");
		we_verify_other_types("ecdsa", "384");
		we_verify_other_types("ecdsa", "521");
	} else {
		ok(true, "ssh-keygen agrees # SKIP no ssh-keygen");
	}
	cmd = spur_strfmt("rm -rf %s", dir);
	shell(cmd);
	free(cmd);
	return tap_done();
}
