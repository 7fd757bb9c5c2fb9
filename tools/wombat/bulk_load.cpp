#include "bulk_load.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <thread>

#include "load_keyspaces.h"
#include "progress.h"
#include "run_sorter.h"
#include "terminal.h"

namespace wombat::cli {

namespace {

constexpr uint64_t kCheckStep = 1024;  // records between looks at the clock and at interrupts
constexpr unsigned kThreadsMax = 8;

[[noreturn]] void fail_cancelled() {
  throw Failure(ExitCode::kCancelled, "load", "cancelled", "nothing was loaded");
}

unsigned threads_of(const BulkSettings& bulk) {
  if (bulk.thread_count != 0) return static_cast<unsigned>(bulk.thread_count);
  return std::clamp(std::thread::hardware_concurrency(), 1u, kThreadsMax);
}

class BulkLoader {
 public:
  BulkLoader(const Database& db, Input& input, const BulkSettings& bulk, const Settings& settings)
      : input_(input),
        bulk_(bulk),
        settings_(settings),
        files_(bulk.temp_dir.empty() ? bulk_parent_of(db.path()) : bulk.temp_dir),
        keyspaces_(db, settings),
        sink_(files_, spaces_) {
    if (!bulk.is_sorted) sorter_.emplace(files_, spaces_, bulk.memory_bytes, threads_of(bulk));
  }

  LoadCounts run(RecordReader& reader) {
    const auto started = std::chrono::steady_clock::now();
    read(reader);
    ingest(bulk_.is_sorted ? finish_sink() : merge());
    counts_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    return counts_;
  }

 private:
  void read(RecordReader& reader) {
    Progress progress("load", Progress::Unit::kBytes, settings_);
    if (input_.total()) progress.set_total(*input_.total());
    Record record;
    for (uint64_t count = 1; next(reader, &record); ++count) {
      if (const std::optional<Failure> wrong = keyspaces_.check(input_, record)) fail_whole(*wrong);
      if (!keyspaces_.is_here(record) || spaces_.empty()) space_ = number_of(keyspaces_.enter(record));
      if (!record.is_keyspace_only) add(record);
      if (count % kCheckStep != 0) continue;
      progress.update(input_.offset());
      if (is_interrupted()) fail_cancelled();
    }
    if (is_interrupted()) fail_cancelled();
  }

  bool next(RecordReader& reader, Record* record) const {
    try {
      return reader.next(record);
    } catch (const Failure& failure) {
      fail_whole(failure);
    }
  }

  [[noreturn]] static void fail_whole(const Failure& failure) {
    throw Failure(failure.code(), "load", failure.what(), "nothing was loaded");
  }

  uint32_t number_of(wombat_db* handle) {
    const auto [found, is_new] = numbers_.emplace(handle, static_cast<uint32_t>(spaces_.size()));
    if (is_new) spaces_.push_back(std::make_unique<BulkSpace>(handle));
    return found->second;
  }

  void add(const Record& record) {
    uint64_t expires_at_us = record.expires_at_us.value_or(0);
    if (expires_at_us != 0 && expires_at_us <= wall_us()) {
      ++counts_.expired;
      return;
    }
    const uint64_t ttl_ms = spaces_[space_]->ttl_ms;
    if (!record.expires_at_us && ttl_ms != 0) expires_at_us = expiry_after(ttl_ms);
    counts_.bytes += record.key.size() + record.value.size();
    if (bulk_.is_sorted) {
      add_sorted(record, expires_at_us);
    } else {
      sorter_->add(space_, record.key, expires_at_us, record.value);
    }
  }

  static uint64_t expiry_after(uint64_t ttl_ms) {
    const uint64_t now_us = wall_us();
    return ttl_ms > (UINT64_MAX - 1 - now_us) / 1000 ? UINT64_MAX - 1 : now_us + ttl_ms * 1000;
  }

  void add_sorted(const Record& record, uint64_t expires_at_us) {
    place_.clear();
    append_space(space_, &place_);
    place_.append(record.key);
    if (counts_.records > 0 && last_place_.compare(0, kSpacePrefixSize, place_, 0, kSpacePrefixSize) == 0 &&
        place_ <= last_place_) {
      throw Failure(ExitCode::kMalformedInput,
                    "load: " + input_.name() + ", line " + std::to_string(input_.line_number()),
                    "key '" + escaped(record.key) + "' does not come after '" +
                        escaped(Bytes(last_place_).substr(kSpacePrefixSize)) + "'",
                    "sort the input, or use --sort instead of --sorted; nothing was loaded");
    }
    content_.clear();
    append_u64(expires_at_us, &content_);
    content_.append(record.value);
    sink_.add({place_, content_});
    last_place_.swap(place_);
    ++counts_.records;
  }

  std::vector<TableSink::File> finish_sink() {
    sink_.finish();
    return sink_.files();
  }

  std::vector<TableSink::File> merge() {
    Progress progress("merge", Progress::Unit::kRecords, settings_);
    std::vector<TableSink::File> files = sorter_->merge([&](uint64_t merged) { progress.update(merged); });
    counts_.records = sorter_->merged_count();
    return files;
  }

  void ingest(const std::vector<TableSink::File>& files) {
    std::map<uint32_t, std::vector<const char*>> paths;
    for (const TableSink::File& file : files) paths[file.space].push_back(file.path.c_str());
    for (const auto& [space, of_space] : paths) {
      wombat_db* const handle = spaces_[space]->handle;
      run_long_call("load", settings_, [&](const wombat_task_options* options, wombat_error* error) {
        return wombat_ingest(handle, of_space.data(), of_space.size(), WOMBAT_INGEST_REMOVE_FILES, options,
                             error);
      });
    }
  }

  Input& input_;
  const BulkSettings& bulk_;
  const Settings& settings_;
  BulkFiles files_;
  LoadKeyspaces keyspaces_;
  BulkSpaces spaces_;
  std::map<wombat_db*, uint32_t> numbers_;
  uint32_t space_ = 0;
  TableSink sink_;
  std::optional<RunSorter> sorter_;  // of input that is not sorted
  std::string place_;
  std::string last_place_;
  std::string content_;
  LoadCounts counts_;
};

}  // namespace

uint64_t wall_us() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since_1970).count());
}

LoadCounts bulk_load(const Database& db, Input& input, RecordReader& reader, const BulkSettings& bulk,
                     const Settings& settings) {
  return BulkLoader(db, input, bulk, settings).run(reader);
}

}  // namespace wombat::cli
