#ifndef SPUR_VERB_IDENTITY_H
#define SPUR_VERB_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/sshsig.h"
#include "db/catalog.h"
#include "verb/verb.h"

/*
 * Who acts: a name and an SSH key. Keys lie in identities/ of the configuration folder
 * ($XDG_CONFIG_HOME/spur or ~/.config/spur): NAME (private, mode 600, or a link to where the
 * key is) and NAME.pub; files as ssh-keygen makes them. A key without a readable private half
 * (in an agent, on a security key, encrypted) signs through ssh-keygen.
 */
struct spur_identity {
	char *name;
	char *key_path;		/* private key, or the .pub file when there is no private one */
	char *public_key;	/* "ssh-ed25519 AAAA..." */
	char fingerprint[SPUR_SSH_FINGERPRINT];
	struct spur_ssh_key *key;	/* NULL: ssh-keygen signs */
};

/* make: a new Ed25519 key if there is none (no passphrase: protect it, or bring your own with
 * link()). SPUR_ENOTFOUND otherwise, with the way to make one. */
enum spur_status spur_identity_open(const char *name, bool make, struct spur_identity **out, struct spur_error *err);
/* Use the key at path (private, or .pub of one in an agent) for that name from now on. */
enum spur_status spur_identity_link(const char *name, const char *path, struct spur_error *err);
void spur_identity_close(struct spur_identity *id);	/* NULL is fine */
/* The name of the OS user; the caller frees. */
char *spur_identity_default(void);
/* Armoured SSHSIG. */
enum spur_status spur_identity_sign(const struct spur_identity *id, const char *name_space, const void *data, size_t len,
				    struct spur_buf *out, struct spur_error *err);

#endif
