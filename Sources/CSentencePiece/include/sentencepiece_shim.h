// A C surface over libsentencepiece: opaque handle, status codes, byte counts instead of NUL-terminated text.
// No C++ exception leaves these functions.
#ifndef MNEME_SENTENCEPIECE_SHIM_H
#define MNEME_SENTENCEPIECE_SHIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mneme_spm mneme_spm;

/// What a call reports. Everything but MNEME_SPM_OK leaves the outputs untouched.
typedef enum mneme_spm_status {
  MNEME_SPM_OK = 0,
  /// The library refused; `message` holds its words.
  MNEME_SPM_REFUSED = 1,
  /// An exception was caught; `message` holds its words.
  MNEME_SPM_EXCEPTION = 2,
  MNEME_SPM_OUT_OF_MEMORY = 3,
} mneme_spm_status;

/// Room for a failure's words, NUL-terminated and cut to fit.
typedef struct mneme_spm_message {
  char *bytes;
  size_t capacity;
} mneme_spm_message;

/// Loads a model from a serialized ModelProto. The handle is released by mneme_spm_free.
mneme_spm_status mneme_spm_load(
    const void *proto, size_t count, mneme_spm **handle, mneme_spm_message message);

/// Releases a handle; NULL is ignored.
void mneme_spm_free(mneme_spm *handle);

/// The number of pieces.
int32_t mneme_spm_piece_count(const mneme_spm *handle);

/// The id of a piece; the unknown piece's id when there is none.
int32_t mneme_spm_piece_to_id(const mneme_spm *handle, const char *piece, size_t count);

/// The bytes of a piece, owned by the handle; NULL for ids out of range.
const char *mneme_spm_id_to_piece(const mneme_spm *handle, int32_t id, size_t *count);

/// Encodes `count` bytes of text, NULs included. Writes at most `capacity` ids and sets `needed` to the number there are:
/// call again with more room when it is larger than `capacity`. Safe to call from several threads at once.
mneme_spm_status mneme_spm_encode(
    const mneme_spm *handle, const char *text, size_t count, int32_t *ids, size_t capacity,
    size_t *needed, mneme_spm_message message);

#ifdef __cplusplus
}
#endif

#endif
