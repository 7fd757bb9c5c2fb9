#include "db/read_sources.h"

#include "db/run_iterator.h"
#include "kv/covered_iterator.h"
#include "kv/merging_iterator.h"

namespace wombat {

namespace {

bool run_overlaps(const RunIndex& run, const SourceSettings& settings) {
  if (run.tables.empty()) return false;
  const bool has_lower = settings.lower != nullptr && settings.lower->has_value();
  const bool has_upper = settings.upper != nullptr && settings.upper->has_value();
  if (has_lower && run.tables.back()->info.largest_key < **settings.lower) return false;
  return !has_upper || run.tables.front()->info.smallest_key < **settings.upper;
}

/// Stands nowhere, because its sources could not be opened.
class FailedIterator final : public Iterator {
 public:
  explicit FailedIterator(Status status) : status_(std::move(status)) {}
  void seek_first() override {}
  void seek_last() override {}
  void seek(Bytes, Tag) override {}
  void next() override {}
  void prev() override {}
  Status status() const override { return status_; }

 private:
  const Status status_;
};

/// Collects sources, newest first, each under the range deletes of those before it.
class SourceList {
 public:
  SourceList(size_t size_max, Timestamp at) : at_(at) { sources_.reserve(size_max); }

  /// `make_source` empty: only range deletes.
  void add(std::function<std::unique_ptr<Iterator>()> make_source, std::vector<RangeSetPtr> own) {
    CoverSets sets;
    sets.newer = covers_;
    sets.own = own;
    covers_.insert(covers_.end(), own.begin(), own.end());
    if (make_source) sources_.push_back(make_covered_iterator(std::move(make_source), std::move(sets), at_));
  }
  std::unique_ptr<Iterator> merge() { return make_merging_iterator(std::move(sources_)); }

 private:
  const Timestamp at_;
  std::vector<std::unique_ptr<Iterator>> sources_;
  std::vector<RangeSetPtr> covers_;
};

}  // namespace

std::unique_ptr<Iterator> open_sources(const EpochGuard&, ReadState& state, Timestamp at,
                                       const SourceSettings& settings) {
  TableReadOptions options;
  options.fill_cache = settings.fill_cache;
  options.readahead_size_bytes = settings.readahead_size_bytes;
  SourceList list(state.memtables.size() + state.runs.size(), at);
  for (const MemtablePtr& memtable : state.memtables) {
    // The first one may be written to while these sources, or those who use them next, live.
    const bool is_read = memtable == state.memtables.front() || memtable->entry_count() != 0;
    std::vector<RangeSetPtr> ranges;
    if (!memtable->ranges().empty()) ranges = memtable->ranges().sets();
    std::function<std::unique_ptr<Iterator>()> make;
    if (is_read) make = [&memtable = *memtable] { return memtable.new_iterator(); };
    list.add(std::move(make), std::move(ranges));
  }
  for (const RunIndex& run : state.runs) {
    std::vector<RangeSetPtr> ranges;
    if (run.has_ranges) {
      Result<RangeSetPtr> loaded = state.ranges_of(run);
      if (!loaded) return std::make_unique<FailedIterator>(loaded.status());
      ranges.push_back(std::move(loaded).value());
    }
    std::function<std::unique_ptr<Iterator>()> make;
    if (run_overlaps(run, settings)) make = [&run, options] { return make_run_iterator(run, options); };
    list.add(std::move(make), std::move(ranges));
  }
  return list.merge();
}

}  // namespace wombat
