#include "db/value_mover.h"

#include "db/db.h"
#include "vlog/value_appender.h"

namespace wombat {

Status ValueMover::read(Bytes key, const ValuePointer& pointer, std::string* memory, Bytes* value) {
  return db_.values().read(key, pointer, memory, value);
}

Status ValueMover::move(Bytes key, ValuePointer* pointer) {
  Bytes value;
  WOMBAT_TRY(db_.values().read(key, *pointer, &memory_, &value));
  WOMBAT_TRY(append(key, value, pointer));
  db_.statistics().add(Counter::kValueMovedBytes, pointer->stored_size);
  return Status::ok();
}

bool ValueMover::is_to_separate(Bytes value) const {
  const int64_t threshold = tree_.setting(OptionId::kValueLogThreshold);
  return threshold != 0 && value.size() >= static_cast<uint64_t>(threshold);
}

Status ValueMover::separate(Bytes key, Bytes value, ValuePointer* pointer) {
  return append(key, value, pointer);
}

Status ValueMover::append(Bytes key, Bytes value, ValuePointer* pointer) {
  std::deque<EncodedValue> values;
  values.emplace_back(tree_.id(), key, value, tree_.value_codec());
  ValueFilePtr file;
  WOMBAT_TRY(db_.append_moved(values, pointer, &file));
  if (held_.empty() || held_.back() != file) held_.push_back(std::move(file));
  return Status::ok();
}

/// What commits wrote as well: tables that point to it are about to be durable.
Status ValueMover::sync() {
  WOMBAT_TRY(db_.sync_values());
  for (const ValueFilePtr& file : held_) {
    if (!file->is_lost()) continue;
    return Status(Code::kIoError, "an earlier sync of " + file->name() + " has failed: the job begins anew");
  }
  return Status::ok();
}

}  // namespace wombat
