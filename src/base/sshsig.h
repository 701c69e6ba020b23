#ifndef SPUR_BASE_SSHSIG_H
#define SPUR_BASE_SSHSIG_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * SSH keys and signatures, as ssh-keygen has them: public key lines (RFC 4253, 6.6), private key
 * files (OpenSSH PROTOCOL.key, "openssh-key-v1"), signatures (PROTOCOL.sshsig, version 1, as
 * `ssh-keygen -Y sign` makes and `ssh-keygen -Y verify` checks). By libcrypto. Any thread.
 */
struct spur_ssh_key;	/* an unencrypted Ed25519 private key; wiped when destroyed */

enum spur_status spur_ssh_key_create(struct spur_ssh_key **out, struct spur_error *err);
/* The text of a private key file. SPUR_EUNSUPPORTED: encrypted, or of another type (ssh-keygen
 * can sign with it); SPUR_EFORMAT: not a private key. */
enum spur_status spur_ssh_key_read(const char *text, size_t len, struct spur_ssh_key **out, struct spur_error *err);
void spur_ssh_key_destroy(struct spur_ssh_key *k);	/* NULL is fine */
void spur_ssh_key_private(const struct spur_ssh_key *k, const char *comment, struct spur_buf *out);
/* "ssh-ed25519 AAAA..." without comment and newline. */
void spur_ssh_key_public(const struct spur_ssh_key *k, struct spur_buf *out);

#define SPUR_SSH_FINGERPRINT 64
/* "TYPE BASE64 [COMMENT]" to the same without comment, and "SHA256:..."; both may be NULL. */
enum spur_status spur_ssh_public_parse(const char *line, struct spur_buf *bare, char fingerprint[SPUR_SSH_FINGERPRINT],
				       struct spur_error *err);

/* Armoured signature over data, hash sha512. */
enum spur_status spur_sshsig_sign(const struct spur_ssh_key *k, const char *name_space, const void *data, size_t len,
				  struct spur_buf *out, struct spur_error *err);
/* SPUR_OK: made by public_key (a line) over exactly data in exactly that namespace. Types: ssh-ed25519,
 * sk-ssh-ed25519@openssh.com, ssh-rsa (with SHA-2), ecdsa-sha2-nistp256, -384, -521. SPUR_EFORMAT says what is wrong. */
enum spur_status spur_sshsig_verify(const char *public_key, const char *name_space, const void *data, size_t len,
				    const char *armoured, struct spur_error *err);

#endif
