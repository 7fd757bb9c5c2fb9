#include "db/db_iterator.h"

#include "db/read_sources.h"

namespace wombat {

namespace {

/// Entries in vain from which a scan has something to tell.
constexpr uint64_t kPassedMin = 4096;

bool are_usual(const IteratorSettings& settings) {
  return settings.fill_cache && settings.readahead_size_bytes == 0 && !settings.lower && !settings.upper;
}

std::unique_ptr<Iterator> sources_of(const EpochGuard& guard, ReadState& state, Timestamp at,
                                     const IteratorSettings& settings, bool are_usual) {
  std::unique_ptr<Iterator> kept = are_usual ? state.take_sources() : nullptr;
  if (kept != nullptr) return kept;
  return open_sources(guard, state, at,
                      {&settings.lower, &settings.upper, settings.fill_cache, settings.readahead_size_bytes});
}

/// The state is loaded before the timestamp, see read_state.h.
Timestamp time_to_read_at(const Db& db, const ReadStateRef&, const IteratorSettings& settings) {
  return settings.snapshot != 0 ? settings.snapshot : db.visible_timestamp();
}

}  // namespace

DbIterator::DbIterator(const EpochGuard& guard, std::shared_ptr<Db>&& db, Tree& tree,
                       const IteratorSettings& settings)
    : state_(&tree.read_state(guard)),
      at_(time_to_read_at(*db, state_, settings)),
      sources_are_usual_(are_usual(settings) && !state_->has_ranges()),
      rows_(sources_of(guard, *state_, at_, settings, sources_are_usual_), at_,
            {settings.lower, settings.upper}, db->read_rules(), settings.leaves_values),
      tree_id_(tree.id()) {
  db->statistics().add(Counter::kIterators);
  db_ = std::move(db);
}

DbIterator::~DbIterator() {
  if (rows_.passed_count() != 0) tell_what_was_passed();
  if (row_count_ != 0) db_->statistics().add(Counter::kRowsRead, row_count_);
  if (sources_are_usual_) state_->give_back(rows_.take_source());
}

/// A move that runs out of memory leaves the rows anywhere: the iterator has failed.
void DbIterator::run_out_of_memory() noexcept {
  rows_.fail(Status::no_memory());
  place_ = Place::kFailed;
}

/// A scan that has stepped over many entries that nobody sees asks for a compaction of what lies there.
void DbIterator::tell_what_was_passed() noexcept try {
  const uint64_t passed = rows_.passed_count();
  const uint64_t rows = row_count_ - rows_told_;
  rows_told_ = row_count_;
  db_->statistics().add(Counter::kPassedOver, passed);
  if (passed >= kPassedMin && passed >= rows / 2) {
    const std::shared_ptr<Tree> tree = db_->find_tree(tree_id_);
    if (tree != nullptr)
      tree->note_dead_ground(std::string(rows_.passed_first()), std::string(rows_.passed_last()));
  }
  rows_.forget_passed();
} catch (const std::bad_alloc&) {  // another scan will tell
}

template <typename Move>
void DbIterator::guarded_move(Move move) {
  try {
    move();
  } catch (const std::bad_alloc&) {
    run_out_of_memory();
  }
}

template <typename Move>
void DbIterator::timed_seek(Place end, Move move) {
  is_unread_ = false;
  if (rows_.passed_count() >= kPassedMin) tell_what_was_passed();
  const uint64_t started_ns = db_->begin_seek();
  guarded_move([&] {
    move();
    arrive(end);
  });
  if (started_ns != 0) db_->end_seek(started_ns);
}

void DbIterator::seek_first() {
  timed_seek(Place::kBehindLast, [&] { rows_.seek_first(); });
}

void DbIterator::seek_last() {
  timed_seek(Place::kBeforeFirst, [&] { rows_.seek_last(); });
}

void DbIterator::seek(Bytes key) {
  timed_seek(Place::kBehindLast, [&] { rows_.seek(key); });
}

void DbIterator::seek_for_prev(Bytes key) {
  timed_seek(Place::kBeforeFirst, [&] { rows_.seek_for_prev(key); });
}

void DbIterator::step_from_elsewhere(bool forward) {
  guarded_move([&] {
    if (is_unread_) {
      is_unread_ = false;
      if (forward == unread_forward_) return arrive(forward ? Place::kBehindLast : Place::kBeforeFirst);
      go_back();
    }
    if (place_ == Place::kFailed) return;
    was_new_ = place_ == Place::kNew;
    forward ? step_forward() : step_backward();
  });
}

void DbIterator::step_forward() {
  if (place_ == Place::kOnRow) {
    rows_.next();
  } else if (place_ != Place::kBehindLast) {
    rows_.seek_first();
  }
  arrive(Place::kBehindLast);
}

void DbIterator::step_backward() {
  if (place_ == Place::kOnRow) {
    rows_.prev();
  } else if (place_ != Place::kBeforeFirst) {
    rows_.seek_last();
  }
  arrive(Place::kBeforeFirst);
}

/// To where the iterator stood before the step that was taken back. A failure stays one.
void DbIterator::go_back() {
  if (place_ == Place::kFailed) return;
  if (was_new_) {
    place_ = Place::kNew;
    return;
  }
  if (unread_forward_) {
    rows_.valid() ? rows_.prev() : rows_.seek_last();
    arrive(Place::kBeforeFirst);
  } else {
    rows_.valid() ? rows_.next() : rows_.seek_first();
    arrive(Place::kBehindLast);
  }
}

uint64_t Db::begin_seek() {
  return statistics_.add(Counter::kSeeks) % 16 == 0 ? environment_.clock->now_ns() : 0;
}

void Db::end_seek(uint64_t started_ns) {
  statistics_.record(HistogramId::kSeekLatency, environment_.clock->now_ns() - started_ns);
}

Result<std::unique_ptr<DbIterator>> Db::new_iterator(const IteratorSettings& settings) {
  return default_tree_->new_iterator(settings);
}

Result<std::unique_ptr<DbIterator>> Tree::new_iterator(const IteratorSettings& settings) {
  std::shared_ptr<Db> shared = db_.shared_from_this();
  EpochGuard guard(process_epochs());
  if (settings.readahead_size_bytes == 0)
    return std::make_unique<DbIterator>(guard, std::move(shared), *this, settings);
  IteratorSettings granted = settings;
  const size_t runs = read_state(guard).runs.size();
  granted.readahead_size_bytes = db_.readahead_for(runs, settings.readahead_size_bytes);
  auto charge = std::make_unique<MemoryCharge>(MemoryAccount(db_.memory(), MemoryCategory::kIterators));
  charge->set(2 * runs * granted.readahead_size_bytes);  // the piece before is kept
  auto iterator = std::make_unique<DbIterator>(guard, std::move(shared), *this, granted);
  iterator->keep_charge(std::move(charge));
  return iterator;
}

}  // namespace wombat
