/// Point reads of several keys at a time: the keys go through the memtables and runs side by side, step by step, so
/// that what each has to wait for is fetched while the others are worked on.
#include "base/hash.h"
#include "db/db.h"
#include "db/point_values.h"
#include "env/clock.h"

namespace wombat {

namespace {

/// A lookup that is not answered yet.
struct OpenLookup {
  Lookup* lookup;
  uint64_t hash;
  uint64_t prefix;
};

class GroupGet {
 public:
  GroupGet(const PointRead& read, const Deadline& deadline, ReadStripe& stripe, ReadRings& rings,
           Statistics& statistics)
      : read_(read),
        state_(read.state),
        at_(read.at),
        deadline_(deadline),
        stripe_(stripe),
        rings_(rings),
        statistics_(statistics) {}

  Status run(Lookup* lookups, size_t count) {
    WOMBAT_TRY(check_deadline());
    stripe_.add(ReadCounter::kGets, count);
    for (size_t i = 0; i < count; ++i) {
      lookups[i].value = FoundValue();
      lookups[i].value.state = &state_;
      lookups[i].found = false;
      lookups[i].status = Status::ok();
      open_[i] = {&lookups[i], hash_key(lookups[i].key), key_prefix(lookups[i].key)};
    }
    open_count_ = count;
    if (state_.has_ranges()) [[unlikely]] {
      WOMBAT_TRY(run_under_ranges());
      count_found(lookups, count);
      return Status::ok();
    }
    for (const MemtablePtr& memtable : state_.memtables) search_memtable(*memtable);
    for (const RunIndex& run : state_.runs) {
      if (open_count_ == 0) break;
      WOMBAT_TRY(search_run(run));
    }
    count_found(lookups, count);
    return Status::ok();
  }

 private:
  /// One step of a lookup in a table of the run that is searched.
  struct Step {
    OpenLookup* open;
    const TableReader* reader;
    TableReader::Probe probe;
  };

  /// One by one: what range deletes hide depends on where each key is met.
  Status run_under_ranges() {
    for (size_t i = 0; i < open_count_; ++i) {
      WOMBAT_TRY(check_deadline());
      OpenLookup& open = open_[i];
      Tag tag = 0;
      bool was_found = false;
      FoundValue& value = open.lookup->value;
      Status status =
          find_under_ranges(read_, open.lookup->key, open.hash, stripe_, &tag, &value, &was_found);
      if (!status) {
        fail(&open, std::move(status));
      } else if (was_found) {
        answer(&open, tag, value.value, value.frame);
      }
    }
    return Status::ok();
  }

  Status check_deadline() const {
    if (deadline_.at_us == 0 || !deadline_.has_passed(system_clock().now_us())) return Status::ok();
    return Status(Code::kTimedOut, "the time limit passed before all keys were looked up");
  }

  void search_memtable(const Memtable& memtable) {
    if (open_count_ == 0) return;
    OpenLookup* asked[kLookupGroupMax];
    Bytes keys[kLookupGroupMax];
    Memtable::Found hits[kLookupGroupMax];
    size_t count = 0;
    for (size_t i = 0; i < open_count_; ++i) {
      if (!memtable.may_contain(open_[i].hash)) continue;
      asked[count] = &open_[i];
      keys[count++] = open_[i].lookup->key;
    }
    if (count == 0) return;
    const uint32_t mask = memtable.get_group(keys, count, at_, hits);
    if (mask == 0) return;
    for (size_t i = 0; i < count; ++i) {
      if ((mask >> i & 1) == 0) continue;
      stripe_.add(ReadCounter::kMemtableHits);
      answer(asked[i], hits[i].tag, hits[i].value, nullptr);
    }
    drop_answered();
  }

  Status search_run(const RunIndex& run) {
    size_t count = begin_steps(run);
    size_t left = 0;
    for (size_t i = 0; i < count; ++i) {
      Step& step = steps_[i];
      if (step.reader->find_block(&step.probe, stripe_)) steps_[left++] = step;
    }
    count = left;
    for (size_t i = 0; i < count; ++i) steps_[i].reader->find_rows(&steps_[i].probe);
    size_t cold_count = 0;
    for (size_t i = 0; i < count; ++i) {
      cold_count += steps_[i].probe.frame == nullptr ? 1 : 0;
      steps_[i].reader->find_varying(steps_[i].probe);
    }
    if (cold_count > 1) [[unlikely]]
      WOMBAT_TRY(finish_cold(&count));
    for (size_t i = 0; i < count; ++i) WOMBAT_TRY(finish(steps_[i]));
    drop_answered();
    return Status::ok();
  }

  /// The lookups whose key is in the range of a table of the run.
  size_t begin_steps(const RunIndex& run) {
    size_t count = 0;
    for (size_t i = 0; i < open_count_; ++i) {
      OpenLookup& open = open_[i];
      OpenTable* const table = run.find(open.lookup->key, open.prefix);
      if (table == nullptr) continue;
      const TableReader* reader = table->reader_if_open();
      if (reader == nullptr) [[unlikely]] {
        Result<TableReader*> opened = table->reader();
        if (!opened) {
          fail(&open, std::move(opened).status());
          continue;
        }
        reader = *opened;
      }
      reader->prefetch_filter(open.hash);
      steps_[count++] = {&open, reader, {open.lookup->key, open.hash}};
    }
    return count;
  }

  /// Reads the blocks that are not in memory together and ends those steps; the others are left. What cannot be read
  /// fails its keys.
  [[gnu::noinline]] Status finish_cold(size_t* count) {
    WOMBAT_TRY(check_deadline());
    TableReader::Load loads[kLookupGroupMax];
    OpenLookup* cold[kLookupGroupMax];
    size_t cold_count = 0;
    size_t left = 0;
    for (size_t i = 0; i < *count; ++i) {
      if (steps_[i].probe.frame != nullptr) {
        steps_[left++] = steps_[i];
        continue;
      }
      cold[cold_count] = steps_[i].open;
      loads[cold_count].reader = steps_[i].reader;
      loads[cold_count++].probe = steps_[i].probe;
    }
    *count = left;
    TableReader::load_together(&rings_, loads, cold_count, read_.fill_cache);
    statistics_.add(Counter::kReadBatches);
    statistics_.add(Counter::kBatchedReads, cold_count);
    for (size_t i = 0; i < cold_count; ++i) {
      TableReader::Found hit;
      bool was_found = false;
      Status status = std::move(loads[i].status);
      if (status)
        status = loads[i].reader->finish(loads[i], at_, read_.fill_cache, stripe_, &hit, &was_found);
      accept(cold[i], std::move(status), hit, was_found);
    }
    return Status::ok();
  }

  Status finish(const Step& step) {
    if (step.probe.frame == nullptr) WOMBAT_TRY(check_deadline());  // it may have to read the file
    TableReader::Found hit;
    bool was_found = false;
    Status status = step.reader->finish(step.probe, at_, read_.fill_cache, stripe_, &hit, &was_found);
    accept(step.open, std::move(status), hit, was_found);
    return Status::ok();
  }

  void accept(OpenLookup* open, Status&& status, const TableReader::Found& hit, bool was_found) {
    if (!status) [[unlikely]] {
      fail(open, std::move(status));
    } else if (was_found) {
      answer(open, hit.tag, hit.value, hit.frame);
    }
  }

  void answer(OpenLookup* open, Tag tag, Bytes value, Frame* frame) {
    Lookup& lookup = *open->lookup;
    lookup.found = tag_kind(tag) == Kind::kPut;
    lookup.value.value = value;
    lookup.value.frame = frame;
    if (!lookup.found && tag_kind(tag) != Kind::kDelete) [[unlikely]]
      lookup.status = resolve_entry(read_, lookup.key, tag, &lookup.value, &lookup.found);
    open->lookup = nullptr;
  }

  void fail(OpenLookup* open, Status status) {
    open->lookup->status = std::move(status);
    open->lookup = nullptr;
  }

  void drop_answered() {
    size_t left = 0;
    for (size_t i = 0; i < open_count_; ++i)
      if (open_[i].lookup != nullptr) open_[left++] = open_[i];
    open_count_ = left;
  }

  void count_found(const Lookup* lookups, size_t count) {
    uint64_t found = 0;
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!lookups[i].found) continue;
      ++found;
      bytes += lookups[i].value.value.size();
    }
    stripe_.add(ReadCounter::kGetsFound, found);
    stripe_.add(ReadCounter::kGetBytes, bytes);
  }

  const PointRead read_;
  ReadState& state_;
  const Timestamp at_;
  const Deadline& deadline_;
  ReadStripe& stripe_;
  ReadRings& rings_;
  Statistics& statistics_;
  size_t open_count_ = 0;
  OpenLookup open_[kLookupGroupMax];
  Step steps_[kLookupGroupMax];
};

}  // namespace

Status Tree::get_group(const EpochGuard& guard, ReadState& state, Timestamp at, bool fill_cache,
                       const Deadline& deadline, Lookup* lookups, size_t count) {
  const PointRead read{guard, state, at, fill_cache, db_.rules_};
  GroupGet group(read, deadline, db_.read_counters_.stripe(guard.slot_index()), db_.tables_->read_rings(),
                 db_.statistics_);
  return group.run(lookups, count);
}

}  // namespace wombat
