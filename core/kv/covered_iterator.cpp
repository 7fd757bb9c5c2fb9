#include "kv/covered_iterator.h"

#include "base/check.h"

namespace wombat {

namespace {

class CoveredIterator final : public Iterator {
 public:
  CoveredIterator(std::function<std::unique_ptr<Iterator>()> make_source, CoverSets sets, Timestamp at)
      : make_source_(std::move(make_source)), sets_(std::move(sets)), at_(at), source_(make_source_()) {}

  void seek_first() override {
    begin_seek();
    source_->seek_first();
    settle_forward();
  }
  void seek_last() override {
    begin_seek();
    source_->seek_last();
    settle_backward();
  }
  void aim(Bytes key) override {
    enter_segment(key);
    if (!hides_all_)
      source_->aim(key);
    else if (segment_.upper != nullptr)
      source_->aim(*segment_.upper);
  }
  void fetch() override {
    if (!hides_all_ || segment_.upper != nullptr) source_->fetch();
  }
  void seek(Bytes key, Tag tag) override {
    begin_seek();
    enter_segment(key);
    if (hides_all_) return pass_forward();
    source_->seek(key, tag);
    settle_forward();
  }
  void next() override {
    is_at_rest_ = true;
    source_->next();
    settle_forward();
  }
  void prev() override {
    is_at_rest_ = true;
    source_->prev();
    settle_backward();
  }
  /// Such rows are older than any range delete: all up to where the next one begins, and none inside of one.
  PlainRows plain_rows(bool forward, const Bytes* bound) override {
    if (!valid() || segment_.cover != 0) return {};
    const std::string* const edge = forward ? segment_.upper : segment_.lower;
    if (edge == nullptr) return source_->plain_rows(forward, bound);
    Bytes nearest(*edge);
    if (bound != nullptr && (compare_bytes(*bound, nearest) < 0) == forward) nearest = *bound;
    return source_->plain_rows(forward, &nearest);
  }
  void rest() override {
    end();
    source_->rest();
  }
  Status status() const override { return is_ended_ ? Status::ok() : source_->status(); }

 private:
  void begin_seek() {
    is_ended_ = false;
    is_at_rest_ = false;
  }

  /// A step has moved the source once, and the entry before, which it may still be asked for, allows no second move. So
  /// another iterator over the same source takes over; the two take turns. Stands nowhere then.
  bool takes_turn() {
    if (!is_at_rest_) return false;
    if (other_ == nullptr) other_ = make_source_();
    std::swap(source_, other_);
    is_at_rest_ = false;
    return true;
  }
  /// From a hidden entry to the next one in the direction.
  void step(const Iterator& entry, bool forward) {
    if (takes_turn()) {
      // Not to the tag itself: those of one commit are in no order. All of them are hidden alike.
      source_->seek(entry.key(), seek_tag(tag_timestamp(entry.tag())));
      if (!source_->valid()) return;
    }
    forward ? source_->next() : source_->prev();
  }

  /// Stands nowhere because nothing is left in this direction.
  void end() {
    is_ended_ = true;
    leaf_ = this;
  }

  static const std::string* greater(const std::string* a, const std::string* b) {
    if (a == nullptr || b == nullptr) return a == nullptr ? b : a;
    return *a < *b ? b : a;
  }
  static const std::string* lesser(const std::string* a, const std::string* b) {
    if (a == nullptr || b == nullptr) return a == nullptr ? b : a;
    return *b < *a ? b : a;
  }

  /// The stretch around `key` in which the same range deletes count.
  void enter_segment(Bytes key) {
    segment_ = {};
    is_in_segment_ = true;
    hides_all_ = false;
    for (const std::vector<RangeSetPtr>* sets : {&sets_.newer, &sets_.own}) {
      for (const RangeSetPtr& set : *sets) {
        const RangeSet::Segment part = set->segment(key, at_);
        segment_.lower = greater(segment_.lower, part.lower);
        segment_.upper = lesser(segment_.upper, part.upper);
        if (part.cover == 0) continue;
        if (part.cover > segment_.cover) segment_.cover = part.cover;
        hides_all_ |= sets == &sets_.newer;
      }
    }
  }

  /// The source stands on an entry, which may be hidden. Goes to the first one from there on that is not.
  void settle_forward() {
    for (;;) {
      leaf_ = &source_->leaf();
      const Iterator& entry = *leaf_;
      if (!entry.valid()) return;
      if (!is_in_segment_ || !segment_.holds(entry.key())) enter_segment(entry.key());
      if (segment_.cover == 0) return;
      if (hides_all_) return pass_forward();
      if (tag_timestamp(entry.tag()) >= segment_.cover) return;
      step(entry, true);
    }
  }
  /// Behind the segment, which hides all of the source.
  void pass_forward() {
    while (hides_all_) {
      if (segment_.upper == nullptr) return end();
      takes_turn();
      source_->seek(*segment_.upper, kTagMax);
      leaf_ = &source_->leaf();
      if (!leaf_->valid()) return;
      enter_segment(leaf_->key());
    }
    settle_forward();
  }

  void settle_backward() {
    for (;;) {
      leaf_ = &source_->leaf();
      const Iterator& entry = *leaf_;
      if (!entry.valid()) return;
      if (!is_in_segment_ || !segment_.holds(entry.key())) enter_segment(entry.key());
      if (segment_.cover == 0) return;
      if (hides_all_) {
        if (segment_.lower == nullptr) return end();
        takes_turn();
        source_->seek(*segment_.lower, kTagMax);
        if (source_->valid()) {
          source_->prev();
        } else if (source_->status().is_ok()) {
          source_->seek_last();
        }
        continue;
      }
      if (tag_timestamp(entry.tag()) >= segment_.cover) return;
      step(entry, false);
    }
  }

  const std::function<std::unique_ptr<Iterator>()> make_source_;
  const CoverSets sets_;
  const Timestamp at_;
  std::unique_ptr<Iterator> source_;
  std::unique_ptr<Iterator> other_;  // made when it is needed
  bool is_at_rest_ = false;          // source_ must not move again before the next step
  RangeSet::Segment segment_;
  bool is_in_segment_ = false;  // segment_ is one
  bool hides_all_ = false;
  bool is_ended_ = false;
};

}  // namespace

std::unique_ptr<Iterator> make_covered_iterator(std::function<std::unique_ptr<Iterator>()> make_source,
                                                CoverSets sets, Timestamp at) {
  if (sets.newer.empty() && sets.own.empty()) return make_source();
  return std::make_unique<CoveredIterator>(std::move(make_source), std::move(sets), at);
}

}  // namespace wombat
