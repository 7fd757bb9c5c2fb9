#include "kv/merging_iterator.h"

#include "base/check.h"
#include "kv/key_prefix.h"
#include "kv/loser_tree.h"

namespace wombat {

namespace {

class EmptyIterator final : public Iterator {
 public:
  void seek_first() override {}
  void seek_last() override {}
  void seek(Bytes, Tag) override {}
  void next() override {}
  void prev() override {}
};

/// Invariants while valid:
/// 1. The tree's winner stands on the current entry, and its leaf is that of the merge.
/// 2. Going forward every other source stands on its first entry behind the current one, going backward on
/// its last
///    entry before it, in the order "key, tag, source"; a source without such an entry is not valid.
/// 3. The tree is played by those sources that were valid when it was built, in their order.
class MergingIterator final : public Iterator {
 public:
  explicit MergingIterator(std::vector<std::unique_ptr<Iterator>> sources)
      : sources_(std::move(sources)), tree_(sources_.size()) {
    players_.reserve(sources_.size());
  }

  void seek_first() override {
    restart(Direction::kForward, [](Iterator& source) { source.seek_first(); });
  }
  void seek_last() override {
    restart(Direction::kBackward, [](Iterator& source) { source.seek_last(); });
  }
  void seek(Bytes key, Tag tag) override {
    for (const auto& source : sources_) source->aim(key);
    for (const auto& source : sources_) source->fetch();
    restart(Direction::kForward, [&](Iterator& source) { source.seek(key, tag); });
  }

  void next() override {
    WOMBAT_ASSERT(valid());
    if (direction_ != Direction::kForward) [[unlikely]]
      return turn(Direction::kForward);
    if (alone_ != nullptr) {
      alone_->next();
      leaf_ = &alone_->leaf();
      return;
    }
    Iterator& source = *players_[tree_.winner()].source;
    leaf_ = this;  // what is true when the source throws
    source.next();
    replay_after_move(source);
  }

  void prev() override {
    WOMBAT_ASSERT(valid());
    if (direction_ != Direction::kBackward) [[unlikely]]
      return turn(Direction::kBackward);
    if (alone_ != nullptr) {
      alone_->prev();
      leaf_ = &alone_->leaf();
      return;
    }
    Iterator& source = *players_[tree_.winner()].source;
    leaf_ = this;
    source.prev();
    replay_after_move(source);
  }

  PlainRows plain_rows(bool forward, const Bytes* bound) override;

  void rest() override {
    leaf_ = this;
    alone_ = nullptr;
    for (const auto& source : sources_) source->rest();
  }

  Status status() const override { return alone_ != nullptr ? alone_->status() : status_; }

 private:
  enum class Direction { kForward, kBackward };
  static constexpr uint64_t kExhausted = ~uint64_t{0};
  static constexpr int kStepsBeforeSeek = 8;
  static constexpr size_t kPlainRowsMin = 4;

  template <typename Position>
  void restart(Direction direction, const Position& position) {
    leaf_ = this;
    alone_ = nullptr;
    status_ = Status::ok();
    direction_ = direction;
    for (const auto& source : sources_) {
      position(*source);
      if (!usable(*source)) return;
    }
    build();
  }

  // False when `source` ended because it failed.
  bool usable(const Iterator& source) {
    if (source.valid()) [[likely]]
      return true;
    status_ = source.status();
    return status_.is_ok();
  }

  uint64_t prefix_of(const Iterator& entry) const {
    const uint64_t prefix = key_prefix(entry.key());
    return direction_ == Direction::kForward ? prefix : ~prefix;
  }

  // Whether source a comes before source b in the present direction, when prefixes do not tell.
  bool comes_first(const Iterator& a, const Iterator& b, bool a_is_earlier) const {
    const Iterator& x = a.leaf();
    const Iterator& y = b.leaf();
    if (!x.valid() || !y.valid()) return x.valid();
    int order = compare_entries(x.key(), x.tag(), y.key(), y.tag());
    if (order == 0) order = a_is_earlier ? -1 : 1;
    return direction_ == Direction::kForward ? order < 0 : order > 0;
  }

  auto beats() const {
    return [this](uint32_t a, uint32_t b) {
      return comes_first(*players_[a].source, *players_[b].source, a < b);
    };
  }

  void build() {
    players_.clear();
    for (uint32_t i = 0; i < sources_.size(); ++i)
      if (sources_[i]->valid()) players_.push_back({sources_[i].get(), i});
    if (players_.empty()) return;
    tree_.build(
        static_cast<uint32_t>(players_.size()),
        [this](uint32_t i) { return prefix_of(players_[i].source->leaf()); }, beats());
    leaf_ = &players_[tree_.winner()].source->leaf();
    if (players_.size() == 1) alone_ = players_[0].source;
  }

  void replay_after_move(const Iterator& source) {
    const Iterator& entry = source.leaf();
    uint64_t prefix = kExhausted;
    if (entry.valid()) [[likely]] {
      prefix = prefix_of(entry);
    } else if (!usable(source)) {
      return;
    }
    tree_.replay(prefix, beats());
    leaf_ = &players_[tree_.winner()].source->leaf();  // not valid when none is
  }

  // Brings the other sources to the far side of the current entry, then moves off it.
  void turn(Direction direction) {
    leaf_ = this;
    alone_ = nullptr;
    direction_ = direction;
    const uint32_t current = players_[tree_.winner()].index;
    for (uint32_t i = 0; i < sources_.size(); ++i) {
      if (i == current) continue;
      pass_current(i, current);
      if (!usable(*sources_[i])) return;
    }
    Iterator& source = *sources_[current];
    if (direction == Direction::kForward)
      source.next();
    else
      source.prev();
    if (usable(source)) build();
  }

  // A step is nearly always enough. More are needed when entries were added to the source since it was
  // positioned; when there are many of them it seeks.
  void pass_current(uint32_t i, uint32_t current) {
    Iterator& source = *sources_[i];
    const bool forward = direction_ == Direction::kForward;
    if (!source.valid()) forward ? source.seek_first() : source.seek_last();
    for (int steps = 0; source.valid() && !comes_first(*sources_[current], source, current < i); ++steps) {
      if (steps == kStepsBeforeSeek)
        seek_current(source, *sources_[current]);
      else if (forward)
        source.next();
      else
        source.prev();
    }
  }

  // Leaves `source` one or a few steps away from where pass_current wants it, on the side it comes from.
  void seek_current(Iterator& source, const Iterator& current) {
    source.seek(current.key(), current.tag());
    if (direction_ == Direction::kForward) return;
    while (source.valid() && compare_entries(source.key(), source.tag(), current.key(), current.tag()) == 0) {
      source.next();
    }
    if (!source.valid() && source.status().is_ok()) source.seek_last();
  }

  struct Player {
    Iterator* source;
    uint32_t index;  // in sources_
  };

  std::vector<std::unique_ptr<Iterator>> sources_;
  std::vector<Player> players_;
  LoserTree tree_;
  Iterator* alone_ = nullptr;  // the only player: there is nothing to merge
  Status status_;
  Direction direction_ = Direction::kForward;
};

/// The winner goes on alone until it meets another source. Rows of it that are few are not worth the search.
Iterator::PlainRows MergingIterator::plain_rows(bool forward, const Bytes* bound) {
  const bool goes_on = forward == (direction_ == Direction::kForward);
  if (!goes_on || !valid()) return {};
  if (alone_ != nullptr) return alone_->plain_rows(forward, bound);
  Iterator& winner = *players_[tree_.winner()].source;
  const Iterator& next = players_[tree_.runner_up(beats())].source->leaf();
  if (!next.valid()) return winner.plain_rows(forward, bound);
  Bytes nearest = next.key();
  if (bound != nullptr && (compare_bytes(*bound, nearest) < 0) == forward) nearest = *bound;
  const PlainRows rows = winner.plain_rows(forward, &nearest);
  return rows.ends_at_bound && rows.count < kPlainRowsMin ? PlainRows{} : rows;
}

}  // namespace

std::unique_ptr<Iterator> make_merging_iterator(std::vector<std::unique_ptr<Iterator>> sources) {
  if (sources.empty()) return std::make_unique<EmptyIterator>();
  if (sources.size() == 1) return std::move(sources.front());
  return std::make_unique<MergingIterator>(std::move(sources));
}

}  // namespace wombat
