#ifndef SPUR_BASE_SSHVERIFY_H
#define SPUR_BASE_SSHVERIFY_H

#include <stdbool.h>

#include "base/sshwire.h"

/*
 * Signatures by keys that spur only checks, never makes: RSA (RFC 8332; 2048 to 16384 bits, SHA-2
 * only) and ECDSA over the NIST curves (RFC 5656). key: the public key blob; sig: the signature
 * blob; both from their type name on. false: other types, damaged, or it does not fit. Any thread.
 */
bool spur_ssh_rsa_verify(struct spur_wire key, struct spur_wire sig, const void *data, size_t len);
bool spur_ssh_ecdsa_verify(struct spur_wire key, struct spur_wire sig, const void *data, size_t len);

#endif
