#include "support/fault_core.h"

#include <cerrno>
#include <utility>

#include "support/allocation_exempt.h"

namespace wombat {

namespace {

bool ends_with(const std::string& name, const std::string& ending) {
  return name.size() >= ending.size() &&
         name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
}

bool passes_filter(const FaultPlan& plan, const FileCall& call) {
  if (plan.only && *plan.only != call.kind) return false;
  if (plan.place &&
      (call.kind != CallKind::kRead || *plan.place < call.offset || *plan.place - call.offset >= call.size))
    return false;
  return plan.name_ending.empty() || ends_with(call.name, plan.name_ending) ||
         (!call.new_name.empty() && ends_with(call.new_name, plan.name_ending));
}

int os_error_of(FaultKind fault) {
  switch (fault) {
    case FaultKind::kNoSpace:
      return ENOSPC;
    case FaultKind::kQuota:
      return EDQUOT;
    case FaultKind::kTooManyFiles:
      return EMFILE;
    default:
      return EIO;
  }
}

}  // namespace

const char* fault_kind_name(FaultKind kind) {
  switch (kind) {
    case FaultKind::kNone:
      return "none";
    case FaultKind::kIoError:
      return "EIO";
    case FaultKind::kNoSpace:
      return "ENOSPC";
    case FaultKind::kQuota:
      return "EDQUOT";
    case FaultKind::kTooManyFiles:
      return "EMFILE";
    case FaultKind::kShortWrite:
      return "short write";
    case FaultKind::kShortRead:
      return "short read";
    case FaultKind::kFailedButTookEffect:
      return "failed but took effect";
    case FaultKind::kSyncLosesPages:
      return "sync loses pages";
  }
  return "unknown";
}

bool fault_applies(FaultKind fault, CallKind kind) {
  switch (fault) {
    case FaultKind::kNone:
      return false;
    case FaultKind::kIoError:
      return true;
    case FaultKind::kNoSpace:
    case FaultKind::kQuota:
      return kind == CallKind::kClose || (call_matters_for_crash(kind) && kind != CallKind::kRemove &&
                                          kind != CallKind::kRemoveDirectory);
    case FaultKind::kTooManyFiles:
      return kind == CallKind::kCreate || kind == CallKind::kOpen || kind == CallKind::kList ||
             kind == CallKind::kLock || kind == CallKind::kOpenDirectory;
    case FaultKind::kShortWrite:
      return kind == CallKind::kAppend || kind == CallKind::kWriteAt;
    case FaultKind::kShortRead:
      return kind == CallKind::kRead;
    case FaultKind::kFailedButTookEffect:
      return kind == CallKind::kClose || call_matters_for_crash(kind);
    case FaultKind::kSyncLosesPages:
      return kind == CallKind::kSync || kind == CallKind::kDirectorySync;
  }
  return false;
}

FileCall FaultCore::make_call(CallKind kind, const std::string& directory, const std::string& name,
                              uint64_t offset, uint64_t size) const {
  AllocationExempt exempt;
  FileCall call;
  call.kind = kind;
  call.directory = directory;
  call.name = name;
  call.offset = offset;
  call.size = size;
  return call;
}

FaultCore::Turn FaultCore::begin(FileCall* call) {
  AllocationExempt exempt;
  call->index = call_count_.fetch_add(1) + 1;
  if (call_matters_for_crash(call->kind)) {
    std::lock_guard<std::mutex> guard(hook_mutex_);
    if (crash_hook_) crash_hook_(call->index);
  }
  Turn turn;
  if (is_watched_.load() && (call_matters_for_crash(call->kind) || call->kind == CallKind::kClose)) {
    turn.order = std::unique_lock<std::mutex>(order_mutex_);
  }
  turn.fault = decide(*call);
  return turn;
}

std::unique_lock<std::mutex> FaultCore::in_order() {
  return is_watched_.load() ? std::unique_lock<std::mutex>(order_mutex_) : std::unique_lock<std::mutex>();
}

FaultKind FaultCore::decide(const FileCall& call) {
  std::lock_guard<std::mutex> guard(mutex_);
  for (Planned& planned : plans_) {
    const FaultPlan& plan = planned.plan;
    const bool has_filter = plan.only.has_value() || plan.place.has_value() || !plan.name_ending.empty();
    if (plan.call_index == 0 && !has_filter) continue;
    if (!passes_filter(plan, call)) continue;
    if (planned.has_struck) {
      if (!plan.sticky || !fault_applies(plan.fault, call.kind)) continue;
    } else if (has_filter ? call.index < plan.call_index : call.index != plan.call_index) {
      continue;
    }
    planned.has_struck = true;
    fault_count_.fetch_add(1);
    return fault_applies(plan.fault, call.kind) ? plan.fault : FaultKind::kIoError;
  }
  return FaultKind::kNone;
}

Status FaultCore::finish(const FileCall& call, Status status) {
  AllocationExempt exempt;
  if (!is_watched_.load()) return status;
  std::lock_guard<std::mutex> guard(mutex_);
  if (keeps_transcript_) {
    std::string line = describe_call(call);
    if (!status.is_ok()) line += std::string(" -> ") + code_name(status.code());
    transcript_.push_back(std::move(line));
  }
  for (CallObserver* observer : observers_) observer->after_call(call, status);
  return status;
}

Status FaultCore::fail(const FileCall& call, FaultKind fault) {
  AllocationExempt exempt;
  const std::string what =
      "injected fault at call " + std::to_string(call.index) + ": " + call_kind_name(call.kind);
  return finish(call, Status::from_errno(os_error_of(fault), what, call.directory + "/" + call.name));
}

void FaultCore::add_fault(const FaultPlan& plan) {
  std::lock_guard<std::mutex> guard(mutex_);
  plans_.push_back({plan});
}

void FaultCore::clear_faults() {
  std::lock_guard<std::mutex> guard(mutex_);
  plans_.clear();
}

void FaultCore::set_crash_hook(std::function<void(uint64_t)> hook) {
  std::lock_guard<std::mutex> guard(hook_mutex_);
  crash_hook_ = std::move(hook);
}

void FaultCore::add_observer(CallObserver* observer) {
  std::lock_guard<std::mutex> guard(mutex_);
  observers_.push_back(observer);
  is_watched_.store(true);
}

void FaultCore::remove_observer(CallObserver* observer) {
  std::lock_guard<std::mutex> guard(mutex_);
  std::erase(observers_, observer);
}

void FaultCore::enable_transcript() {
  std::lock_guard<std::mutex> guard(mutex_);
  keeps_transcript_ = true;
  is_watched_.store(true);
}

std::vector<std::string> FaultCore::transcript() const {
  std::lock_guard<std::mutex> guard(mutex_);
  return transcript_;
}

}  // namespace wombat
