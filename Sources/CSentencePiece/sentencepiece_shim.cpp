#include "sentencepiece_shim.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

#include <sentencepiece_processor.h>

struct mneme_spm {
  sentencepiece::SentencePieceProcessor processor;
};

namespace {

void say(mneme_spm_message message, const char *words) noexcept {
  if (message.bytes == nullptr || message.capacity == 0) return;
  const size_t length = std::min(std::strlen(words), message.capacity - 1);
  std::memcpy(message.bytes, words, length);
  message.bytes[length] = '\0';
}

mneme_spm_status check(const sentencepiece::util::Status &status, mneme_spm_message message) {
  if (status.ok()) return MNEME_SPM_OK;
  say(message, status.error_message());
  return MNEME_SPM_REFUSED;
}

// The one exception boundary: unwinding a C++ exception through Swift frames is undefined behaviour.
template <typename Body>
mneme_spm_status guarded(mneme_spm_message message, Body body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    say(message, "out of memory");
    return MNEME_SPM_OUT_OF_MEMORY;
  } catch (const std::exception &error) {
    say(message, error.what());
  } catch (...) {
    say(message, "an exception of an unknown kind");
  }
  return MNEME_SPM_EXCEPTION;
}

constexpr mneme_spm_message silent = {nullptr, 0};

}  // namespace

mneme_spm_status mneme_spm_load(
    const void *proto, size_t count, mneme_spm **handle, mneme_spm_message message) {
  return guarded(message, [&] {
    auto loaded = std::make_unique<mneme_spm>();
    const std::string_view bytes(static_cast<const char *>(proto), count);
    const auto status = check(loaded->processor.LoadFromSerializedProto(bytes), message);
    if (status == MNEME_SPM_OK) *handle = loaded.release();
    return status;
  });
}

void mneme_spm_free(mneme_spm *handle) {
  guarded(silent, [&] {
    delete handle;
    return MNEME_SPM_OK;
  });
}

int32_t mneme_spm_piece_count(const mneme_spm *handle) {
  int32_t result = 0;
  guarded(silent, [&] {
    result = handle->processor.GetPieceSize();
    return MNEME_SPM_OK;
  });
  return result;
}

int32_t mneme_spm_piece_to_id(const mneme_spm *handle, const char *piece, size_t count) {
  int32_t result = -1;
  guarded(silent, [&] {
    result = handle->processor.PieceToId(std::string_view(piece, count));
    return MNEME_SPM_OK;
  });
  return result;
}

const char *mneme_spm_id_to_piece(const mneme_spm *handle, int32_t id, size_t *count) {
  const char *result = nullptr;
  guarded(silent, [&] {
    if (id < 0 || id >= handle->processor.GetPieceSize()) return MNEME_SPM_REFUSED;
    const std::string &piece = handle->processor.IdToPiece(id);
    result = piece.data();
    *count = piece.size();
    return MNEME_SPM_OK;
  });
  return result;
}

mneme_spm_status mneme_spm_encode(
    const mneme_spm *handle, const char *text, size_t count, int32_t *ids, size_t capacity,
    size_t *needed, mneme_spm_message message) {
  return guarded(message, [&] {
    std::vector<int> encoded;
    const auto status =
        check(handle->processor.Encode(std::string_view(text, count), &encoded), message);
    if (status != MNEME_SPM_OK) return status;
    std::copy_n(encoded.begin(), std::min(capacity, encoded.size()), ids);
    *needed = encoded.size();
    return MNEME_SPM_OK;
  });
}
