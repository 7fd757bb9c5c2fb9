#include "base/status.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <new>

namespace wombat {

namespace {

// Every code but kOk: identifier, name, retryable. The switches have no default, so the compiler reports a
// code that is missing here.
#define WOMBAT_FAILURE_CODES(X)                    \
  X(kNotFound, "NOT_FOUND", false)                 \
  X(kEnd, "END", false)                            \
  X(kBufferTooSmall, "BUFFER_TOO_SMALL", false)    \
  X(kMismatch, "MISMATCH", false)                  \
  X(kInvalidArgument, "INVALID_ARGUMENT", false)   \
  X(kUnknownOption, "UNKNOWN_OPTION", false)       \
  X(kTooLarge, "TOO_LARGE", false)                 \
  X(kUnsupported, "UNSUPPORTED", false)            \
  X(kClosed, "CLOSED", false)                      \
  X(kForked, "FORKED", false)                      \
  X(kTxnEnded, "TXN_ENDED", false)                 \
  X(kInUse, "IN_USE", false)                       \
  X(kDropped, "DROPPED", false)                    \
  X(kTooOld, "TOO_OLD", false)                     \
  X(kNoMemory, "NO_MEMORY", true)                  \
  X(kNoSpace, "NO_SPACE", true)                    \
  X(kTimedOut, "TIMED_OUT", true)                  \
  X(kCancelled, "CANCELLED", false)                \
  X(kBusy, "BUSY", true)                           \
  X(kLocked, "LOCKED", true)                       \
  X(kConflict, "CONFLICT", true)                   \
  X(kDeadlock, "DEADLOCK", true)                   \
  X(kIoError, "IO_ERROR", false)                   \
  X(kCorruption, "CORRUPTION", false)              \
  X(kNotADatabase, "NOT_A_DATABASE", false)        \
  X(kAlreadyExists, "ALREADY_EXISTS", false)       \
  X(kDoesNotExist, "DOES_NOT_EXIST", false)        \
  X(kMissingFile, "MISSING_FILE", false)           \
  X(kFormatVersion, "FORMAT_VERSION", false)       \
  X(kPermissionDenied, "PERMISSION_DENIED", false) \
  X(kKeyMismatch, "KEY_MISMATCH", false)           \
  X(kMergeFailed, "MERGE_FAILED", false)           \
  X(kReadOnly, "READ_ONLY", false)                 \
  X(kDegraded, "DEGRADED", false)                  \
  X(kInternal, "INTERNAL", false)

/// The message of a status that has no memory for a message of its own, or needs none.
constexpr std::string_view fixed_message(Code code) {
  switch (code) {
    case Code::kNotFound:
      return "not found";
    case Code::kEnd:
      return "the end was reached";
    case Code::kBufferTooSmall:
      return "the buffer is too small";
    case Code::kMismatch:
      return "the value is not the one expected";
    case Code::kNoMemory:
      return "out of memory";
    default:
      return "no memory was left for the message";
  }
}

Code code_of_errno(int os_error) {
  switch (os_error) {
    case ENOSPC:
    case EDQUOT:
      return Code::kNoSpace;
    case EACCES:
    case EPERM:
    case EROFS:
      return Code::kPermissionDenied;
    case ENOMEM:
      return Code::kNoMemory;
    default:
      return Code::kIoError;
  }
}

}  // namespace

const char* code_name(Code code) noexcept {
  switch (code) {
    case Code::kOk:
      return "OK";
#define WOMBAT_X(id, name, retryable) \
  case Code::id:                      \
    return name;
      WOMBAT_FAILURE_CODES(WOMBAT_X)
#undef WOMBAT_X
  }
  return "UNKNOWN";
}

bool code_is_retryable(Code code) noexcept {
  switch (code) {
    case Code::kOk:
      return false;
#define WOMBAT_X(id, name, retryable) \
  case Code::id:                      \
    return retryable;
      WOMBAT_FAILURE_CODES(WOMBAT_X)
#undef WOMBAT_X
  }
  return false;
}

const Status::Detail* Status::fixed_detail(Code code) noexcept {
  // Constant-initialized and trivially destroyed, so there is nothing to run at load or unload.
  static constinit const Detail details[] = {
#define WOMBAT_X(id, name, retryable) {Code::id, 0, fixed_message(Code::id), true},
      WOMBAT_FAILURE_CODES(WOMBAT_X)
#undef WOMBAT_X
  };
  for (const Detail& detail : details) {
    if (detail.code == code) return &detail;
  }
  return fixed_detail(Code::kInternal);
}

Status::Status(Code code, int os_error, std::initializer_list<std::string_view> message_parts) noexcept {
  if (code == Code::kOk) return;
  size_t size = 0;
  for (const std::string_view part : message_parts) size += part.size();
  void* const memory = ::operator new(sizeof(Detail) + size, std::nothrow);
  if (memory == nullptr) {
    detail_ = fixed_detail(code);
    return;
  }
  char* const text = static_cast<char*>(memory) + sizeof(Detail);
  char* end = text;
  for (const std::string_view part : message_parts) {
    if (part.empty()) continue;
    std::memcpy(end, part.data(), part.size());
    end += part.size();
  }
  detail_ = new (memory) Detail{code, os_error, std::string_view(text, size)};
}

Status::Status(Code code, std::string_view message, int os_error) noexcept
    : Status(code, os_error, {message}) {}

Status::Status(const Status& other) noexcept : detail_(other.detail_) {
  if (detail_ != nullptr && !detail_->is_static) detail_->references.fetch_add(1, std::memory_order_relaxed);
}

Status& Status::operator=(const Status& other) noexcept {
  Status copy(other);
  std::swap(detail_, copy.detail_);
  return *this;
}

void Status::release() noexcept {
  if (detail_ == nullptr || detail_->is_static) return;
  if (detail_->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  detail_->~Detail();
  ::operator delete(const_cast<Detail*>(detail_));
}

Status Status::corruption_at(std::string_view file, uint64_t offset, std::string_view expected,
                             std::string_view found) noexcept {
  char digits[20];
  const char* const end = std::to_chars(digits, digits + sizeof(digits), offset).ptr;
  const std::string_view place(digits, static_cast<size_t>(end - digits));
  return Status(Code::kCorruption, 0, {file, " at ", place, ": expected ", expected, ", found ", found});
}

Status Status::from_errno(int os_error, std::string_view action, std::string_view subject) noexcept {
  return Status(code_of_errno(os_error), os_error, {action, " ", subject, ": ", std::strerror(os_error)});
}

std::string_view Status::message() const noexcept {
  return detail_ == nullptr ? std::string_view() : detail_->text;
}

std::string Status::to_string() const {
  std::string text = code_name(code());
  if (!message().empty()) text.append(": ").append(message());
  return text;
}

Status Status::with_context(std::string_view context) const noexcept {
  return Status(code(), os_error(), {context, ": ", message()});
}

}  // namespace wombat
