/// Outcome of an operation: OK costs one null pointer, anything else carries a code and a message for people.
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace wombat {

/// What a caller should do about an outcome. The numbers are those of `wombat_status` in wombat.h.
enum class Code : int32_t {
  kOk = 0,
  kNotFound = 1,
  kEnd = 2,
  kBufferTooSmall = 3,
  kMismatch = 4,

  kInvalidArgument = -1,
  kUnknownOption = -2,
  kTooLarge = -3,
  kUnsupported = -4,
  kClosed = -5,
  kForked = -6,
  kTxnEnded = -7,
  kInUse = -8,
  kDropped = -9,
  kTooOld = -10,

  kNoMemory = -20,
  kNoSpace = -21,
  kTimedOut = -22,
  kCancelled = -23,
  kBusy = -24,
  kLocked = -25,
  kConflict = -26,
  kDeadlock = -27,

  kIoError = -40,
  kCorruption = -41,
  kNotADatabase = -42,
  kAlreadyExists = -43,
  kDoesNotExist = -44,
  kMissingFile = -45,
  kFormatVersion = -46,
  kPermissionDenied = -47,
  kKeyMismatch = -48,
  kMergeFailed = -49,

  kReadOnly = -60,
  kDegraded = -61,

  kInternal = -80,
};

/// "CORRUPTION" for Code::kCorruption and so on; "UNKNOWN" for a number that names no code.
const char* code_name(Code code) noexcept;

/// True when the same call may succeed later without anything being repaired.
bool code_is_retryable(Code code) noexcept;

class [[nodiscard]] Status {
 public:
  Status() noexcept = default;
  /// Never throws: when the message cannot be allocated the code survives with a fixed text.
  Status(Code code, std::string_view message, int os_error = 0) noexcept;
  /// A copy shares the message.
  Status(const Status& other) noexcept;
  Status& operator=(const Status& other) noexcept;
  Status(Status&& other) noexcept : detail_(other.detail_) { other.detail_ = nullptr; }
  Status& operator=(Status&& other) noexcept {
    std::swap(detail_, other.detail_);
    return *this;
  }
  ~Status() {
    if (detail_ != nullptr) release();
  }

  static Status ok() noexcept { return Status(); }
  /// Allocates nothing.
  static Status no_memory() noexcept { return outcome(Code::kNoMemory); }
  /// A status that needs no words, such as kNotFound. Allocates nothing.
  static Status outcome(Code code) noexcept {
    Status status;
    if (code != Code::kOk) status.detail_ = fixed_detail(code);
    return status;
  }
  static Status invalid_argument(std::string_view message) noexcept {
    return {Code::kInvalidArgument, message};
  }
  static Status corruption(std::string_view message) noexcept { return {Code::kCorruption, message}; }
  static Status unsupported(std::string_view message) noexcept { return {Code::kUnsupported, message}; }
  static Status internal(std::string_view message) noexcept { return {Code::kInternal, message}; }
  /// Damage at a place: "FILE at OFFSET: expected X, found Y".
  static Status corruption_at(std::string_view file, uint64_t offset, std::string_view expected,
                              std::string_view found) noexcept;
  /// Maps errno: ENOSPC and EDQUOT to kNoSpace, EACCES, EPERM and EROFS to kPermissionDenied, ENOMEM to
  /// kNoMemory, everything else to kIoError. The message becomes "ACTION SUBJECT: strerror".
  static Status from_errno(int os_error, std::string_view action, std::string_view subject) noexcept;

  bool is_ok() const noexcept { return detail_ == nullptr; }
  explicit operator bool() const noexcept { return is_ok(); }
  Code code() const noexcept { return detail_ == nullptr ? Code::kOk : detail_->code; }
  int os_error() const noexcept { return detail_ == nullptr ? 0 : detail_->os_error; }
  /// Valid as long as this Status; empty when OK.
  std::string_view message() const noexcept;
  /// "CODE: message" for logs and tests.
  std::string to_string() const;
  /// The same code with "CONTEXT: " before the message.
  Status with_context(std::string_view context) const noexcept;

 private:
  /// Shared by the copies of a Status; the text lies behind it in the same allocation.
  struct Detail {
    Code code = Code::kOk;
    int os_error = 0;
    std::string_view text;
    bool is_static = false;  // never counted, never freed
    mutable std::atomic<uint32_t> references{1};
  };

  /// The parts are joined into one message.
  Status(Code code, int os_error, std::initializer_list<std::string_view> message_parts) noexcept;
  static const Detail* fixed_detail(Code code) noexcept;
  void release() noexcept;

  const Detail* detail_ = nullptr;
};

}  // namespace wombat

/// Hands a failure to the caller unchanged.
#define WOMBAT_TRY(expression)                                     \
  do {                                                             \
    if (::wombat::Status try_status = (expression); !try_status) { \
      return try_status;                                           \
    }                                                              \
  } while (false)
