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

}  // namespace

std::unique_ptr<Iterator> DbIterator::open_sources(ReadState& state, const IteratorSettings& settings) {
  TableReadOptions options;
  options.fill_cache = settings.fill_cache;
  options.readahead_size_bytes = settings.readahead_size_bytes;
  std::vector<std::unique_ptr<Iterator>> sources;
  for (const MemtablePtr& memtable : state.memtables) {
    if (memtable->entry_count() != 0) sources.push_back(memtable->new_iterator());
  }
  for (const RunIndex& run : state.runs) {
    if (run_overlaps(run, settings)) sources.push_back(make_run_iterator(run.tables, options));
  }
  return make_merging_iterator(std::move(sources));
}

DbIterator::DbIterator(std::shared_ptr<Db> db, ReadStateRef state, Timestamp at,
                       const IteratorSettings& settings)
    : db_(std::move(db)),
      state_(std::move(state)),
      rows_(open_sources(*state_, settings), at, {settings.lower, settings.upper}) {}

DbIterator::~DbIterator() {
  if (row_count_ != 0) db_->statistics().add(Counter::kRowsRead, row_count_);
}

/// A move that runs out of memory leaves the rows anywhere: the iterator has failed.
template <typename Move>
void DbIterator::guarded_move(Move move) {
  try {
    move();
  } catch (const std::bad_alloc&) {
    rows_.fail(Status::no_memory());
    place_ = Place::kFailed;
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

void DbIterator::step(bool forward) {
  guarded_move([&] {
    if (is_unread_) [[unlikely]] {
      is_unread_ = false;
      if (forward == unread_forward_) return arrive(forward ? Place::kBehindLast : Place::kBeforeFirst);
      go_back();
    }
    if (place_ == Place::kFailed) [[unlikely]]
      return;
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
  statistics_.add(Counter::kSeeks);
  return seek_count_.fetch_add(1, std::memory_order_relaxed) % 16 == 0 ? environment_.clock->now_ns() : 0;
}

void Db::end_seek(uint64_t started_ns) {
  statistics_.record(HistogramId::kSeekLatency, environment_.clock->now_ns() - started_ns);
}

Result<std::unique_ptr<DbIterator>> Db::new_iterator(const IteratorSettings& settings) {
  ReadStateRef state;
  Timestamp at = settings.snapshot;
  {
    EpochGuard guard(process_epochs());
    state = ReadStateRef(&read_state(guard));  // before the timestamp, see read_state.h
    if (at == 0) at = visible_timestamp();
  }
  statistics_.add(Counter::kIterators);
  return std::make_unique<DbIterator>(shared_from_this(), std::move(state), at, settings);
}

}  // namespace wombat
