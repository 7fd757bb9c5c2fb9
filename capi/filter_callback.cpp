#include "filter_callback.h"

#include "kv/size_limits.h"

namespace wombat {

namespace {

/// What most changed values fit into without a second call.
constexpr size_t kFirstCapacity = 256;

}  // namespace

Result<CompactionFilter::Verdict> FilterCallback::judge(Bytes keyspace, uint32_t level, Bytes key,
                                                        Bytes value, std::string* changed) const {
  const auto failed = [&](const std::string& what) {
    return Status::invalid_argument("the compaction filter, asked about key \"" + escape_bytes(key) + "\", " +
                                    what);
  };
  const auto call = [&] {
    return function_(user_data_, keyspace.data(), keyspace.size(), static_cast<int32_t>(level), key.data(),
                     key.size(), value.data(), value.size(), changed->data(), changed->size());
  };
  changed->resize(kFirstCapacity);
  int64_t size = call();
  if (size > 0 && static_cast<uint64_t>(size) > changed->size()) {
    if (static_cast<uint64_t>(size) > kValueSizeMax)
      return failed("makes a value of " + std::to_string(size) + " bytes");
    changed->resize(static_cast<size_t>(size));
    size = call();
  }
  if (size == WOMBAT_FILTER_KEEP) return Verdict::kKeep;
  if (size == WOMBAT_FILTER_REMOVE) return Verdict::kRemove;
  if (size < 0) return failed("answered " + std::to_string(size));
  if (static_cast<uint64_t>(size) > changed->size()) return failed("asks for more room each time");
  changed->resize(static_cast<size_t>(size));
  return Verdict::kChange;
}

}  // namespace wombat
