/// The only list of options. The C API's enumeration, `wombat options`, docs/configuration.md and the
/// constants of the bindings come from it. An option that a later version fills is listed as unsupported: its
/// default is accepted, anything else answers kUnsupported.
///
/// X(id, name, type, default, minimum, maximum, choices, is_mutable, is_supported, help), ordered by name.
#pragma once

#include <cstdint>

namespace wombat {

enum class OptionType : int32_t { kBool = 0, kInteger = 1, kSize = 2, kChoice = 3, kText = 4, kReal = 5 };

inline constexpr int64_t kMiB = int64_t{1} << 20;
inline constexpr int64_t kGiB = int64_t{1} << 30;
inline constexpr int64_t kTiB = int64_t{1} << 40;

// clang-format off
#define WOMBAT_OPTIONS(X)                                                                                              \
  X(kBackgroundNice, "background.nice", kInteger, "10", 0, 19, "", false, true,                                         \
    "added to the nice value of threads that flush and compact: who waits for an answer goes first")                    \
  X(kBackupRetention, "backup.retention_days", kInteger, "7", 0, 36500, "", false, false,                               \
    "days that backups are kept")                                                                                       \
  X(kCacheCompressedSize, "cache.compressed_size", kSize, "0", 0, kTiB, "", false, false,                               \
    "memory for blocks kept compressed")                                                                                \
  X(kCachePolicy, "cache.policy", kChoice, "clock", 0, 0, "clock|lru|lfu|arc", false, true,                             \
    "how a block to drop is chosen; only clock is built")                                                               \
  X(kCacheRowSize, "cache.row_size", kSize, "0", 0, kTiB, "", false, false,                                             \
    "memory for single hot rows")                                                                                       \
  X(kCacheSize, "cache.size", kSize, "256MiB", 0, 16 * kTiB, "", true, true,                                            \
    "memory for blocks of tables")                                                                                      \
  X(kCheckpointInterval, "checkpoint.interval_s", kInteger, "300", 0, 1000000, "", true, true,                          \
    "a memtable older than this is written to a table, so that logs stay short; 0: never")                              \
  X(kChecksumKind, "checksum.kind", kChoice, "xxh3", 0, 0, "xxh3|crc32|none", false, true,                              \
    "checksum of blocks; only xxh3 is built")                                                                           \
  X(kChecksumVerifyReads, "checksum.verify_reads", kBool, "true", 0, 1, "", false, true,                                \
    "check a block's checksum whenever it is read from a file")                                                         \
  X(kColdAge, "cold.age_s", kInteger, "0", 0, kTiB, "", true, true,                                                     \
    "seconds after its newest write that a table goes to cold.directory; 0: never")                                     \
  X(kColdDirectory, "cold.directory", kText, "", 0, 0, "", false, true,                                                 \
    "directory for old and deep tables, see cold.level and cold.age_s; empty: the database's own")                      \
  X(kColdLevel, "cold.level", kInteger, "0", 0, 64, "", true, true,                                                     \
    "tables of this level and below are made in cold.directory; 0: none for its level")                                 \
  X(kCompactionBucketHigh, "compaction.bucket_high", kReal, "1.5", 1000, 100000, "", true, true,                       \
    "size_tiered: a run is like others when it has at most this share of their mean size")                             \
  X(kCompactionBucketLow, "compaction.bucket_low", kReal, "0.5", 1, 1000, "", true, true,                              \
    "size_tiered: a run is like others when it has at least this share of their mean size")                            \
  X(kCompactionDeferUnread, "compaction.defer_unread", kBool, "true", 0, 1, "", true, true,                             \
    "while few read, runs collect in level 0 until many can be merged at once: less is written")                        \
  X(kCompactionDeleteRatio, "compaction.delete_ratio", kReal, "0.5", 0, 1000, "", true, true,                           \
    "a table with at least this share of deletes is compacted when nothing else is due; 0: never")                      \
  X(kCompactionFifoMaxAge, "compaction.fifo_max_age_s", kInteger, "0", 0, kTiB, "", true, true,                        \
    "fifo: seconds after its newest write that a table goes with all that is in it; 0: never")                         \
  X(kCompactionFifoMaxSize, "compaction.fifo_max_size", kSize, "0", 0, 1024 * kTiB, "", true, true,                    \
    "fifo: bytes of tables above which the oldest go; 0: no limit")                                                    \
  X(kCompactionFilterRules, "compaction.filter_rules", kText, "", 0, 0, "", true, true,                                \
    "what compactions take away: prefix=tmp/ drop, prefix=session: max_age_s=86400; see docs/compaction.md")           \
  X(kCompactionMaxMergeWidth, "compaction.max_merge_width", kInteger, "32", 2, 10000, "", true, true,                  \
    "size_tiered, universal: runs that one compaction merges at most")                                                 \
  X(kCompactionMaxParts, "compaction.max_parts", kInteger, "0", 0, 64, "", true, true,                                 \
    "threads that one large compaction is split over by key; 0: as many as compaction.threads")                        \
  X(kCompactionMaxSizeAmplification, "compaction.max_size_amplification_percent", kInteger, "200", 1, 100000, "", true, true,\
    "universal: all is merged when the newer runs are this percentage of the oldest")                                  \
  X(kCompactionMaxSstables, "compaction.max_sstables", kInteger, "20", 2, 10000, "", true, true,                        \
    "tables in level 0 from which writers are slowed down")                                                             \
  X(kCompactionMinFiles, "compaction.min_compaction_files", kInteger, "4", 1, 10000, "", true, true,                    \
    "runs in level 0 from which they are merged with each other or into level 1; twice as many while few read")          \
  X(kCompactionRestAfter, "compaction.rest_after_ms", kInteger, "1000", 0, 3600000, "", true, true,                     \
    "time without a write after which level 0 is merged for readers, as far as it is cheap; 0: never")                  \
  X(kCompactionSizeRatio, "compaction.size_ratio_percent", kInteger, "10", 0, 1000, "", true, true,                    \
    "universal: a run joins newer ones that are smaller by at most this percentage")                                   \
  X(kCompactionSlowThreshold, "compaction.slow_threshold_ms", kInteger, "5000", 0, 100000000, "", true, true,           \
    "a compaction that takes longer is logged as a warning; 0: never")                                                  \
  X(kCompactionStallSstables, "compaction.stall_sstables", kInteger, "40", 3, 100000, "", true, true,                   \
    "tables in level 0 at which writers wait for the merge")                                                            \
  X(kCompactionStyle, "compaction.style", kChoice, "leveled", 0, 0, "leveled|size_tiered|universal|fifo", true, true,  \
    "how tables are arranged: fewest to read; fewest writes; a bound on space; the oldest data goes")                  \
  X(kCompactionThreads, "compaction.threads", kInteger, "0", 0, 64, "", false, true,                                    \
    "threads for compactions, flushes apart; 0: one for each processor, at most 4")                                     \
  X(kCompactionThrottle, "compaction.throttle", kSize, "0", 0, kTiB, "", true, true,                                    \
    "bytes per second that flushes and compactions may write; 0: no limit")                                             \
  X(kCompactionThrottleIdle, "compaction.throttle_idle_share", kReal, "1", 1, 1000, "", true, true,                    \
    "share of compaction.throttle that compactions use while writers are far from waiting for them")                   \
  X(kCompressionCodec, "compression.codec", kChoice, "none", 0, 0, "none|zlib|lz4|zstd|snappy|auto", true, true,        \
    "compression of blocks in tables that are written from now on; auto: chosen for each table by what is in it")       \
  X(kCompressionDictionarySize, "compression.dictionary_size", kSize, "0", 0, kMiB, "", true, true,                     \
    "largest zstd dictionary that a table may have, for where it pays; 0: none")                                         \
  X(kCompressionLevel, "compression.level", kInteger, "-1", -1, 22, "", true, true,                                     \
    "effort of the codec, at most what it knows; -1: its default")                                                      \
  X(kCompressionPerLevel, "compression.per_level", kText, "", 0, 0, "", true, true,                                     \
    "codec or codec:effort for each level from 0 on, as in lz4,lz4,zstd:6; the last one goes on; empty: compression.codec") \
  X(kEncryptionCipher, "encryption.cipher", kChoice, "none", 0, 0, "none|aes-256-gcm|chacha20-poly1305", false, true,   \
    "encryption of all files; only none is built")                                                                      \
  X(kEncryptionKey, "encryption.key", kText, "", 0, 0, "", false, false,                                                \
    "key, 64 hexadecimal digits")                                                                                       \
  X(kEncryptionRotation, "encryption.rotation_days", kInteger, "30", 0, 36500, "", false, false,                        \
    "days after which new files use a new data key")                                                                    \
  X(kFilterBits, "filter.bits_per_key", kInteger, "10", 0, 32, "", false, true,                                         \
    "size of the Bloom filters of tables; 10: about 1.3 % false positives; 0: no filters")                              \
  X(kHistoryRetention, "history.retention_s", kInteger, "0", 0, kTiB, "", true, true,                                  \
    "seconds for which overwritten and deleted versions are kept, so that old states can be read; 0: not at all")      \
  X(kIoDirect, "io.direct", kBool, "false", 0, 1, "", false, true,                                                      \
    "read tables and value files past the page cache, and let what is written leave it")                                \
  X(kIoMaxOpenFiles, "io.max_open_files", kInteger, "1000", 8, 1000000, "", true, true,                                 \
    "table files kept open at the same time")                                                                           \
  X(kIoMmap, "io.mmap", kBool, "false", 0, 1, "", false, false,                                                         \
    "map table files into memory: refused, see docs/performance-tuning.md")                                             \
  X(kIoReadahead, "io.readahead_size", kSize, "256KiB", 0, 64 * kMiB, "", true, true,                                   \
    "bytes that compactions read ahead, and iterators that ask for it; up to 256KiB of it long scans; 0: nobody")       \
  X(kIoWriteThrottle, "io.write_throttle", kSize, "0", 0, kTiB, "", true, true,                                         \
    "bytes per second that commits may write; 0: no limit")                                                             \
  X(kLevelsBaseSize, "levels.base_size", kSize, "4GiB", 64 * 1024, 16 * kTiB, "", true, true,                           \
    "size of level 1; level 0 is merged into it at a quarter of this at the latest")                                    \
  X(kLevelsMultiplier, "levels.size_multiplier", kInteger, "10", 2, 100, "", true, true,                                \
    "how much larger each deeper level is")                                                                             \
  X(kLimitsBatchEntries, "limits.batch_entries", kInteger, "100000000", 1, 4000000000, "", true, true,                  \
    "operations in a batch")                                                                                            \
  X(kLimitsBatchSize, "limits.batch_size", kSize, "1GiB", 1, 2 * kGiB - kMiB, "", true, true,                           \
    "bytes of a batch")                                                                                                 \
  X(kLimitsKeySize, "limits.key_size", kSize, "65535", 0, 65535, "", true, true,                                        \
    "bytes of a key")                                                                                                   \
  X(kLimitsValueSize, "limits.value_size", kSize, "1073741823", 0, 1073741823, "", true, true,                          \
    "bytes of a value")                                                                                                 \
  X(kLogLevel, "log.level", kChoice, "info", 0, 0, "debug|info|warning|error", true, true,                              \
    "least important message that the log callback is told")                                                            \
  X(kManifestRewriteSize, "manifest.rewrite_size", kSize, "4MiB", 4096, kGiB, "", true, true,                           \
    "a manifest that has grown to this is replaced by a fresh one")                                                     \
  X(kMaxLevels, "max_levels", kInteger, "7", 2, 16, "", false, true,                                                    \
    "levels of the tree, level 0 included")                                                                             \
  X(kMemoryLimit, "memory.limit", kSize, "0", 0, 16 * kTiB, "", true, true,                                             \
    "ceiling for all memory of the database; sizes that are not set follow from it; 0: automatic")                      \
  X(kMemtableKind, "memtable.kind", kChoice, "blocked", 0, 0, "blocked|skiplist|hash", false, true,                     \
    "index of recent writes; hash is not built yet")                                                                    \
  X(kMemtableSize, "memtable.size", kSize, "64MiB", 16 * 1024, 4 * kGiB, "", true, true,                                \
    "memory of a memtable before it is written to a table")                                                             \
  X(kMonitoringErrorHistory, "monitoring.error_history", kInteger, "1000", 0, 1000000, "", false, false,                \
    "errors remembered with time and place")                                                                            \
  X(kMonitoringInterval, "monitoring.interval_s", kInteger, "0", 0, 1000000, "", true, true,                            \
    "seconds between reports to the log callback; 0: none")                                                             \
  X(kMonitoringSlowOperation, "monitoring.slow_operation_ms", kInteger, "0", 0, 1000000, "", false, false,              \
    "operations that take longer are logged; 0: none")                                                                  \
  X(kNumMemtables, "num_memtables", kInteger, "5", 2, 64, "", true, true,                                               \
    "memtables in memory, the active one included; at the limit writers wait for a flush")                              \
  X(kOpenCreateIfMissing, "open.create_if_missing", kBool, "true", 0, 1, "", false, true,                               \
    "create the database when there is none")                                                                           \
  X(kOpenFailIfExists, "open.fail_if_exists", kBool, "false", 0, 1, "", false, true,                                    \
    "refuse to open a database that exists")                                                                            \
  X(kOpenReadOnly, "open.read_only", kBool, "false", 0, 1, "", false, true,                                             \
    "write nothing, take no lock")                                                                                      \
  X(kOpenVerifyTables, "open.verify_tables", kBool, "false", 0, 1, "", false, true,                                     \
    "read and check every block of every table before open returns")                                                    \
  X(kRetryAttempts, "retry.attempts", kInteger, "10", 0, 1000, "", true, true,                                         \
    "times that a transaction is tried again after a conflict")                                                        \
  X(kRetryFactor, "retry.factor", kReal, "2", 1000, 100000, "", true, true,                                            \
    "growth of the delay between tries")                                                                               \
  X(kRetryFirstDelay, "retry.first_delay_ms", kInteger, "1", 0, 1000000, "", true, true,                               \
    "delay before the second try")                                                                                     \
  X(kRetryJitter, "retry.jitter", kReal, "0.5", 0, 1000, "", true, true,                                               \
    "share of the delay that chance may take away")                                                                    \
  X(kRetryMaxDelay, "retry.max_delay_ms", kInteger, "100", 0, 1000000, "", true, true,                                 \
    "longest delay between tries")                                                                                     \
  X(kSpaceMaxAmplification, "space.max_amplification", kReal, "0", 0, 100000, "", true, true,                           \
    "files may take this many times the live data and 8 MiB, 1.1 or more; writers wait; 0: no ceiling")                \
  X(kTableBlockSize, "table.block_size", kSize, "8KiB", 256, kMiB, "", false, true,                                     \
    "bytes of a block before compression")                                                                              \
  X(kTableSize, "table.size", kSize, "64MiB", 4096, 64 * kGiB, "", true, true,                                          \
    "size at which a compaction begins the next table")                                                                 \
  X(kTtlDefault, "ttl.default_ms", kInteger, "0", 0, kTiB, "", true, true,                                              \
    "milliseconds after which a put expires that has no time of its own; 0: never")                                    \
  X(kTxnConflictDetection, "txn.conflict_detection", kBool, "true", 0, 1, "", true, true,                              \
    "check at the commit that nothing which a transaction depends on has changed")                                     \
  X(kTxnIsolation, "txn.isolation", kChoice, "serializable", 0, 0, "serializable|snapshot|read_committed", true, true, \
    "isolation of transactions that do not ask for another")                                                           \
  X(kTxnLockTimeout, "txn.lock_timeout_ms", kInteger, "1000", 0, kGiB, "", true, true,                                 \
    "longest wait for a key that a pessimistic transaction has locked; 0: no limit")                                   \
  X(kTxnMaxReadKeys, "txn.max_read_keys", kInteger, "1000000", 1, kGiB, "", true, true,                                \
    "keys and ranges that a transaction may read")                                                                     \
  X(kTxnMaxSize, "txn.max_size", kSize, "64MiB", 4096, kTiB, "", true, true,                                           \
    "memory for what a transaction reads and writes")                                                                  \
  X(kTxnMaxWriteKeys, "txn.max_write_keys", kInteger, "1000000", 1, kGiB, "", true, true,                              \
    "keys that a transaction may write")                                                                               \
  X(kTxnTimeout, "txn.timeout_ms", kInteger, "30000", 0, kGiB, "", true, true,                                         \
    "longest life of a transaction that does not ask for another; 0: no limit")                                        \
  X(kValueLogCodec, "value_log.codec", kChoice, "none", 0, 0, "none|zlib|lz4|zstd|snappy", true, true,                   \
    "compression of values in value files, each by itself, where it saves at least an eighth")                          \
  X(kValueLogDirectory, "value_log.directory", kText, "", 0, 0, "", false, true,                                        \
    "directory where value files are made; empty: the database's own")                                                  \
  X(kValueLogFileSize, "value_log.file_size", kSize, "256MiB", 4096, kTiB, "", true, true,                               \
    "a value file that has grown to this is followed by another; sooner in a small database")                            \
  X(kValueLogReclaimRatio, "value_log.reclaim_ratio", kReal, "0.5", 0, 1000, "", true, true,                            \
    "when this share of a value file is dead, the rest is written again elsewhere and the file removed; 0: never")      \
  X(kValueLogThreshold, "value_log.threshold", kSize, "0", 0, kGiB, "", true, true,                                     \
    "values of at least this size go to value files, once, and are not copied by compactions; 0: none")                 \
  X(kWalEnabled, "wal.enabled", kBool, "true", 0, 1, "", false, false,                                                  \
    "log writes before they are acknowledged")                                                                          \
  X(kWalRetainedSize, "wal.retained_size", kSize, "1GiB", 64 * 1024, kTiB, "", true, true,                              \
    "with several keyspaces: bytes of log after which those that keep the oldest logs are written to tables")           \
  X(kWalSync, "wal.sync", kChoice, "always", 0, 0, "always|interval|os", true, true,                                    \
    "when a write is acknowledged: durable; durable within the interval; handed to the operating system")               \
  X(kWalSyncInterval, "wal.sync_interval_ms", kInteger, "1000", 1, 3600000, "", true, true,                             \
    "longest time that acknowledged writes are not durable with wal.sync=interval")
// clang-format on

/// Those that a keyspace may have its own value of. All others belong to the whole database.
#define WOMBAT_KEYSPACE_OPTIONS(X)   \
  X(kColdAge)                        \
  X(kColdLevel)                      \
  X(kCompactionBucketHigh)           \
  X(kCompactionBucketLow)            \
  X(kCompactionDeferUnread)          \
  X(kCompactionDeleteRatio)          \
  X(kCompactionFifoMaxAge)           \
  X(kCompactionFifoMaxSize)          \
  X(kCompactionFilterRules)          \
  X(kCompactionMaxMergeWidth)        \
  X(kCompactionMaxParts)             \
  X(kCompactionMaxSizeAmplification) \
  X(kCompactionMaxSstables)          \
  X(kCompactionMinFiles)             \
  X(kCompactionSizeRatio)            \
  X(kCompactionSlowThreshold)        \
  X(kCompactionStallSstables)        \
  X(kCompactionStyle)                \
  X(kCompressionCodec)               \
  X(kCompressionDictionarySize)      \
  X(kCompressionLevel)               \
  X(kCompressionPerLevel)            \
  X(kFilterBits)                     \
  X(kLevelsBaseSize)                 \
  X(kLevelsMultiplier)               \
  X(kMemtableKind)                   \
  X(kMemtableSize)                   \
  X(kNumMemtables)                   \
  X(kTableBlockSize)                 \
  X(kTableSize)                      \
  X(kTtlDefault)                     \
  X(kValueLogCodec)                  \
  X(kValueLogThreshold)

enum class OptionId : uint32_t {
#define WOMBAT_X(id, name, type, default_value, minimum, maximum, choices, is_mutable, is_supported, help) id,
  WOMBAT_OPTIONS(WOMBAT_X)
#undef WOMBAT_X
      kCount
};

inline constexpr size_t kOptionCount = static_cast<size_t>(OptionId::kCount);

struct OptionInfo {
  const char* name;
  OptionType type;
  const char* default_value;
  int64_t minimum;
  int64_t maximum;
  const char* choices;
  bool is_mutable;
  bool is_supported;
  const char* help;
};

const OptionInfo& option_info(OptionId id);
bool is_keyspace_option(OptionId id);

}  // namespace wombat
