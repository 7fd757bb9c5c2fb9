#include "exit_code.h"

namespace wombat::cli {

ExitCode exit_code_of(wombat_status status) {
  switch (status) {
    case WOMBAT_OK:
    case WOMBAT_END:
      return ExitCode::kOk;
    case WOMBAT_NOT_FOUND:
    case WOMBAT_MISMATCH:
      return ExitCode::kNotFound;
    case WOMBAT_INVALID_ARGUMENT:
    case WOMBAT_UNKNOWN_OPTION:
    case WOMBAT_TOO_LARGE:
    case WOMBAT_UNSUPPORTED:
    case WOMBAT_READ_ONLY:
    case WOMBAT_TXN_ENDED:
    case WOMBAT_IN_USE:
    case WOMBAT_DROPPED:
    case WOMBAT_TOO_OLD:
    case WOMBAT_MERGE_FAILED:
      return ExitCode::kUsage;
    case WOMBAT_DOES_NOT_EXIST:
    case WOMBAT_ALREADY_EXISTS:
    case WOMBAT_NOT_A_DATABASE:
    case WOMBAT_FORMAT_VERSION:
    case WOMBAT_PERMISSION_DENIED:
    case WOMBAT_KEY_MISMATCH:
      return ExitCode::kCannotOpen;
    case WOMBAT_CORRUPTION:
    case WOMBAT_MISSING_FILE:
      return ExitCode::kCorruption;
    case WOMBAT_IO_ERROR:
    case WOMBAT_NO_SPACE:
    case WOMBAT_NO_MEMORY:
    case WOMBAT_DEGRADED:
      return ExitCode::kIo;
    case WOMBAT_TIMED_OUT:
    case WOMBAT_CANCELLED:
      return ExitCode::kCancelled;
    case WOMBAT_LOCKED:
    case WOMBAT_BUSY:
    case WOMBAT_CONFLICT:
    case WOMBAT_DEADLOCK:
      return ExitCode::kLocked;
    default:
      return status >= 0 ? ExitCode::kOk : ExitCode::kInternal;
  }
}

}  // namespace wombat::cli
