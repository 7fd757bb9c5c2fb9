/// A file descriptor with an owner, and how errno becomes a Status. For the posix_*.cpp files only.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "base/status.h"

namespace wombat {

/// Closes on destruction without reporting errors.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) noexcept : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  bool is_open() const noexcept { return number_ >= 0; }
  int number() const noexcept { return number_; }
  /// The caller closes it.
  int release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

/// Repeats a system call that a signal interrupted.
template <typename Call>
auto retry_interrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// Status::from_errno for a call on a file: ENOENT becomes kMissingFile, EEXIST kAlreadyExists, ELOOP (a link
/// where a file should be) kCorruption.
inline Status file_error(int os_error, std::string_view action, std::string_view path) noexcept {
  const Status status = Status::from_errno(os_error, action, path);
  switch (os_error) {
    case ENOENT:
      return Status(Code::kMissingFile, status.message(), os_error);
    case EEXIST:
      return Status(Code::kAlreadyExists, status.message(), os_error);
    case ELOOP:
      return Status(Code::kCorruption, status.message(), os_error);
    default:
      return status;
  }
}

}  // namespace wombat
