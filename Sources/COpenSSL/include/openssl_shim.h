#pragma once
// What sealing and hashing need of OpenSSL's libcrypto, as plain C functions: no type or macro of OpenSSL reaches Swift.
//
// Algorithms are fetched from a library context of this program's own, which reads no configuration file: what a machine's
// openssl.cnf or OPENSSL_CONF says can neither slow the program's start nor take an algorithm away.
//
// Functions that return bool return false when libcrypto fails, for want of memory, say; `mneme_aes256_gcm_open` also for
// bytes that are not authentic. Any pointer may be NULL where its count is 0.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mneme_sha256 mneme_sha256;

/// A hash of nothing yet; NULL when there is no memory.
mneme_sha256 *mneme_sha256_new(void);
/// A hash of the same bytes, which goes on by itself.
mneme_sha256 *mneme_sha256_copy(const mneme_sha256 *hash);
void mneme_sha256_free(mneme_sha256 *hash);
bool mneme_sha256_update(mneme_sha256 *hash, const void *bytes, size_t count);
/// The digest, 32 bytes; nothing can be added after that.
bool mneme_sha256_finish(mneme_sha256 *hash, uint8_t *digest);

/// HKDF with SHA-256 (RFC 5869), extract and expand.
bool mneme_hkdf_sha256(const uint8_t *key, size_t key_count, const uint8_t *salt, size_t salt_count, const uint8_t *info,
                       size_t info_count, uint8_t *output, size_t output_count);

/// scrypt (RFC 7914); `n` is a power of two, memory is about 128 n r bytes.
bool mneme_scrypt(const uint8_t *secret, size_t secret_count, const uint8_t *salt, size_t salt_count, uint64_t n, uint32_t r,
                  uint32_t p, uint8_t *output, size_t output_count);

/// AES-256-GCM (NIST SP 800-38D): key of 32, nonce of 12, tag of 16 bytes; `sealed` takes as many bytes as `plain` has.
bool mneme_aes256_gcm_seal(const uint8_t *key, const uint8_t *nonce, const uint8_t *associated, size_t associated_count,
                           const uint8_t *plain, size_t count, uint8_t *sealed, uint8_t *tag);
/// The reverse. False when the tag does not fit; `plain` is then overwritten with zeros.
bool mneme_aes256_gcm_open(const uint8_t *key, const uint8_t *nonce, const uint8_t *associated, size_t associated_count,
                           const uint8_t *sealed, size_t count, const uint8_t *tag, uint8_t *plain);

/// Overwrites bytes with zeros, also where the compiler sees that nothing reads them any more.
void mneme_cleanse(void *bytes, size_t count);
