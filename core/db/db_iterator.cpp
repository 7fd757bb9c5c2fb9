#include "db/db_iterator.h"

#include "db/run_iterator.h"
#include "kv/merging_iterator.h"

namespace wombat {

namespace {

bool run_overlaps(const RunIndex& run, const IteratorSettings& settings) {
  if (run.tables.empty()) return false;
  if (settings.lower && run.tables.back()->info.largest_key < *settings.lower) return false;
  return !settings.upper || run.tables.front()->info.smallest_key < *settings.upper;
}

std::unique_ptr<Iterator> open_sources(ReadState& state, const IteratorSettings& settings) {
  TableReadOptions options;
  options.fill_cache = settings.fill_cache;
  options.readahead_size_bytes = settings.readahead_size_bytes;
  std::vector<std::unique_ptr<Iterator>> sources;
  sources.reserve(state.memtables.size() + state.runs.size());
  for (const MemtablePtr& memtable : state.memtables) {
    // The first one may be written to while these sources, or those who use them next, live.
    if (memtable == state.memtables.front() || memtable->entry_count() != 0)
      sources.push_back(memtable->new_iterator());
  }
  for (const RunIndex& run : state.runs) {
    if (run_overlaps(run, settings)) sources.push_back(make_run_iterator(run, options));
  }
  return make_merging_iterator(std::move(sources));
}

bool are_usual(const IteratorSettings& settings) {
  return settings.fill_cache && settings.readahead_size_bytes == 0 && !settings.lower && !settings.upper;
}

std::unique_ptr<Iterator> sources_of(ReadState& state, const IteratorSettings& settings) {
  std::unique_ptr<Iterator> kept = are_usual(settings) ? state.take_sources() : nullptr;
  return kept != nullptr ? std::move(kept) : open_sources(state, settings);
}

/// The state is loaded before the timestamp, see read_state.h.
Timestamp time_to_read_at(const Db& db, const ReadStateRef&, const IteratorSettings& settings) {
  return settings.snapshot != 0 ? settings.snapshot : db.visible_timestamp();
}

}  // namespace

DbIterator::DbIterator(const EpochGuard& guard, std::shared_ptr<Db>&& db, Tree& tree,
                       const IteratorSettings& settings)
    : state_(&tree.read_state(guard)),
      sources_are_usual_(are_usual(settings)),
      rows_(sources_of(*state_, settings), time_to_read_at(*db, state_, settings),
            {settings.lower, settings.upper}) {
  db->statistics().add(Counter::kIterators);
  db_ = std::move(db);
}

DbIterator::~DbIterator() {
  if (row_count_ != 0) db_->statistics().add(Counter::kRowsRead, row_count_);
  if (sources_are_usual_) state_->give_back(rows_.take_source());
}

/// A move that runs out of memory leaves the rows anywhere: the iterator has failed.
void DbIterator::run_out_of_memory() noexcept {
  rows_.fail(Status::no_memory());
  place_ = Place::kFailed;
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
  return std::make_unique<DbIterator>(guard, std::move(shared), *this, settings);
}

}  // namespace wombat
