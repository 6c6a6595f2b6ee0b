#include "openssl_shim.h"

#include <limits.h>
#include <pthread.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

// Fetched once and kept for the life of the process; fetched algorithms may be used by several threads.
static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;
static EVP_CIPHER *aes256_gcm;
static EVP_KDF *hkdf;
static EVP_KDF *scrypt;

static void fetch(void) {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
  OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
  if (!context) return;
  sha256 = EVP_MD_fetch(context, "SHA256", NULL);
  aes256_gcm = EVP_CIPHER_fetch(context, "AES-256-GCM", NULL);
  hkdf = EVP_KDF_fetch(context, "HKDF", NULL);
  scrypt = EVP_KDF_fetch(context, "SCRYPT", NULL);
}

struct mneme_sha256 {
  EVP_MD_CTX *context;
};

static mneme_sha256 *wrapped(EVP_MD_CTX *context) {
  mneme_sha256 *hash = OPENSSL_malloc(sizeof *hash);
  if (!hash) {
    EVP_MD_CTX_free(context);
    return NULL;
  }
  hash->context = context;
  return hash;
}

mneme_sha256 *mneme_sha256_new(void) {
  pthread_once(&once, fetch);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (!context) return NULL;
  if (!sha256 || EVP_DigestInit_ex2(context, sha256, NULL) != 1) {
    EVP_MD_CTX_free(context);
    return NULL;
  }
  return wrapped(context);
}

mneme_sha256 *mneme_sha256_copy(const mneme_sha256 *hash) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (!context) return NULL;
  if (EVP_MD_CTX_copy_ex(context, hash->context) != 1) {
    EVP_MD_CTX_free(context);
    return NULL;
  }
  return wrapped(context);
}

void mneme_sha256_free(mneme_sha256 *hash) {
  if (!hash) return;
  EVP_MD_CTX_free(hash->context);
  OPENSSL_free(hash);
}

bool mneme_sha256_update(mneme_sha256 *hash, const void *bytes, size_t count) {
  return count == 0 || EVP_DigestUpdate(hash->context, bytes, count) == 1;
}

bool mneme_sha256_finish(mneme_sha256 *hash, uint8_t *digest) {
  unsigned int count = 0;
  return EVP_DigestFinal_ex(hash->context, digest, &count) == 1 && count == 32;
}

// libcrypto takes no NULL for an empty octet string.
static OSSL_PARAM octets(const char *name, const uint8_t *bytes, size_t count) {
  static uint8_t nothing;
  return OSSL_PARAM_construct_octet_string(name, count ? (void *)bytes : &nothing, count);
}

static bool derive(EVP_KDF *function, const OSSL_PARAM *parameters, uint8_t *output, size_t count) {
  EVP_KDF_CTX *context = function ? EVP_KDF_CTX_new(function) : NULL;
  if (!context) return false;
  bool derived = EVP_KDF_derive(context, output, count, parameters) == 1;
  EVP_KDF_CTX_free(context);
  return derived;
}

bool mneme_hkdf_sha256(const uint8_t *key, size_t key_count, const uint8_t *salt, size_t salt_count, const uint8_t *info,
                       size_t info_count, uint8_t *output, size_t output_count) {
  pthread_once(&once, fetch);
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0),
      octets(OSSL_KDF_PARAM_KEY, key, key_count),
      octets(OSSL_KDF_PARAM_SALT, salt, salt_count),
      octets(OSSL_KDF_PARAM_INFO, info, info_count),
      OSSL_PARAM_construct_end(),
  };
  return derive(hkdf, parameters, output, output_count);
}

bool mneme_scrypt(const uint8_t *secret, size_t secret_count, const uint8_t *salt, size_t salt_count, uint64_t n, uint32_t r,
                  uint32_t p, uint8_t *output, size_t output_count) {
  pthread_once(&once, fetch);
  // Blocks, working space and lanes, and some room: libcrypto's own limit is 32 MiB.
  uint64_t memory = 128 * (uint64_t)r * (n + p + 2) + (1 << 20);
  OSSL_PARAM parameters[] = {
      octets(OSSL_KDF_PARAM_PASSWORD, secret, secret_count),
      octets(OSSL_KDF_PARAM_SALT, salt, salt_count),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
      OSSL_PARAM_construct_end(),
  };
  return derive(scrypt, parameters, output, output_count);
}

// One direction of AES-256-GCM up to its last bytes, which are none: GCM does not pad. `tag` is given to decryption only.
static EVP_CIPHER_CTX *passed(int encrypts, const uint8_t *key, const uint8_t *nonce, const uint8_t *associated,
                              size_t associated_count, const uint8_t *input, size_t count, uint8_t *output) {
  pthread_once(&once, fetch);
  if (!aes256_gcm || count > INT_MAX || associated_count > INT_MAX) return NULL;
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  if (!context) return NULL;
  int written = 0;
  bool passes = EVP_CipherInit_ex2(context, aes256_gcm, key, nonce, encrypts, NULL) == 1 &&
                (associated_count == 0 ||
                 EVP_CipherUpdate(context, NULL, &written, associated, (int)associated_count) == 1) &&
                (count == 0 || EVP_CipherUpdate(context, output, &written, input, (int)count) == 1);
  if (passes) return context;
  EVP_CIPHER_CTX_free(context);
  return NULL;
}

bool mneme_aes256_gcm_seal(const uint8_t *key, const uint8_t *nonce, const uint8_t *associated, size_t associated_count,
                           const uint8_t *plain, size_t count, uint8_t *sealed, uint8_t *tag) {
  EVP_CIPHER_CTX *context = passed(1, key, nonce, associated, associated_count, plain, count, sealed);
  if (!context) return false;
  int written = 0;
  uint8_t rest[16];
  bool done = EVP_CipherFinal_ex(context, rest, &written) == 1 && written == 0 &&
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag) == 1;
  EVP_CIPHER_CTX_free(context);
  return done;
}

bool mneme_aes256_gcm_open(const uint8_t *key, const uint8_t *nonce, const uint8_t *associated, size_t associated_count,
                           const uint8_t *sealed, size_t count, const uint8_t *tag, uint8_t *plain) {
  EVP_CIPHER_CTX *context = passed(0, key, nonce, associated, associated_count, sealed, count, plain);
  if (!context) return false;
  int written = 0;
  uint8_t rest[16];
  bool authentic = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, (void *)tag) == 1 &&
                   EVP_CipherFinal_ex(context, rest, &written) == 1 && written == 0;
  EVP_CIPHER_CTX_free(context);
  if (!authentic && count) OPENSSL_cleanse(plain, count);
  return authentic;
}

void mneme_cleanse(void *bytes, size_t count) {
  if (count) OPENSSL_cleanse(bytes, count);
}
