#include "base/bytes.h"
#include "base/coding.h"
#include "model/history_runner.h"

namespace wombat {

HistoryRunner::HeldIterator HistoryRunner::make_iterator() {
  std::string lower;
  std::string upper;
  std::string prefix;
  const bool has_lower = random_.one_in(3);
  const bool has_upper = random_.one_in(3);
  const bool has_prefix = random_.one_in(5);
  if (has_lower) lower = keys_.near_key(random_);
  if (has_upper) upper = keys_.near_key(random_);
  if (has_lower && has_upper && upper < lower) std::swap(lower, upper);
  if (has_prefix) prefix = keys_.key(random_).substr(0, random_.below(4));

  const View view = random_view();
  wombat_iterator_options options{};
  options.size = sizeof options;
  options.snapshot = view.options.snapshot;
  options.flags = view.options.flags;
  const bool keys_only = random_.one_in(8);
  if (keys_only) options.flags |= WOMBAT_READ_KEYS_ONLY;
  if (has_lower) options.lower = lower.data(), options.lower_size = lower.size();
  if (has_upper) options.upper = upper.data(), options.upper_size = upper.size();
  if (has_prefix) options.prefix = prefix.data(), options.prefix_size = prefix.size();
  if (random_.one_in(4)) options.readahead_size = 64 * 1024;

  ModelRows rows = rows_here(view.version);
  for (auto row = rows.begin(); row != rows.end();) {
    const bool is_in = (!has_lower || row->first >= lower) && (!has_upper || row->first < upper) &&
                       (!has_prefix || row->first.compare(0, prefix.size(), prefix) == 0);
    row = is_in ? std::next(row) : rows.erase(row);
  }
  HeldIterator iterator{nullptr, ModelCursor(rows), keys_only, view.version, {}};
  if (has_lower) iterator.story += "lower " + escape_bytes(lower) + " ";
  if (has_upper) iterator.story += "upper " + escape_bytes(upper) + " ";
  if (has_prefix) iterator.story += "prefix " + escape_bytes(prefix) + " ";
  check("wombat_iterator_create", wombat_iterator_create(db_, &options, &iterator.handle, &error_));
  return iterator;
}

void HistoryRunner::compare_row(const HeldIterator& iterator, wombat_status status, Bytes key,
                                Bytes value) const {
  const ModelCursor& cursor = iterator.cursor;
  check("a move of an iterator", status);
  const auto wrong = [&](const std::string& what) {
    fail("an iterator " + what + ", after: " + iterator.story);
  };
  if (!cursor.on_row()) {
    if (status != WOMBAT_END) wrong("shows " + escape_bytes(key) + " instead of the end");
    return;
  }
  if (status != WOMBAT_OK) wrong("misses " + escape_bytes(cursor.key()));
  if (key != cursor.key()) wrong("shows " + escape_bytes(key) + " instead of " + escape_bytes(cursor.key()));
  require_value(iterator.story.c_str(), key, value, iterator.keys_only ? Bytes() : Bytes(cursor.value()));
}

void HistoryRunner::move(HeldIterator& iterator) {
  const void* key = nullptr;
  const void* value = nullptr;
  size_t key_size = 0;
  size_t value_size = 0;
  wombat_iterator* const handle = iterator.handle;
  ModelCursor& cursor = iterator.cursor;
  wombat_status status = WOMBAT_OK;
  const uint64_t drawn = random_.below(100);
  if (drawn < 80) {
    // Runs in one direction, with turns.
    const bool forward = drawn < 44;
    cursor.step(forward);
    iterator.story += forward ? "next " : "prev ";
    status = forward ? wombat_iterator_next(handle, &key, &key_size, &value, &value_size, &error_)
                     : wombat_iterator_prev(handle, &key, &key_size, &value, &value_size, &error_);
  } else if (drawn < 84) {
    cursor.first();
    iterator.story += "first ";
    status = wombat_iterator_first(handle, &key, &key_size, &value, &value_size, &error_);
  } else if (drawn < 88) {
    cursor.last();
    iterator.story += "last ";
    status = wombat_iterator_last(handle, &key, &key_size, &value, &value_size, &error_);
  } else {
    const std::string target = keys_.near_key(random_);
    iterator.story += (drawn < 94 ? "seek " : "seek_for_prev ") + escape_bytes(target) + " ";
    if (drawn < 94) {
      cursor.seek(target);
      status = wombat_iterator_seek(handle, target.data(), target.size(), &key, &key_size, &value,
                                    &value_size, &error_);
    } else {
      cursor.seek_for_prev(target);
      status = wombat_iterator_seek_for_prev(handle, target.data(), target.size(), &key, &key_size, &value,
                                             &value_size, &error_);
    }
  }
  compare_row(iterator, status, as_bytes(key, key_size), as_bytes(value, value_size));
}

void HistoryRunner::read_batch(HeldIterator& iterator) {
  const bool forward = random_.one_in(2);
  const size_t count_max = random_.below(20);
  std::string buffer(random_.one_in(4) ? random_.below(100) : 2000, '\0');
  size_t used = 0;
  size_t count = 0;
  const wombat_status status =
      wombat_iterator_read_batch(iterator.handle, forward ? WOMBAT_FORWARD : WOMBAT_BACKWARD, count_max,
                                 buffer.data(), buffer.size(), &used, &count, &error_);
  check("wombat_iterator_read_batch", status);
  iterator.story += std::string(forward ? "read_batch " : "read_batch backward ") + std::to_string(count) +
                    "/" + std::to_string(count_max) + " rows, buffer " + std::to_string(buffer.size()) + " ";
  ModelCursor& cursor = iterator.cursor;
  const auto row_size = [&] {
    const auto* row = cursor.peek(forward);
    return row == nullptr ? 0 : 8 + row->first.size() + (iterator.keys_only ? 0 : row->second.size());
  };
  if (row_size() == 0) {
    require(status == WOMBAT_END && count == 0, "read_batch shows rows behind the end");
    cursor.step(forward);
    return;
  }
  if (row_size() > buffer.size()) {
    require(status == WOMBAT_BUFFER_TOO_SMALL && count == 0, "read_batch fits what does not fit");
    require(used == row_size(), "read_batch asks for a wrong size");
    return;
  }
  require(status == WOMBAT_OK && count > 0 && used <= buffer.size(), "read_batch shows no rows");
  Bytes rest = Bytes(buffer).substr(0, used);
  size_t left = buffer.size();
  for (size_t i = 0; i < count; ++i) {
    require(row_size() != 0 && rest.size() >= 8, "read_batch shows too many rows");
    left -= std::min(left, row_size());
    cursor.step(forward);
    const uint32_t key_size = load_le<uint32_t>(rest.data());
    const uint32_t value_size = load_le<uint32_t>(rest.data() + 4);
    compare_row(iterator, WOMBAT_OK, rest.substr(8, key_size), rest.substr(8 + key_size, value_size));
    rest.remove_prefix(8 + key_size + value_size);
  }
  require(rest.empty(), "read_batch wrote more than it counts");
  const bool is_full = count == count_max || row_size() == 0 || row_size() > left;
  require(is_full && (count_max == 0 || count <= count_max), "read_batch stops too early or too late");
}

void HistoryRunner::walk(HeldIterator& iterator, int moves) {
  for (int i = 0; i < moves; ++i) {
    if (random_.one_in(10)) {
      read_batch(iterator);
    } else {
      move(iterator);
    }
  }
}

void HistoryRunner::walk_new() {
  HeldIterator iterator = make_iterator();
  iterators_.push_back(iterator);
  walk(iterators_.back(), static_cast<int>(random_.below(60)));
  if (random_.one_in(4) && iterators_.size() <= 3) return;
  wombat_iterator_destroy(iterators_.back().handle);
  iterators_.pop_back();
}

/// An iterator that has seen writes, flushes and compactions come and go shows what it showed.
void HistoryRunner::walk_held() {
  if (iterators_.empty()) return;
  HeldIterator& iterator = iterators_[random_.below(iterators_.size())];
  walk(iterator, static_cast<int>(random_.below(30)));
  if (!random_.one_in(8)) return;
  wombat_iterator_destroy(iterators_.front().handle);
  iterators_.pop_front();
}

void HistoryRunner::compare_all(wombat_db* db, const wombat_snapshot* snapshot, uint64_t version) {
  wombat_iterator_options options{};
  options.size = sizeof options;
  options.snapshot = snapshot;
  HeldIterator iterator{nullptr, ModelCursor(rows_here(version)), false, version, {}};
  check("wombat_iterator_create", wombat_iterator_create(db, &options, &iterator.handle, &error_));
  const std::unique_ptr<wombat_iterator, void (*)(wombat_iterator*)> owner(iterator.handle,
                                                                           wombat_iterator_destroy);
  for (const bool forward : {true, false}) {
    do {
      const void* key = nullptr;
      const void* value = nullptr;
      size_t key_size = 0;
      size_t value_size = 0;
      const auto step = forward ? wombat_iterator_next : wombat_iterator_prev;
      const wombat_status status = step(iterator.handle, &key, &key_size, &value, &value_size, &error_);
      iterator.cursor.step(forward);
      compare_row(iterator, status, as_bytes(key, key_size), as_bytes(value, value_size));
    } while (iterator.cursor.on_row());
  }
}

}  // namespace wombat
