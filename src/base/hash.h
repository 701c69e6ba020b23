#ifndef SPUR_BASE_HASH_H
#define SPUR_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPUR_SHA256_BYTES 32
#define SPUR_SHA256_HEX 65	/* with NUL */

struct spur_sha256;	/* FIPS 180-4, by libcrypto */

struct spur_sha256 *spur_sha256_create(void);
void spur_sha256_add(struct spur_sha256 *h, const void *data, size_t len);
/* Ends the hash and frees it. */
void spur_sha256_end(struct spur_sha256 *h, unsigned char out[SPUR_SHA256_BYTES]);
void spur_sha256_end_hex(struct spur_sha256 *h, char out[SPUR_SHA256_HEX]);
void spur_sha256_of(const void *data, size_t len, unsigned char out[SPUR_SHA256_BYTES]);
void spur_sha256_hex_of(const void *data, size_t len, char out[SPUR_SHA256_HEX]);

#define SPUR_MD5_BYTES 16
/* RFC 1321, for the checksums that files carry; never for anything that must be safe.
 * false: this libcrypto has none. */
bool spur_md5_of(const void *data, size_t len, unsigned char out[SPUR_MD5_BYTES]);
struct spur_md5;
struct spur_md5 *spur_md5_create(void);	/* NULL: this libcrypto has none */
void spur_md5_add(struct spur_md5 *h, const void *data, size_t len);
bool spur_md5_end(struct spur_md5 *h, unsigned char *out);	/* and frees it; out may be NULL, and h */

/* zlib's CRC-32 (polynomial 0xEDB88320), as MCAP has it; start with 0. */
uint32_t spur_crc32(uint32_t crc, const void *data, size_t len);

/* Lower-case; out has 2 * len + 1 bytes. */
void spur_hex(const unsigned char *data, size_t len, char *out);
/* FNV-1a, for hash tables only. */
uint64_t spur_hash64(const void *data, size_t len);

#endif
