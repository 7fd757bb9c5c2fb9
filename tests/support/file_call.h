/// One call on a file system as tests talk about it, and the interface of those who watch the stream of
/// calls.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"

namespace wombat {

enum class CallKind : uint8_t {
  kCreate,
  kOpen,
  kAppend,
  kWriteAt,
  kSync,
  kClose,
  kRead,
  kRename,
  kRemove,
  kList,
  kSize,
  kDirectorySync,
  kLock,
  kOpenDirectory,
  kRemoveDirectory,
  kFreeSpace,
};
inline constexpr size_t kCallKindCount = 16;

const char* call_kind_name(CallKind kind);
/// True for calls that change something or make it durable: the moments between which crashes differ.
bool call_matters_for_crash(CallKind kind);

struct FileCall {
  uint64_t index = 0;  // counts from 1; 0 for what is no call (abandoned)
  CallKind kind = CallKind::kOpen;
  std::string directory;      // its path
  std::string name;           // empty for calls on the directory itself
  std::string new_name;       // kRename
  uint64_t offset = 0;        // kAppend, kWriteAt, kRead
  uint64_t size = 0;          // the same
  bool is_abandoned = false;  // kClose by the destructor of a file that nobody closed
};

/// "create 000003.log", "append 000003.log 0+64", "rename CURRENT.tmp CURRENT", "sync dir".
std::string describe_call(const FileCall& call);

class CallObserver {
 public:
  virtual ~CallObserver() = default;
  /// After the call; one at a time, calls that change something in the order in which they took effect.
  virtual void after_call(const FileCall& call, const Status& status) = 0;
};

}  // namespace wombat
