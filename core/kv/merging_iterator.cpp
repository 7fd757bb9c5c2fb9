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
/// 3. If is_alone_ is set, no other source is valid.
class MergingIterator final : public Iterator {
 public:
  explicit MergingIterator(std::vector<std::unique_ptr<Iterator>> sources)
      : sources_(std::move(sources)), tree_(sources_.size()) {}

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
    Iterator& source = *sources_[tree_.winner()];
    leaf_ = this;  // what is true when the source throws
    source.next();
    replay_after_move(source);
  }

  void prev() override {
    WOMBAT_ASSERT(valid());
    if (direction_ != Direction::kBackward) [[unlikely]]
      return turn(Direction::kBackward);
    Iterator& source = *sources_[tree_.winner()];
    leaf_ = this;
    source.prev();
    replay_after_move(source);
  }

  void rest() override {
    leaf_ = this;
    for (const auto& source : sources_) source->rest();
  }

  Status status() const override { return status_; }

 private:
  enum class Direction { kForward, kBackward };
  static constexpr uint64_t kExhausted = ~uint64_t{0};
  static constexpr int kStepsBeforeSeek = 8;

  template <typename Position>
  void restart(Direction direction, const Position& position) {
    leaf_ = this;
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

  uint64_t prefix_of(const Iterator& source) const {
    const Iterator& entry = source.leaf();
    if (!entry.valid()) return kExhausted;
    const uint64_t prefix = key_prefix(entry.key());
    return direction_ == Direction::kForward ? prefix : ~prefix;
  }

  // Whether source a comes before source b in the present direction, when prefixes do not tell.
  bool comes_first(uint32_t a, uint32_t b) const {
    const Iterator& x = sources_[a]->leaf();
    const Iterator& y = sources_[b]->leaf();
    if (!x.valid() || !y.valid()) return x.valid();
    int order = compare_entries(x.key(), x.tag(), y.key(), y.tag());
    if (order == 0) order = a < b ? -1 : 1;
    return direction_ == Direction::kForward ? order < 0 : order > 0;
  }

  void build() {
    tree_.build([this](uint32_t i) { return prefix_of(*sources_[i]); },
                [this](uint32_t a, uint32_t b) { return comes_first(a, b); });
    size_t valid_count = 0;
    for (const auto& source : sources_) valid_count += source->valid();
    is_alone_ = valid_count == 1;
    show_winner();
  }

  void replay_after_move(Iterator& source) {
    if (!usable(source)) return;
    if (!is_alone_)
      tree_.replay(prefix_of(source), [this](uint32_t a, uint32_t b) { return comes_first(a, b); });
    show_winner();
  }

  // The winner is not valid when no source is.
  void show_winner() { leaf_ = &sources_[tree_.winner()]->leaf(); }

  // Brings the other sources to the far side of the current entry, then moves off it.
  void turn(Direction direction) {
    leaf_ = this;
    direction_ = direction;
    const uint32_t current = tree_.winner();
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
    for (int steps = 0; source.valid() && !comes_first(current, i); ++steps) {
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

  std::vector<std::unique_ptr<Iterator>> sources_;
  LoserTree tree_;
  Status status_;
  Direction direction_ = Direction::kForward;
  bool is_alone_ = false;
};

}  // namespace

std::unique_ptr<Iterator> make_merging_iterator(std::vector<std::unique_ptr<Iterator>> sources) {
  if (sources.empty()) return std::make_unique<EmptyIterator>();
  if (sources.size() == 1) return std::move(sources.front());
  return std::make_unique<MergingIterator>(std::move(sources));
}

}  // namespace wombat
