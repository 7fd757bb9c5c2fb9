/// The border between C and C++: every call that can fail runs inside guarded(), which turns a Status or an
/// exception into a number and a filled wombat_error. Nothing is thrown across it, and nothing is allocated
/// for the error.
#pragma once

#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/status.h"
#include "kv/size_limits.h"
#include "wombat.h"

namespace wombat {

/// Writes a failure into `error`, when there is one, and returns the number of `status`.
wombat_status report(const Status& status, wombat_error* error) noexcept;

template <typename Call>
wombat_status guarded(wombat_error* error, Call&& call) noexcept {
  try {
    const Status status = call();
    return status.is_ok() ? WOMBAT_OK : report(status, error);
  } catch (const std::bad_alloc&) {
    return report(Status::no_memory(), error);
  } catch (const std::exception& exception) {
    return report(Status(Code::kInternal, exception.what()), error);
  } catch (...) {
    return report(Status(Code::kInternal, "an unknown exception"), error);
  }
}

/// For free functions: what cannot be reported is dropped.
template <typename Call>
void guarded_free(Call&& call) noexcept {
  try {
    call();
  } catch (...) {
  }
}

/// (pointer, size) of the caller as bytes; a null pointer with a size is his mistake.
Status null_bytes(size_t size, const char* what);
inline Status read_bytes(const void* data, size_t size, const char* what, Bytes* bytes) {
  if (data == nullptr && size != 0) [[unlikely]]
    return null_bytes(size, what);
  *bytes = as_bytes(data, size);
  return Status::ok();
}

/// The caller's option struct, completed with zeros up to what this library knows. `T` begins with `size_t
/// size`. Bytes behind what this library knows must be zero: they would mean something it cannot do.
template <typename T>
Status read_struct(const T* from, const char* what, T* to) {
  *to = T{};
  if (from == nullptr) return Status::ok();
  const size_t size = from->size;
  if (size < sizeof(size_t) || size > 4096) {
    return Status::invalid_argument(std::string(what) + ".size is " + std::to_string(size) +
                                    "; set it to sizeof(" + what + ")");
  }
  std::memcpy(static_cast<void*>(to), from, size < sizeof(T) ? size : sizeof(T));
  const char* const bytes = reinterpret_cast<const char*>(from);
  for (size_t i = sizeof(T); i < size; ++i) {
    if (bytes[i] != 0)
      return Status::unsupported(std::string(what) + " sets a member that this version does not know");
  }
  return Status::ok();
}

/// Copies `text` and a zero byte into the caller's buffer; kBufferTooSmall when it does not fit. `*length`
/// becomes the length without the zero.
Status write_text(const std::string& text, char* buffer, size_t capacity, size_t* length);
/// The same for a list, with a line end behind each.
Status write_lines(const std::vector<std::string>& lines, char* buffer, size_t capacity, size_t* length);

}  // namespace wombat
