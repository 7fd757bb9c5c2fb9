/// Properties: what a database is like at this moment, by name.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>

#include "compaction/compaction_policy.h"
#include "db/db.h"
#include "db/report.h"

namespace wombat {

class PropertyReader {
 public:
  explicit PropertyReader(Tree& tree) : tree_(tree), db_(tree.db_) {
    EpochGuard guard(process_epochs());
    state_ = ReadStateRef(&tree.read_state(guard));
  }

  std::string memory_usage() {
    const MemoryBudget& memory = *db_.memory_;
    const MemoryShares shares = db_.memory_shares();
    std::string text = "{\"limit\":" + std::to_string(memory.limit()) +
                       ",\"is_automatic\":" + (shares.is_automatic ? "true" : "false") +
                       ",\"total\":" + std::to_string(memory.total()) +
                       ",\"peak\":" + std::to_string(memory.peak());
    for (size_t i = 0; i < kMemoryCategoryCount; ++i) {
      const auto category = static_cast<MemoryCategory>(i);
      text +=
          std::string(",\"") + memory_category_name(category) + "\":" + std::to_string(memory.used(category));
    }
    text += ",\"memtable_blocks_unused\":" +
            std::to_string(db_.memtable_blocks_->unused_count() * BlockPool::kBlockSize);
    text += ",\"sizes\":{";
    constexpr OptionId kSizes[] = {OptionId::kCacheSize, OptionId::kMemtableSize, OptionId::kNumMemtables};
    for (const OptionId id : kSizes)
      text += std::string(id == kSizes[0] ? "\"" : ",\"") + option_info(id).name +
              "\":" + std::to_string(db_.setting(id));
    return text + "}}";
  }
  std::string memory_total() { return std::to_string(db_.memory_->total()); }
  std::string memory_peak() { return std::to_string(db_.memory_->peak()); }
  std::string memory_limit() { return std::to_string(db_.memory_->limit()); }
  std::string cache_budget() { return std::to_string(db_.cache_->budget()); }
  std::string cache_usage() { return std::to_string(db_.cache_->usage()); }
  std::string cache_pinned() { return std::to_string(db_.cache_->pinned_usage()); }
  std::string memtable_bytes() {
    size_t bytes = 0;
    for (const MemtablePtr& memtable : state_->memtables) bytes += memtable->memory_usage();
    return std::to_string(bytes);
  }
  std::string memtable_count() { return std::to_string(state_->memtables.size()); }
  std::string table_index_bytes() {
    size_t bytes = 0;
    for_each_table([&](OpenTable& table) {
      const TableReaderRef reader = table.hold_if_open();
      if (reader.get() != nullptr) bytes += reader->memory_usage();
    });
    return std::to_string(bytes);
  }
  std::string table_count() { return std::to_string(state_->version->table_count()); }
  std::string disk_bytes() {
    uint64_t bytes = 0;
    const Result<std::vector<std::string>> names = db_.directory_->list();
    if (names) {
      for (const std::string& name : names.value()) {
        const Result<uint64_t> size = db_.directory_->file_size(name);
        if (size) bytes += size.value();
      }
    }
    return std::to_string(bytes);
  }
  /// Tables in cold.directory that trees name: how many, and their bytes.
  std::pair<uint64_t, uint64_t> cold() const {
    std::pair<uint64_t, uint64_t> sum;
    for (const std::shared_ptr<Tree>& tree : db_.all_trees()) {
      const VersionPtr version = tree->newest_version();
      for (const Level& level : version->levels) {
        for (const Run& run : level.runs) {
          for (const TablePtr& table : run.tables) {
            if (!table->info.is_cold) continue;
            ++sum.first;
            sum.second += table->info.file_size;
          }
        }
      }
    }
    return sum;
  }
  std::string cold_tables() { return std::to_string(cold().first); }
  std::string cold_bytes() { return std::to_string(cold().second); }
  std::string space() { return db_.space_usage(); }
  std::string table_bytes() { return std::to_string(state_->version->bytes()); }
  std::string data_bytes() {
    uint64_t bytes = 0;
    for_each_table([&](OpenTable& table) { bytes += table.info.key_bytes + table.info.value_bytes; });
    return std::to_string(bytes);
  }
  std::string entries() {
    uint64_t entries = 0;
    for (const MemtablePtr& memtable : state_->memtables) entries += memtable->entry_count();
    for_each_table([&](OpenTable& table) { entries += table.info.entry_count; });
    return std::to_string(entries);
  }
  std::string deletes() {
    uint64_t deletes = 0;
    for_each_table([&](OpenTable& table) { deletes += table.info.delete_count; });
    return std::to_string(deletes);
  }
  std::string expiring() {
    uint64_t expiring = 0;
    for_each_table([&](OpenTable& table) { expiring += table.info.expiring_count; });
    return std::to_string(expiring);
  }
  std::string levels() {
    std::string text;
    for (size_t i = 0; i < state_->version->levels.size(); ++i) {
      const Level& level = state_->version->levels[i];
      text += "level " + std::to_string(i) + ": " + std::to_string(level.runs.size()) + " runs, " +
              std::to_string(level.table_count()) + " tables, " + std::to_string(level.bytes()) + " bytes\n";
    }
    return text;
  }
  std::string tables() {
    std::string text;
    for (size_t i = 0; i < state_->version->levels.size(); ++i) {
      for (const Run& run : state_->version->levels[i].runs) {
        for (const TablePtr& table : run.tables) {
          text += "level " + std::to_string(i) + " run " + std::to_string(run.id) + " " +
                  file_name(FileKind::kTable, table->info.number) + ": " +
                  std::to_string(table->info.file_size) + " bytes, " +
                  std::to_string(table->info.entry_count) + " entries, " +
                  std::to_string(table->info.delete_count) + " deletes\n";
        }
      }
    }
    return text;
  }
  /// A line for each level and codec. Opens all tables.
  std::string compression() {
    std::string text;
    for (size_t i = 0; i < state_->version->levels.size(); ++i) {
      std::map<std::string, CompressionSum> sums;
      for (const Run& run : state_->version->levels[i].runs)
        for (const TablePtr& table : run.tables) add_compression(as_open(table), &sums);
      for (const auto& [what, sum] : sums)
        text += "level " + std::to_string(i) + ": " + what + ", " + sum.text() + "\n";
    }
    return text;
  }
  std::string debt() { return std::to_string(compaction_debt(*state_->version, tree_.compaction_options())); }
  std::string jobs() {
    std::lock_guard lock(db_.mutex_);
    return std::to_string(db_.compactions_running_ + db_.flushes_running_);
  }
  std::string level_list() {
    return levels_as_json(*state_->version, tree_.traffics_, tree_.flushed_bytes_.load());
  }
  std::string job_list() { return db_.job_log_.to_json(db_.environment_.clock->now_us()); }
  std::string is_paused() {
    std::lock_guard lock(db_.mutex_);
    return db_.pause_count_ != 0 ? "1" : "0";
  }
  std::string failure() {
    const Status status = db_.background_status();
    return status ? "" : status.to_string();
  }
  std::string is_degraded() { return db_.is_degraded_.load() ? "1" : "0"; }
  std::string last_timestamp() { return std::to_string(db_.visible_timestamp()); }
  std::string oldest_timestamp() { return std::to_string(db_.history_horizon_.load()); }
  std::string prepared_count() { return std::to_string(db_.prepared_names().size()); }
  std::string snapshot_count() { return std::to_string(db_.snapshots_.count()); }
  std::string snapshot_oldest() { return std::to_string(db_.snapshots_.oldest()); }
  std::string value_files() { return std::to_string(db_.values_->numbers().size()); }
  std::string value_bytes() { return std::to_string(db_.values_->bytes()); }
  std::string live_value_bytes() {
    uint64_t bytes = 0;
    for (const auto& [number, use] : db_.value_file_uses()) bytes += use.live_bytes;
    return std::to_string(bytes);
  }
  std::string log_count() { return std::to_string(db_.wal_ == nullptr ? 0 : db_.wal_->file_count()); }
  std::string open_files() { return std::to_string(db_.descriptors_->open_count()); }
  std::string path() { return db_.path(); }
  std::string database_id() {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const uint8_t byte : db_.database_id_) {
      text += kDigits[byte >> 4];
      text += kDigits[byte & 15];
    }
    return text;
  }
  std::string keyspace_name() { return tree_.name(); }
  std::string keyspace_options() { return tree_.own_options(); }
  std::string keyspace_count() { return std::to_string(db_.keyspace_count()); }
  std::string incarnation() { return std::to_string(db_.manifest_->incarnation()); }

 private:
  void for_each_table(const std::function<void(OpenTable&)>& visit) {
    for (const RunIndex& run : state_->runs)
      for (OpenTable* table : run.tables) visit(*table);
  }

  struct CompressionSum {
    uint64_t tables = 0;
    uint64_t blocks = 0;
    uint64_t compressed = 0;
    uint64_t raw_bytes = 0;
    uint64_t stored_bytes = 0;

    std::string text() const {
      char ratio[32];
      std::snprintf(
          ratio, sizeof ratio, "%.2f",
          static_cast<double>(raw_bytes) / static_cast<double>(std::max<uint64_t>(stored_bytes, 1)));
      return std::to_string(tables) + " tables, " + std::to_string(compressed) + " of " +
             std::to_string(blocks) + " blocks compressed, " + std::to_string(raw_bytes) + " bytes in " +
             std::to_string(stored_bytes) + ", ratio " + ratio;
    }
  };
  /// Tables that cannot be opened count as such.
  static void add_compression(OpenTable& table, std::map<std::string, CompressionSum>* sums) {
    Result<TableReaderRef> reader = table.hold();
    std::string what = "unreadable";
    TableCompression found;
    if (reader) {
      found = (*reader)->properties().compression;
      what = codec_name(found.codec);
      if (found.level >= 0) what += ":" + std::to_string(found.level);
      if (found.dictionary_bytes != 0) what += " with dictionary";
    }
    CompressionSum& sum = (*sums)[what];
    ++sum.tables;
    sum.blocks += found.block_count;
    sum.compressed += found.compressed_count;
    sum.raw_bytes += found.frame_bytes;
    sum.stored_bytes += found.stored_bytes;
  }

  Tree& tree_;
  Db& db_;
  ReadStateRef state_;
};

namespace {

struct Property {
  const char* name;
  const char* help;
  std::string (PropertyReader::*read)();
};

constexpr Property kProperties[] = {
    {"background.failure",
     "what made the last flush or compaction fail, or writes be refused; empty: nothing",
     &PropertyReader::failure},
    {"background.is_degraded", "1: writes are refused until the database is reopened",
     &PropertyReader::is_degraded},
    {"background.jobs", "flushes and compactions that are running", &PropertyReader::jobs},
    {"cold.bytes", "bytes of tables in cold.directory, of all keyspaces", &PropertyReader::cold_bytes},
    {"cold.tables", "tables in cold.directory, of all keyspaces", &PropertyReader::cold_tables},
    {"compaction.debt_bytes", "bytes that wait to be compacted", &PropertyReader::debt},
    {"compaction.is_paused", "1: no compaction is begun until wombat_compaction_resume",
     &PropertyReader::is_paused},
    {"compaction.jobs", "background jobs that run, and the last ones that ended, as JSON",
     &PropertyReader::job_list},
    {"compaction.levels",
     "each level that has or had tables as JSON: its size, what jobs read and wrote since open, and that "
     "beside what "
     "flushes wrote",
     &PropertyReader::level_list},
    {"compression", "codec, tables, blocks, bytes before and after for each level, a line each",
     &PropertyReader::compression},
    {"data.bytes", "bytes of keys and values in tables, before compression", &PropertyReader::data_bytes},
    {"database.id", "identity of the database", &PropertyReader::database_id},
    {"database.incarnation", "how often the database was opened for writing", &PropertyReader::incarnation},
    {"database.path", "directory", &PropertyReader::path},
    {"disk.bytes", "bytes of all files", &PropertyReader::disk_bytes},
    {"disk.open_files", "table files open now", &PropertyReader::open_files},
    {"disk.table_bytes", "bytes of tables", &PropertyReader::table_bytes},
    {"entries.count", "entries in memtables and tables, overwritten ones and deletes included",
     &PropertyReader::entries},
    {"entries.deletes", "deletes in tables", &PropertyReader::deletes},
    {"entries.expiring", "entries in tables that expire", &PropertyReader::expiring},
    {"history.oldest", "timestamp of the oldest commit that can still be asked for",
     &PropertyReader::oldest_timestamp},
    {"keyspace.name", "the keyspace that the handle stands for", &PropertyReader::keyspace_name},
    {"keyspace.options", "options that the keyspace has its own values of, name=value, a line each",
     &PropertyReader::keyspace_options},
    {"keyspaces.count", "keyspaces, the default one included", &PropertyReader::keyspace_count},
    {"levels", "runs, tables and bytes of each level, a line each", &PropertyReader::levels},
    {"memory.cache", "bytes of blocks in memory", &PropertyReader::cache_usage},
    {"memory.cache_budget", "bytes of blocks that may be in memory", &PropertyReader::cache_budget},
    {"memory.cache_pinned", "bytes of blocks that iterators and pins hold", &PropertyReader::cache_pinned},
    {"memory.limit",
     "bytes that all of it may take; memory.limit, or what that comes to when it is automatic",
     &PropertyReader::memory_limit},
    {"memory.memtables", "bytes of memtables", &PropertyReader::memtable_bytes},
    {"memory.table_indexes", "bytes of indexes and filters of open tables",
     &PropertyReader::table_index_bytes},
    {"memory.peak", "the largest memory.total since the database was opened", &PropertyReader::memory_peak},
    {"memory.total", "bytes of memory that are counted against the limit", &PropertyReader::memory_total},
    {"memory.usage", "memory by category, its limit, peak, and the sizes that follow from the limit, as JSON",
     &PropertyReader::memory_usage},
    {"memtables.count", "memtables, the active one included", &PropertyReader::memtable_count},
    {"prepared.count", "prepared transactions that wait for a decision", &PropertyReader::prepared_count},
    {"snapshots.count", "snapshots that are held", &PropertyReader::snapshot_count},
    {"snapshots.oldest", "timestamp of the oldest snapshot; 0: none", &PropertyReader::snapshot_oldest},
    {"space.usage",
     "bytes of files by kind, live bytes, their relation, the ceiling and the state beside it (off, below, "
     "near, "
     "full, over), as JSON",
     &PropertyReader::space},
    {"tables", "every table, a line each", &PropertyReader::tables},
    {"tables.count", "tables", &PropertyReader::table_count},
    {"timestamp.last", "timestamp of the newest commit", &PropertyReader::last_timestamp},
    {"value_log.bytes", "bytes of value files", &PropertyReader::value_bytes},
    {"value_log.files", "value files", &PropertyReader::value_files},
    {"value_log.live_bytes", "bytes of values that entries of tables point to",
     &PropertyReader::live_value_bytes},
    {"wal.files", "log files", &PropertyReader::log_count},
};

}  // namespace

size_t property_count() { return std::size(kProperties); }

StatisticName property_name(size_t index) { return {kProperties[index].name, kProperties[index].help}; }

bool property_opens_tables(size_t index) { return kProperties[index].read == &PropertyReader::compression; }

Result<std::string> Tree::property(std::string_view name) {
  const char* names[std::size(kProperties)];
  for (size_t i = 0; i < std::size(kProperties); ++i) {
    names[i] = kProperties[i].name;
    if (name == names[i]) return (PropertyReader(*this).*kProperties[i].read)();
  }
  return Status::invalid_argument("no property is named '" + std::string(name) + "'; the nearest is '" +
                                  std::string(nearest_name(name, names, std::size(names))) + "'");
}

}  // namespace wombat
