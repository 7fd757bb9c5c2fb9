/// Test sources: sorted entries in a vector, seen through an iterator that is as strict as the contract
/// allows.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "kv/iterator.h"

namespace wombat::test {

struct TestEntry {
  std::string key;
  Tag tag = 0;
  std::string value;
  bool operator==(const TestEntry&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const TestEntry& entry) {
  return out << escape_bytes(entry.key) << '@' << tag_timestamp(entry.tag) << '/' << (entry.tag & 0xFF) << '='
             << escape_bytes(entry.value, 16);
}

inline bool entry_less(const TestEntry& a, const TestEntry& b) {
  return compare_entries(a.key, a.tag, b.key, b.tag) < 0;
}

using EntryList = std::vector<TestEntry>;

/// A short key from a small alphabet, so that prefixes, zero bytes and 0xFF bytes often tie.
inline std::string random_key(Random& random, size_t size_max = 11) {
  static constexpr char kAlphabet[] = {'\0', 'a', 'b', '\xFF'};
  std::string key(random.one_in(3) ? 8 : 0, random.one_in(2) ? 'p' : '\xFF');
  const size_t size = random.below(size_max - 7);
  for (size_t i = 0; i < size; ++i) key.push_back(kAlphabet[random.below(sizeof kAlphabet)]);
  return key;
}

inline const Tag kSettledTag = make_tag(0, Kind::kPut);

/// Views are copies that the second step after them, or a seek, frees, so that the address sanitizer finds those that
/// are kept too long. May fail at a chosen move, and counts moves. Like a table it has blocks, and knows of plain rows
/// in them.
class EntryListIterator final : public Iterator {
 public:
  static constexpr int kNever = -1;
  explicit EntryListIterator(EntryList entries, int fail_at_move = kNever, size_t* moves = nullptr)
      : entries_(std::move(entries)), fail_at_move_(fail_at_move), moves_(moves) {
    std::stable_sort(entries_.begin(), entries_.end(), entry_less);
  }

  void seek_first() override { seek_to(0); }
  void seek_last() override { seek_to(entries_.size() - 1); }
  void seek(Bytes key, Tag tag) override {
    const TestEntry target = {std::string(key), tag, ""};
    seek_to(static_cast<size_t>(std::lower_bound(entries_.begin(), entries_.end(), target, entry_less) -
                                entries_.begin()));
  }
  void next() override {
    ASSERT_TRUE(valid_);
    show(position_ + 1);
  }
  void prev() override {
    ASSERT_TRUE(valid_);
    show(position_ - 1);
  }
  PlainRows plain_rows(bool forward, const Bytes* bound) override {
    if (!valid_ || fail_at_move_ != kNever || !is_settled(position_)) return {};
    PlainRows rows = {this};
    const size_t step = forward ? 1 : ~size_t{0};  // past the first entry comes a position that is none
    for (size_t at = position_ + step; at / kBlockSize == position_ / kBlockSize && is_settled(at);
         at += step) {
      const std::string& key = entries_[at].key;
      rows.ends_at_bound = bound != nullptr && (forward ? key >= *bound : key <= *bound);
      const size_t beyond = at + step;
      const bool repeats =
          key == entries_[at - step].key || (beyond < entries_.size() && key == entries_[beyond].key);
      if (rows.ends_at_bound || repeats) break;
      ++rows.count;
    }
    return rows;
  }
  Status status() const override { return failed_ ? Status::corruption("chosen failure") : Status::ok(); }

 private:
  static constexpr size_t kBlockSize = 12;

  bool is_settled(size_t at) const { return at < entries_.size() && entries_[at].tag == kSettledTag; }

  struct Copies {
    std::unique_ptr<char[]> key;
    std::unique_ptr<char[]> value;
  };

  void seek_to(size_t position) {
    shown_ = {};
    show(position);
    shown_before_ = {};
  }
  void show(size_t position) {
    if (moves_ != nullptr) ++*moves_;
    failed_ = fail_at_move_ != kNever && move_++ == fail_at_move_;
    position_ = position;
    valid_ = !failed_ && position < entries_.size();
    shown_before_ = std::move(shown_);
    shown_ = {};
    if (!valid_) return;
    const TestEntry& entry = entries_[position];
    key_ = copy(entry.key, &shown_.key);
    value_ = copy(entry.value, &shown_.value);
    tag_ = entry.tag;
  }
  static Bytes copy(const std::string& from, std::unique_ptr<char[]>* to) {
    *to = std::make_unique<char[]>(from.size());
    std::copy(from.begin(), from.end(), to->get());
    return Bytes(to->get(), from.size());
  }

  EntryList entries_;
  int fail_at_move_;
  size_t* moves_;
  int move_ = 0;
  size_t position_ = 0;
  bool failed_ = false;
  Copies shown_;
  Copies shown_before_;
};

inline TestEntry entry_of(const Iterator& iterator) {
  return {std::string(iterator.key()), iterator.tag(), std::string(iterator.value())};
}

}  // namespace wombat::test
