/// Named counters and histograms of one database. The lists below are the only ones: names, units and help of
/// the C API, of the text and JSON reports and of docs/monitoring come from them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/histogram.h"

namespace wombat {

// name in reports, identifier, help
#define WOMBAT_COUNTERS(X)                                                                                   \
  X("get.count", kGets, "point lookups, exists and multi_get keys included")                                 \
  X("get.found", kGetsFound, "point lookups that found a value")                                             \
  X("get.memtable_hit", kGetMemtableHits, "point lookups answered by a memtable")                            \
  X("get.bytes", kGetBytes, "value bytes returned by point lookups")                                         \
  X("filter.checked", kFilterChecked, "Bloom filter probes of tables")                                       \
  X("filter.useful", kFilterUseful, "Bloom filter probes that saved looking into a table")                   \
  X("cache.hit", kCacheHits, "blocks found in memory by point lookups")                                      \
  X("cache.miss", kCacheMisses, "blocks read from files into memory")                                        \
  X("cache.evicted", kCacheEvictions, "blocks dropped to stay within cache.size")                            \
  X("write.count", kWrites, "commits: single writes and batches")                                            \
  X("write.entries", kWriteEntries, "operations committed")                                                  \
  X("write.put", kPuts, "puts committed")                                                                    \
  X("write.delete", kDeletes, "deletes committed")                                                           \
  X("write.merge", kMerges, "merges committed")                                                              \
  X("write.delete_range", kRangeDeletes, "range deletes committed")                                          \
  X("write.bytes", kWriteBytes, "key and value bytes committed")                                             \
  X("write.groups", kWriteGroups, "groups of commits written to the log together")                           \
  X("write.delayed", kWritesDelayed, "commits slowed down because background work was behind")               \
  X("write.delayed_us", kWriteDelayMicros, "microseconds that commits were slowed down")                     \
  X("space.waits", kSpaceWaits, "commits that waited for space below space.max_amplification")               \
  X("space.waited_us", kSpaceWaitMicros, "microseconds that they waited")                                    \
  X("space.compactions", kSpaceCompactions, "compactions begun to free space below the ceiling")             \
  X("iterator.created", kIterators, "iterators opened")                                                      \
  X("iterator.seek", kSeeks, "iterator seeks")                                                               \
  X("iterator.rows", kRowsRead, "rows returned by iterators")                                                \
  X("iterator.passed_over", kPassedOver, "deletes and old versions that iterators stepped over")             \
  X("wal.bytes", kLogBytes, "bytes appended to the write-ahead log")                                         \
  X("wal.syncs", kLogSyncs, "syncs of the write-ahead log")                                                  \
  X("wal.files_created", kLogFiles, "log files begun")                                                       \
  X("flush.count", kFlushes, "memtables written to tables")                                                  \
  X("flush.bytes", kFlushBytes, "table bytes written by flushes")                                            \
  X("compaction.count", kCompactions, "compactions finished, trivial moves apart")                           \
  X("compaction.trivial_moves", kTrivialMoves, "tables moved to a deeper level without rewriting")           \
  X("compaction.failed", kCompactionsFailed, "flushes and compactions that failed")                          \
  X("compaction.read_bytes", kCompactionReadBytes, "table bytes read by compactions")                        \
  X("compaction.write_bytes", kCompactionWriteBytes, "table bytes written by compactions")                   \
  X("compaction.entries_dropped", kEntriesDropped, "overwritten and deleted entries removed by compactions") \
  X("compaction.entries_expired", kEntriesExpired, "expired values removed by flushes and compactions")      \
  X("compaction.entries_filtered", kEntriesFiltered, "entries that a compaction filter removed or changed")  \
  X("compaction.merges_folded", kMergesFolded, "merges worked out or joined by flushes and compactions")     \
  X("compaction.tables_covered", kTablesCovered, "tables removed unread because range deletes hid all")      \
  X("compaction.tables_dropped", kTablesDropped, "tables dropped by style fifo")                             \
  X("compaction.parts", kCompactionParts, "parts that large compactions were split into")                    \
  X("compaction.throttled_us", kThrottleMicros,                                                              \
    "microseconds that background writes waited for the throttle")                                           \
  X("cold.moved_bytes", kColdMovedBytes, "table bytes that moves to cold.directory read")                    \
  X("cold.moved_tables", kColdMovedTables, "tables moved to cold.directory")                                 \
  X("compression.blocks", kBlocksCompressed, "blocks written compressed")                                    \
  X("compression.blocks_plain", kBlocksLeftPlain, "blocks written as they are since they did not shrink")    \
  X("compression.raw_bytes", kBlockRawBytes, "bytes of blocks that a codec was tried on, before")            \
  X("compression.stored_bytes", kBlockStoredBytes, "bytes of the same blocks, after")                        \
  X("compression.dictionaries", kDictionaries, "tables written with a dictionary")                           \
  X("table.opened", kTablesOpened, "table files opened")                                                     \
  X("table.closed", kTablesClosed, "tables whose index and filter were dropped to stay within memory.limit") \
  X("table.deleted", kTablesDeleted, "table files removed after they were no longer needed")                 \
  X("value_log.deleted", kValueFilesDeleted, "value files removed after nothing pointed to them any more")   \
  X("value_log.moved_bytes", kValueMovedBytes, "bytes of values that reclaims and opens wrote again")        \
  X("value_log.read_bytes", kValueReadBytes, "bytes of values read from value files")                        \
  X("value_log.written_bytes", kValueWrittenBytes, "bytes of values that commits wrote to value files")      \
  X("io.batches", kReadBatches, "reads of multi_get that were issued together, as one")                      \
  X("io.batched_reads", kBatchedReads, "blocks that multi_get read together with others")                    \
  X("io.readahead_bytes", kReadAheadBytes, "bytes that scans read ahead of the block they needed")           \
  X("snapshot.created", kSnapshots, "snapshots taken")                                                       \
  X("error.corruption", kErrorsCorruption, "reads that met damaged bytes")                                   \
  X("error.io", kErrorsIo, "operations that failed in the operating system")                                 \
  X("error.no_space", kErrorsNoSpace, "operations that found the disk full")                                 \
  X("recovery.records", kRecoveryRecords, "log records replayed by open")                                    \
  X("recovery.dropped_bytes", kRecoveryDroppedBytes, "bytes of unsynced log tail that open ignored")

#define WOMBAT_HISTOGRAMS(X)                                                \
  X("get.ns", kGetLatency, "time of a point lookup, one in 64 sampled")     \
  X("write.ns", kWriteLatency, "time of a commit, one in 16 sampled")       \
  X("seek.ns", kSeekLatency, "time of an iterator seek, one in 16 sampled") \
  X("wal.sync_us", kLogSyncLatency, "time of a log sync")                   \
  X("wal.group_size", kGroupSize, "commits in a group")                     \
  X("flush.us", kFlushDuration, "time of a flush")                          \
  X("compaction.us", kCompactionDuration, "time of a compaction")           \
  X("write.delay_us", kDelayDuration, "time that a commit was slowed down")

enum class Counter : uint32_t {
#define WOMBAT_X(name, id, help) id,
  WOMBAT_COUNTERS(WOMBAT_X)
#undef WOMBAT_X
      kCount
};

enum class HistogramId : uint32_t {
#define WOMBAT_X(name, id, help) id,
  WOMBAT_HISTOGRAMS(WOMBAT_X)
#undef WOMBAT_X
      kCount
};

struct StatisticInfo {
  const char* name;
  const char* help;
};
StatisticInfo counter_info(Counter counter);
StatisticInfo histogram_info(HistogramId histogram);

/// Any thread. Counters are spread over stripes so that threads do not share cache lines.
class Statistics {
 public:
  /// Returns what this thread's stripe had counted before: good for sampling.
  uint64_t add(Counter counter, uint64_t amount = 1) noexcept;
  void record(HistogramId histogram, uint64_t value) noexcept;
  uint64_t total(Counter counter) const noexcept;
  HistogramSnapshot snapshot(HistogramId histogram) const;

 private:
  static constexpr size_t kStripeCount = 8;
  struct alignas(64) Stripe {
    std::array<std::atomic<uint64_t>, static_cast<size_t>(Counter::kCount)> counters{};
  };
  std::array<Stripe, kStripeCount> stripes_;
  std::array<Histogram, static_cast<size_t>(HistogramId::kCount)> histograms_;
};

}  // namespace wombat
