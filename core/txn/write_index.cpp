#include "txn/write_index.h"

namespace wombat {

namespace {

constexpr size_t kNodeBytes = 160;

}  // namespace

size_t WriteIndex::size_of(const Key& key, const Point& point) {
  size_t bytes = kNodeBytes + key.key.size() + point.value.size();
  for (const std::string& operand : point.operands) bytes += sizeof operand + operand.size();
  return bytes;
}

size_t WriteIndex::size_of(const Undo& undo) {
  return sizeof undo + (undo.point ? size_of(undo.key, *undo.point) : 0) +
         (undo.cleared ? undo.cleared->size_bytes() : 0);
}

const WriteIndex::Point* WriteIndex::find(uint32_t keyspace, Bytes key) const {
  const auto found = points_.find(KeyView{keyspace, key});
  return found == points_.end() ? nullptr : &found->second;
}

void WriteIndex::remember(KeyView key, const Point* point) {
  if (savepoints_.empty()) return;
  Undo undo;
  undo.key = {key.keyspace, std::string(key.key)};
  if (point != nullptr) undo.point = *point;
  const size_t bytes = size_of(undo);
  undo_.push_back(std::move(undo));
  undo_bytes_ += bytes;
}

void WriteIndex::set(uint32_t keyspace, Bytes key, Kind kind, Bytes value) {
  Point point;
  point.base = kind;
  point.value.assign(value);
  const KeyView wanted{keyspace, key};
  const auto at = points_.lower_bound(wanted);
  const bool is_known = at != points_.end() && !Order()(wanted, at->first);
  if (!is_known) {
    const auto made = points_.emplace_hint(at, Key{keyspace, std::string(key)}, std::move(point));
    try {
      remember(wanted, nullptr);
    } catch (...) {
      points_.erase(made);
      throw;
    }
    size_bytes_ += size_of(made->first, made->second);
  } else {
    remember(wanted, &at->second);
    size_bytes_ -= size_of(at->first, at->second);
    at->second = std::move(point);
    size_bytes_ += size_of(at->first, at->second);
  }
  ++change_count_;
}

void WriteIndex::merge(uint32_t keyspace, Bytes key, Bytes operand) {
  std::string copy(operand);
  const auto known = points_.find(KeyView{keyspace, key});
  if (known == points_.end()) {
    Points fresh;
    const auto made = fresh.emplace(Key{keyspace, std::string(key)}, Point()).first;
    made->second.operands.push_back(std::move(copy));
    remember({keyspace, key}, nullptr);
    size_bytes_ += size_of(made->first, made->second);
    points_.merge(fresh);
  } else {
    std::vector<std::string>& operands = known->second.operands;
    if (operands.size() == operands.capacity()) operands.reserve(2 * operands.size() + 1);
    remember({keyspace, key}, &known->second);
    size_bytes_ += sizeof copy + copy.size();
    operands.push_back(std::move(copy));
  }
  ++change_count_;
}

void WriteIndex::delete_range(const KeyRange& range) {
  if (range.is_empty()) return;
  RangeMap cleared = cleared_;
  cleared.add(range);
  const auto first = points_.lower_bound(KeyView{range.keyspace, range.lower});
  auto last = first;
  const size_t undo_count = undo_.size();
  try {
    for (; last != points_.end() && last->first.keyspace == range.keyspace && range.contains(last->first.key);
         ++last) {
      remember({last->first.keyspace, last->first.key}, &last->second);
    }
    if (!savepoints_.empty()) {
      Undo undo;
      undo.cleared = cleared_;
      const size_t bytes = size_of(undo);
      undo_.push_back(std::move(undo));
      undo_bytes_ += bytes;
    }
  } catch (...) {
    while (undo_.size() > undo_count) {
      undo_bytes_ -= size_of(undo_.back());
      undo_.pop_back();
    }
    throw;
  }
  for (auto at = first; at != last; at = points_.erase(at)) size_bytes_ -= size_of(at->first, at->second);
  cleared_ = std::move(cleared);
  ++change_count_;
}

void WriteIndex::set_savepoint() { savepoints_.push_back(undo_.size()); }

Status WriteIndex::release_savepoint() {
  if (savepoints_.empty()) return Status(Code::kNotFound, "there is no savepoint");
  savepoints_.pop_back();
  if (savepoints_.empty()) {
    undo_.clear();
    undo_bytes_ = 0;
  }
  return Status::ok();
}

Status WriteIndex::rollback_to_savepoint() {
  if (savepoints_.empty()) return Status(Code::kNotFound, "there is no savepoint");
  undo_to(savepoints_.back());
  savepoints_.pop_back();
  ++change_count_;
  return Status::ok();
}

// Each step leaves a state that was there before, so lack of memory in the middle can be tried again.
void WriteIndex::undo_to(size_t count) {
  while (undo_.size() > count) {
    Undo& undo = undo_.back();
    const size_t bytes = size_of(undo);
    if (undo.cleared) {
      cleared_ = std::move(*undo.cleared);
    } else {
      auto known = points_.find(undo.key);
      if (known != points_.end()) size_bytes_ -= size_of(known->first, known->second);
      if (!undo.point) {
        points_.erase(known);
      } else if (known != points_.end()) {
        known->second = std::move(*undo.point);
        size_bytes_ += size_of(known->first, known->second);
      } else {
        Points back;
        known = back.emplace(std::move(undo.key), std::move(*undo.point)).first;
        size_bytes_ += size_of(known->first, known->second);
        points_.merge(back);
      }
    }
    undo_bytes_ -= bytes;
    undo_.pop_back();
  }
}

}  // namespace wombat
