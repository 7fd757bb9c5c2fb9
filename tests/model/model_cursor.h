/// What an iterator over known rows should do: the rules of wombat.h over a plain array.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "support/model_database.h"

namespace wombat {

class ModelCursor {
 public:
  explicit ModelCursor(const ModelRows& rows) : rows_(rows.begin(), rows.end()) {}

  void first() { go_to(0); }
  void last() { go_to(size() - 1); }
  void seek(const std::string& target) {
    const auto row = std::lower_bound(rows_.begin(), rows_.end(), target,
                                      [](const Row& r, const std::string& t) { return r.first < t; });
    go_to(row - rows_.begin());
  }
  void seek_for_prev(const std::string& target) {
    const auto row = std::upper_bound(rows_.begin(), rows_.end(), target,
                                      [](const std::string& t, const Row& r) { return t < r.first; });
    go_to(row - rows_.begin() - 1);
  }
  void step(bool forward) { go_to(next_place(forward)); }

  bool on_row() const { return !is_new_ && is_row(place_); }
  const std::string& key() const { return rows_[static_cast<size_t>(place_)].first; }
  const std::string& value() const { return rows_[static_cast<size_t>(place_)].second; }
  /// The row that step() would come to, or null.
  const std::pair<std::string, std::string>* peek(bool forward) const {
    const ptrdiff_t place = next_place(forward);
    return is_row(place) ? &rows_[static_cast<size_t>(place)] : nullptr;
  }

 private:
  using Row = std::pair<std::string, std::string>;
  ptrdiff_t size() const { return static_cast<ptrdiff_t>(rows_.size()); }
  bool is_row(ptrdiff_t place) const { return place >= 0 && place < size(); }
  ptrdiff_t next_place(bool forward) const {
    if (is_new_) return forward ? 0 : size() - 1;
    return std::clamp<ptrdiff_t>(place_ + (forward ? 1 : -1), -1, size());
  }
  void go_to(ptrdiff_t place) {
    place_ = place;
    is_new_ = false;
  }

  std::vector<Row> rows_;
  ptrdiff_t place_ = -1;  // -1: before the first row; size(): behind the last
  bool is_new_ = true;
};

}  // namespace wombat
