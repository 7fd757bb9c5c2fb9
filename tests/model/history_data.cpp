#include "model/history_data.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "base/bytes.h"

#include <iterator>

#include "wombat.h"

namespace wombat {

namespace {

/// Whether the file system that the tests write to lets itself be read past the page cache.
bool can_read_directly() {
  static const bool can = [] {
    const char* const place = std::getenv("TMPDIR");
    const int file = ::open(place != nullptr ? place : "/tmp", O_TMPFILE | O_RDWR | O_DIRECT, 0600);
    if (file >= 0) ::close(file);
    return file >= 0;
  }();
  return can;
}

template <size_t kCount>
const char* one_of(const char* const (&words)[kCount], Random& random) {
  return words[random.below(kCount)];
}

std::string random_bytes(Random& random, size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.next());
  return bytes;
}

/// One that this build has.
std::string some_codec(Random& random) {
  std::vector<std::string> all = {"none", "auto"};
  for (const char* const codec : {"zlib:1", "lz4", "lz4:9", "zstd", "zstd:1", "snappy"}) {
    const std::string name(codec);
    if (wombat_feature(name.substr(0, name.find(':')).c_str()) != 0) all.push_back(name);
  }
  return all[random.below(all.size())];
}

}  // namespace

KeyFamily::KeyFamily(uint64_t seed) {
  Random random(seed);
  kind_ = static_cast<Kind>(random.below(5));
  count_ = 20 + random.below(random.one_in(2) ? 60 : 1500);
  prefix_ = random_bytes(random, 1 + random.below(random.one_in(4) ? 600 : 40));
}

const char* KeyFamily::name() const {
  switch (kind_) {
    case Kind::kSmallAlphabet:
      return "small alphabet";
    case Kind::kSharedPrefix:
      return "shared prefix";
    case Kind::kExtremeBytes:
      return "extreme bytes";
    case Kind::kNumbers:
      return "numbers";
    case Kind::kMixed:
      return "mixed";
  }
  return "?";
}

std::string KeyFamily::key_of(Kind kind, Random& random) const {
  switch (kind) {
    case Kind::kSmallAlphabet: {
      std::string key(random.below(7), 'a');
      for (char& byte : key) byte = static_cast<char>('a' + random.below(3));
      return key;
    }
    case Kind::kSharedPrefix: {
      const std::string digits = std::to_string(random.below(count_));
      return prefix_ + (random.one_in(3) ? digits : std::string(8 - digits.size(), '0') + digits);
    }
    case Kind::kExtremeBytes: {
      std::string key(random.below(9), '\0');
      for (char& byte : key) byte = "\x00\xff\xff\x00\x01\xfe"[random.below(6)];
      return key;
    }
    case Kind::kNumbers: {
      const uint64_t number = random.below(count_);
      std::string key(8, '\0');
      for (size_t i = 0; i < 8; ++i) key[i] = static_cast<char>(number >> (56 - 8 * i));
      return key;
    }
    case Kind::kMixed:
      return key_of(static_cast<Kind>(random.below(4)), random);
  }
  return {};
}

std::string KeyFamily::key(Random& random) const {
  if (random.one_in(150)) return std::string();
  if (random.one_in(4000))
    return std::string(WOMBAT_KEY_SIZE_MAX - random.below(3), static_cast<char>(random.next()));
  return key_of(kind_, random);
}

std::string KeyFamily::near_key(Random& random) const {
  std::string near = key(random);
  switch (random.below(4)) {
    case 0:
      near += '\0';
      break;
    case 1:
      near += '\xff';
      break;
    case 2:
      if (!near.empty()) near.pop_back();
      break;
    default:
      break;
  }
  return near.substr(0, WOMBAT_KEY_SIZE_MAX);
}

int64_t test_join(void*, const void*, size_t, const void* value, size_t value_size, const void* operand,
                  size_t operand_size, void* buffer, size_t capacity) {
  std::string joined("<");
  joined.append(value == nullptr ? Bytes("-") : as_bytes(value, value_size));
  joined.append(as_bytes(operand, operand_size)).append(">");
  if (joined.size() <= capacity) std::memcpy(buffer, joined.data(), joined.size());
  return static_cast<int64_t>(joined.size());
}

std::string random_value(Random& random) {
  size_t size = random.below(80);
  if (random.one_in(10)) size = 0;
  if (random.one_in(20)) size = random.below(3000);
  if (random.one_in(600)) size = random.below(200 * 1024);
  if (random.one_in(2)) return random_bytes(random, size);
  return std::string(size, static_cast<char>('a' + random.below(26)));  // compresses
}

std::string random_options(Random& random, uint64_t fixed_seed) {
  static const char* const kBlockSizes[] = {"256", "512", "1KiB", "4KiB", "8KiB", "32KiB", "64KiB"};
  static const char* const kMemtableSizes[] = {"16KiB", "16KiB", "32KiB", "64KiB", "256KiB", "1MiB"};
  static const char* const kTableSizes[] = {"4KiB", "16KiB", "64KiB", "1MiB"};
  static const char* const kBaseSizes[] = {"64KiB", "64KiB", "256KiB", "1MiB"};
  static const char* const kCacheSizes[] = {"0", "20000", "256KiB", "16MiB"};
  static const char* const kFilterBits[] = {"0", "10", "10", "4"};
  static const char* const kThresholds[] = {"0", "0", "1", "30", "100", "1000"};
  static const char* const kValueFileSizes[] = {"4KiB", "64KiB", "1MiB"};
  static const char* const kSyncs[] = {"os", "os", "os", "interval", "always"};
  Random fixed(fixed_seed);
  std::string text;
  const auto set = [&](const char* name, const std::string& value) {
    text += std::string(name) + "=" + value + "; ";
  };
  set("max_levels", std::to_string(2 + fixed.below(6)));
  set("table.block_size", one_of(kBlockSizes, random));
  set("memtable.size", one_of(kMemtableSizes, random));
  set("table.size", one_of(kTableSizes, random));
  set("levels.base_size", one_of(kBaseSizes, random));
  set("levels.size_multiplier", std::to_string(2 + random.below(9)));
  set("cache.size", one_of(kCacheSizes, random));
  static const char* const kMemoryLimits[] = {"0", "0", "32MiB", "64MiB", "1GiB"};
  set("memory.limit", one_of(kMemoryLimits, random));
  set("filter.bits_per_key", one_of(kFilterBits, random));
  set("wal.sync", one_of(kSyncs, random));
  set("wal.sync_interval_ms", std::to_string(1 + random.below(50)));
  set("compaction.min_compaction_files", std::to_string(1 + random.below(4)));
  set("compaction.threads", std::to_string(1 + random.below(4)));
  set("num_memtables", std::to_string(2 + random.below(4)));
  set("io.max_open_files", std::to_string(8 + random.below(100)));
  if (random.one_in(4) && can_read_directly()) set("io.direct", "true");
  set("io.readahead_size", random.one_in(2) ? "256KiB" : random.one_in(2) ? "0" : "20000");
  set("manifest.rewrite_size", std::to_string(4096u << random.below(8)));
  set("compaction.delete_ratio", random.one_in(2) ? "0.2" : "0");
  // Without limits fifo keeps everything, as the others do.
  static const char* const kStyles[] = {"leveled", "leveled", "size_tiered", "universal", "fifo"};
  set("compaction.style", one_of(kStyles, random));
  set("compaction.max_parts", std::to_string(random.below(4)));
  if (random.one_in(3)) set("compaction.rest_after_ms", "5");
  if (random.one_in(2)) {
    const std::string codec = some_codec(random);
    set("compression.codec", codec.substr(0, codec.find(':')));
  }
  if (random.one_in(3)) set("compression.per_level", some_codec(random) + "," + some_codec(random));
  if (random.one_in(3)) set("compression.dictionary_size", "1KiB");
  set("value_log.threshold", one_of(kThresholds, random));
  if (random.one_in(2)) {
    const std::string codec = some_codec(random);
    if (const std::string name = codec.substr(0, codec.find(':')); name != "auto")
      set("value_log.codec", name);
  }
  set("value_log.file_size", one_of(kValueFileSizes, random));
  set("value_log.reclaim_ratio", random.one_in(3) ? "0.1" : "0.5");
  static const char* const kDirectories[] = {"", "", "side", "side/", "side_b"};
  set("value_log.directory", one_of(kDirectories, random));
  set("cold.directory", one_of(kDirectories, random));
  set("cold.level", std::to_string(random.below(4)));
  if (random.one_in(3)) set("cold.age_s", "1");
  // Loose: the history holds snapshots for as long as it likes.
  if (random.one_in(3)) set("space.max_amplification", "100");
  return text;
}

std::pair<std::string, std::string> random_mutable_option(Random& random) {
  static const char* const kChanges[][2] = {
      {"memtable.size", "16KiB"},
      {"memtable.size", "200KiB"},
      {"cache.size", "0"},
      {"cache.size", "1MiB"},
      {"memory.limit", "0"},
      {"memory.limit", "32MiB"},
      {"table.size", "4KiB"},
      {"table.size", "128KiB"},
      {"wal.sync", "os"},
      {"wal.sync", "interval"},
      {"num_memtables", "2"},
      {"num_memtables", "6"},
      {"levels.base_size", "64KiB"},
      {"levels.size_multiplier", "2"},
      {"compaction.min_compaction_files", "1"},
      {"compaction.min_compaction_files", "6"},
      {"io.max_open_files", "8"},
      {"compaction.delete_ratio", "0.1"},
      {"compaction.style", "leveled"},
      {"compaction.style", "size_tiered"},
      {"compaction.style", "universal"},
      {"compaction.max_merge_width", "3"},
      {"compaction.max_size_amplification_percent", "30"},
      {"compression.codec", "none"},
      {"compression.codec", "auto"},
      {"compression.per_level", ""},
      {"compression.per_level", "auto,none,auto"},
      {"compression.dictionary_size", "2KiB"},
      {"cold.level", "0"},
      {"cold.level", "1"},
      {"cold.age_s", "1"},
      {"space.max_amplification", "100"},
      {"space.max_amplification", "0"},
  };
  const auto& change = kChanges[random.below(std::size(kChanges))];
  return {change[0], change[1]};
}

}  // namespace wombat
