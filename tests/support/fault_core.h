/// What FaultFileSystem and its handles share: the counter, the planned faults and the observers. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "support/file_call.h"

namespace wombat {

enum class FaultKind {
  kNone,
  kIoError,              // EIO, no effect (a failed write may have written any prefix)
  kNoSpace,              // ENOSPC, likewise
  kQuota,                // EDQUOT, likewise
  kTooManyFiles,         // EMFILE
  kShortWrite,           // half of the bytes, then EIO
  kShortRead,            // half of the bytes and no error
  kFailedButTookEffect,  // EIO, but everything happened
  kSyncLosesPages,       // EIO; what was unsynced will never be durable, and later syncs do not complain
};

inline constexpr FaultKind kFaultKinds[] = {FaultKind::kIoError,
                                            FaultKind::kNoSpace,
                                            FaultKind::kQuota,
                                            FaultKind::kTooManyFiles,
                                            FaultKind::kShortWrite,
                                            FaultKind::kShortRead,
                                            FaultKind::kFailedButTookEffect,
                                            FaultKind::kSyncLosesPages};
const char* fault_kind_name(FaultKind kind);
/// Whether a call of this kind can fail in this way. A fault planned for a call to which it does not apply
/// becomes kIoError.
bool fault_applies(FaultKind fault, CallKind kind);

/// When a fault strikes. All conditions that are set must hold; with none set it never strikes.
/// Once: the call with exactly number `call_index`, or, when a filter is set, the first call at or after it
/// that passes the filter. Sticky: that call and, from then on, every later one that passes the filter and to
/// which `fault` applies (a full disk does not fail reads).
struct FaultPlan {
  uint64_t call_index = 0;         // counts from 1
  std::optional<CallKind> only{};  // filter
  std::string name_ending{};       // filter: names that end so; for a rename either name
  FaultKind fault = FaultKind::kIoError;
  bool sticky = false;
  std::optional<uint64_t> place{};  // filter: reads of the byte at this offset, as of a bad sector
};

class FaultCore {
 public:
  /// The fault for a call, and the lock that keeps calls in order while somebody watches.
  struct Turn {
    FaultKind fault = FaultKind::kNone;
    std::unique_lock<std::mutex> order;
  };

  FileCall make_call(CallKind kind, const std::string& directory, const std::string& name = {},
                     uint64_t offset = 0, uint64_t size = 0) const;
  /// Before the real call: gives it its number, runs the crash hook, decides.
  /// For a call that is not counted and cannot fail: its effect and its finish() come in order with the others.
  std::unique_lock<std::mutex> in_order();
  Turn begin(FileCall* call);
  /// After the real call, still holding the turn. Returns `status`.
  Status finish(const FileCall& call, Status status);
  /// Instead of the real call, or after its partial effect.
  Status fail(const FileCall& call, FaultKind fault);

  uint64_t call_count() const { return call_count_.load(); }
  uint64_t fault_count() const { return fault_count_.load(); }
  void add_fault(const FaultPlan& plan);
  void clear_faults();
  void pretend_descriptors(bool pretends) { pretends_descriptors_.store(pretends); }
  bool pretends_descriptors() const { return pretends_descriptors_.load(); }
  void set_crash_hook(std::function<void(uint64_t)> hook);
  void add_observer(CallObserver* observer);
  void remove_observer(CallObserver* observer);
  void enable_transcript();
  std::vector<std::string> transcript() const;

 private:
  struct Planned {
    FaultPlan plan;
    bool has_struck = false;
  };
  FaultKind decide(const FileCall& call);

  std::atomic<uint64_t> call_count_{0};
  std::atomic<uint64_t> fault_count_{0};
  std::atomic<bool> is_watched_{false};
  std::atomic<bool> pretends_descriptors_{false};
  std::mutex hook_mutex_;  // taken first
  std::function<void(uint64_t)> crash_hook_;
  std::mutex order_mutex_;    // taken before mutex_
  mutable std::mutex mutex_;  // guards the following
  std::vector<Planned> plans_;
  std::vector<CallObserver*> observers_;
  bool keeps_transcript_ = false;
  std::vector<std::string> transcript_;
};

}  // namespace wombat
