#include "base/status.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <new>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {
std::atomic<bool> fail_allocations{false};
}

// Only Status allocates in this way here.
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  if (fail_allocations) return nullptr;
  try {
    return ::operator new(size);
  } catch (...) {
    return nullptr;
  }
}

namespace wombat {
namespace {

constexpr Code kAllCodes[] = {
    Code::kOk,
    Code::kNotFound,
    Code::kEnd,
    Code::kBufferTooSmall,
    Code::kMismatch,
    Code::kInvalidArgument,
    Code::kUnknownOption,
    Code::kTooLarge,
    Code::kUnsupported,
    Code::kClosed,
    Code::kForked,
    Code::kTxnEnded,
    Code::kInUse,
    Code::kDropped,
    Code::kTooOld,
    Code::kNoMemory,
    Code::kNoSpace,
    Code::kTimedOut,
    Code::kCancelled,
    Code::kBusy,
    Code::kLocked,
    Code::kConflict,
    Code::kDeadlock,
    Code::kIoError,
    Code::kCorruption,
    Code::kNotADatabase,
    Code::kAlreadyExists,
    Code::kDoesNotExist,
    Code::kMissingFile,
    Code::kFormatVersion,
    Code::kPermissionDenied,
    Code::kKeyMismatch,
    Code::kMergeFailed,
    Code::kReadOnly,
    Code::kDegraded,
    Code::kInternal,
};

class FailingAllocations {
 public:
  FailingAllocations() { fail_allocations = true; }
  ~FailingAllocations() { fail_allocations = false; }
};

TEST(Status, DefaultIsOkWithoutMessage) {
  const Status status;
  EXPECT_TRUE(status.is_ok());
  EXPECT_TRUE(static_cast<bool>(status));
  EXPECT_EQ(status.code(), Code::kOk);
  EXPECT_EQ(status.message(), "");
  EXPECT_EQ(status.os_error(), 0);
  EXPECT_EQ(status.to_string(), "OK");
}

TEST(Status, CarriesCodeMessageAndSystemError) {
  const Status status(Code::kBusy, "two at once", 11);
  EXPECT_FALSE(status.is_ok());
  EXPECT_EQ(status.code(), Code::kBusy);
  EXPECT_EQ(status.message(), "two at once");
  EXPECT_EQ(status.os_error(), 11);
  EXPECT_EQ(status.to_string(), "BUSY: two at once");
}

TEST(Status, CodeOkIsOkWhateverTheMessage) { EXPECT_TRUE(Status(Code::kOk, "fine").is_ok()); }

TEST(Status, EveryCodeHasItsOwnName) {
  std::set<std::string> names;
  for (const Code code : kAllCodes) EXPECT_TRUE(names.insert(code_name(code)).second) << code_name(code);
  EXPECT_EQ(names.count("UNKNOWN"), 0u);
  EXPECT_STREQ(code_name(Code::kCorruption), "CORRUPTION");
  EXPECT_STREQ(code_name(static_cast<Code>(-999)), "UNKNOWN");
}

TEST(Status, RetryableCodesAreThoseThatPassByThemselves) {
  const std::set<Code> retryable = {Code::kNoMemory, Code::kNoSpace,  Code::kTimedOut, Code::kBusy,
                                    Code::kLocked,   Code::kConflict, Code::kDeadlock};
  for (const Code code : kAllCodes)
    EXPECT_EQ(code_is_retryable(code), retryable.contains(code)) << code_name(code);
  EXPECT_FALSE(code_is_retryable(static_cast<Code>(-999)));
}

TEST(Status, CopiesShareTheMessageAndOutliveTheOriginal) {
  Status copy;
  {
    const Status original(Code::kIoError, std::string(1000, 'x'), 5);
    copy = original;
    EXPECT_EQ(copy.message().data(), original.message().data());
  }
  EXPECT_EQ(copy.message(), std::string(1000, 'x'));
  const Status second(copy);
  const Status& alias = copy;
  copy = alias;
  EXPECT_EQ(copy.message(), second.message());
  copy = Status();
  EXPECT_TRUE(copy.is_ok());
  EXPECT_EQ(second.code(), Code::kIoError);
}

TEST(Status, MovingLeavesNothingBehind) {
  Status from(Code::kIoError, "x");
  const Status to(std::move(from));
  EXPECT_TRUE(from.is_ok());
  EXPECT_EQ(to.message(), "x");
}

TEST(Status, CopiesMayBeMadeAndDroppedByManyThreads) {
  const Status status(Code::kDegraded, "shared");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([copy = status] {
      for (int j = 0; j < 10000; ++j) {
        const Status another(copy);
        ASSERT_EQ(another.message(), "shared");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(status.message(), "shared");
}

TEST(Status, CorruptionNamesFileOffsetExpectedAndFound) {
  const Status status = Status::corruption_at("000007.table", UINT64_MAX, "4 bytes", "3");
  EXPECT_EQ(status.code(), Code::kCorruption);
  EXPECT_EQ(status.message(), "000007.table at 18446744073709551615: expected 4 bytes, found 3");
}

TEST(Status, ErrnoIsMappedToTheCodeOfItsRemedy) {
  EXPECT_EQ(Status::from_errno(ENOSPC, "write", "f").code(), Code::kNoSpace);
  EXPECT_EQ(Status::from_errno(EDQUOT, "write", "f").code(), Code::kNoSpace);
  EXPECT_EQ(Status::from_errno(EACCES, "open", "f").code(), Code::kPermissionDenied);
  EXPECT_EQ(Status::from_errno(EPERM, "open", "f").code(), Code::kPermissionDenied);
  EXPECT_EQ(Status::from_errno(EROFS, "open", "f").code(), Code::kPermissionDenied);
  EXPECT_EQ(Status::from_errno(ENOMEM, "read", "f").code(), Code::kNoMemory);
  const Status status = Status::from_errno(EIO, "read", "dir/f");
  EXPECT_EQ(status.code(), Code::kIoError);
  EXPECT_EQ(status.os_error(), EIO);
  EXPECT_EQ(status.message(), "read dir/f: Input/output error");
}

TEST(Status, ContextGoesBeforeTheMessage) {
  const Status status = Status(Code::kNoSpace, "write f: full", ENOSPC).with_context("flush");
  EXPECT_EQ(status.code(), Code::kNoSpace);
  EXPECT_EQ(status.os_error(), ENOSPC);
  EXPECT_EQ(status.message(), "flush: write f: full");
  EXPECT_TRUE(Status().with_context("flush").is_ok());
}

TEST(Status, CodeSurvivesWhenTheMessageCannotBeAllocated) {
  for (const Code code : kAllCodes) {
    Status status, context;
    {
      const FailingAllocations failing;
      status = Status(code, "lost");
      context = status.with_context("lost as well");
    }
    EXPECT_EQ(status.code(), code);
    EXPECT_EQ(context.code(), code);
    EXPECT_EQ(status.message().empty(), code == Code::kOk);
    const Status copy(status);
    EXPECT_EQ(copy.code(), code);
  }
}

TEST(Status, NoMemoryAllocatesNothing) {
  const FailingAllocations failing;
  const Status status = Status::no_memory();
  EXPECT_EQ(status.code(), Code::kNoMemory);
  EXPECT_EQ(status.message(), "out of memory");
}

TEST(Status, OutcomesAllocateNothing) {
  const FailingAllocations failing;
  EXPECT_EQ(Status::outcome(Code::kNotFound).code(), Code::kNotFound);
  EXPECT_EQ(Status::outcome(Code::kNotFound).message(), "not found");
  EXPECT_EQ(Status::outcome(Code::kEnd).message(), "the end was reached");
  EXPECT_EQ(Status::outcome(Code::kBufferTooSmall).message(), "the buffer is too small");
  EXPECT_TRUE(Status::outcome(Code::kOk).is_ok());
}

Status fail_when(bool fails, bool* reached_end) {
  WOMBAT_TRY(fails ? Status::internal("early") : Status::ok());
  *reached_end = true;
  return Status::ok();
}

TEST(Status, TryHandsFailuresToTheCaller) {
  bool reached_end = false;
  EXPECT_EQ(fail_when(true, &reached_end).message(), "early");
  EXPECT_FALSE(reached_end);
  EXPECT_TRUE(fail_when(false, &reached_end));
  EXPECT_TRUE(reached_end);
}

}  // namespace
}  // namespace wombat
