// Status names, version and features.
#include "base/status.h"
#include "base/version_config.h"
#include "boundary.h"
#include "db/options.h"

using namespace wombat;

// One list of numbers, kept equal by the compiler.
#define WOMBAT_SAME(c_name, code) static_assert(c_name == static_cast<int32_t>(Code::code))
WOMBAT_SAME(WOMBAT_OK, kOk);
WOMBAT_SAME(WOMBAT_NOT_FOUND, kNotFound);
WOMBAT_SAME(WOMBAT_END, kEnd);
WOMBAT_SAME(WOMBAT_BUFFER_TOO_SMALL, kBufferTooSmall);
WOMBAT_SAME(WOMBAT_MISMATCH, kMismatch);
WOMBAT_SAME(WOMBAT_INVALID_ARGUMENT, kInvalidArgument);
WOMBAT_SAME(WOMBAT_UNKNOWN_OPTION, kUnknownOption);
WOMBAT_SAME(WOMBAT_TOO_LARGE, kTooLarge);
WOMBAT_SAME(WOMBAT_UNSUPPORTED, kUnsupported);
WOMBAT_SAME(WOMBAT_CLOSED, kClosed);
WOMBAT_SAME(WOMBAT_FORKED, kForked);
WOMBAT_SAME(WOMBAT_TXN_ENDED, kTxnEnded);
WOMBAT_SAME(WOMBAT_IN_USE, kInUse);
WOMBAT_SAME(WOMBAT_DROPPED, kDropped);
WOMBAT_SAME(WOMBAT_TOO_OLD, kTooOld);
WOMBAT_SAME(WOMBAT_NO_MEMORY, kNoMemory);
WOMBAT_SAME(WOMBAT_NO_SPACE, kNoSpace);
WOMBAT_SAME(WOMBAT_TIMED_OUT, kTimedOut);
WOMBAT_SAME(WOMBAT_CANCELLED, kCancelled);
WOMBAT_SAME(WOMBAT_BUSY, kBusy);
WOMBAT_SAME(WOMBAT_LOCKED, kLocked);
WOMBAT_SAME(WOMBAT_CONFLICT, kConflict);
WOMBAT_SAME(WOMBAT_DEADLOCK, kDeadlock);
WOMBAT_SAME(WOMBAT_IO_ERROR, kIoError);
WOMBAT_SAME(WOMBAT_CORRUPTION, kCorruption);
WOMBAT_SAME(WOMBAT_NOT_A_DATABASE, kNotADatabase);
WOMBAT_SAME(WOMBAT_ALREADY_EXISTS, kAlreadyExists);
WOMBAT_SAME(WOMBAT_DOES_NOT_EXIST, kDoesNotExist);
WOMBAT_SAME(WOMBAT_MISSING_FILE, kMissingFile);
WOMBAT_SAME(WOMBAT_FORMAT_VERSION, kFormatVersion);
WOMBAT_SAME(WOMBAT_PERMISSION_DENIED, kPermissionDenied);
WOMBAT_SAME(WOMBAT_KEY_MISMATCH, kKeyMismatch);
WOMBAT_SAME(WOMBAT_MERGE_FAILED, kMergeFailed);
WOMBAT_SAME(WOMBAT_READ_ONLY, kReadOnly);
WOMBAT_SAME(WOMBAT_DEGRADED, kDegraded);
WOMBAT_SAME(WOMBAT_INTERNAL, kInternal);
static_assert(sizeof(wombat_error) == 512);

const char* wombat_status_name(wombat_status status) { return code_name(static_cast<Code>(status)); }

int32_t wombat_status_is_retryable(wombat_status status) {
  return code_is_retryable(static_cast<Code>(status)) ? 1 : 0;
}

const char* wombat_status_help(wombat_status status) {
  switch (static_cast<Code>(status)) {
    case Code::kOk:
      return "The call did what it should.";
    case Code::kNotFound:
      return "The key is absent.";
    case Code::kEnd:
      return "The iterator has passed its last row in this direction.";
    case Code::kBufferTooSmall:
      return "Nothing was copied; call again with a buffer of the size given.";
    case Code::kMismatch:
      return "The value was not the one expected; nothing was written.";
    case Code::kInvalidArgument:
      return "An argument is wrong; the message says which and what is allowed.";
    case Code::kUnknownOption:
      return "No option has this name; the message names the nearest.";
    case Code::kTooLarge:
      return "A key, value or batch is over its limit; split it or raise the limits.* options.";
    case Code::kUnsupported:
      return "This version or build lacks the feature; nothing was changed.";
    case Code::kClosed:
      return "The handle, or the database that it belongs to, was closed; open it again.";
    case Code::kForked:
      return "The database belongs to the parent process; open it in this one.";
    case Code::kTxnEnded:
      return "The transaction was committed or rolled back already; begin another.";
    case Code::kInUse:
      return "Another thread is inside a call on this transaction; use it from one thread at a time.";
    case Code::kDropped:
      return "The keyspace was dropped; close the handle.";
    case Code::kTooOld:
      return "What was visible then is not kept any more; option history.retention_s says for how "
             "long it is.";
    case Code::kNoMemory:
      return "Memory is short; free some and try again.";
    case Code::kNoSpace:
      return "The disk is full; free space, and writes resume by themselves.";
    case Code::kTimedOut:
      return "The time limit passed: a write was not made, background work goes on.";
    case Code::kCancelled:
      return "The caller asked the call to stop.";
    case Code::kBusy:
      return "The call would have had to wait; try again later.";
    case Code::kLocked:
      return "Another process, or this one, has the database open; close it there first.";
    case Code::kConflict:
      return "Another transaction changed what this one read; run it again.";
    case Code::kDeadlock:
      return "Transactions waited for one another, and this one was chosen to give up; run it again.";
    case Code::kIoError:
      return "The operating system reported a failure; look at the disk and at os_error.";
    case Code::kCorruption:
      return "Stored bytes are damaged; restore the file that the message names from a copy.";
    case Code::kNotADatabase:
      return "There is no database at this path; check the path.";
    case Code::kAlreadyExists:
      return "There is a database at this path already; open it without open.fail_if_exists.";
    case Code::kDoesNotExist:
      return "Nothing has this name or path; make it, or check what was given.";
    case Code::kMissingFile:
      return "A file of the database is gone; restore it from a copy.";
    case Code::kFormatVersion:
      return "A newer version of Wombat wrote this; open it with that one.";
    case Code::kPermissionDenied:
      return "The operating system denies access; check owner and mode of the directory.";
    case Code::kKeyMismatch:
      return "The key does not fit; open the database with the one that it was encrypted with.";
    case Code::kMergeFailed:
      return "A merge does not fit the value below it; put or delete the key, or mend the operator.";
    case Code::kReadOnly:
      return "The database was opened read-only; open it for writing.";
    case Code::kDegraded:
      return "A sync failed earlier; reads go on, reopen the database to write again.";
    case Code::kInternal:
      return "A bug in Wombat; please report the message.";
  }
  return status < 0 ? "A failure that this version has no text for."
                    : "A normal outcome that this version has no text for.";
}

const char* wombat_version_string(void) { return kVersionText; }

uint32_t wombat_version_number(void) { return WOMBAT_VERSION_NUMBER; }

int32_t wombat_feature(const char* name) {
  if (name == nullptr) return 0;
  try {
    return std::string_view(name) != "none" && has_feature(name) ? 1 : 0;
  } catch (...) {
    return 0;
  }
}
