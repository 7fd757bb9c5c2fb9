/// Tables in memory for tests: built from a list of entries, opened from bytes that a test may damage.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/random.h"
#include "base/read_counters.h"
#include "table/table_builder.h"
#include "table/table_reader.h"

namespace wombat {

/// Appends to a string that outlives it.
class StringWriter final : public WritableFile {
 public:
  explicit StringWriter(std::string* content) : content_(content) {}
  Status append(Bytes bytes) override {
    content_->append(bytes);
    return Status::ok();
  }
  Status write_at(uint64_t, Bytes) override { return Status::unsupported("write_at"); }
  Status sync() override { return Status::ok(); }
  Status close() override { return Status::ok(); }
  uint64_t size() const override { return content_->size(); }

 private:
  std::string* content_;
};

/// Reads a string that outlives it.
class StringReader final : public ReadableFile {
 public:
  explicit StringReader(const std::string* content) : content_(content) {}
  Result<size_t> read_at(uint64_t offset, size_t size, char* out) const override {
    if (offset >= content_->size()) return size_t{0};
    const size_t count = std::min<uint64_t>(size, content_->size() - offset);
    std::memcpy(out, content_->data() + offset, count);
    return count;
  }
  Result<uint64_t> size() const override { return uint64_t{content_->size()}; }
  void advise(AccessPattern) const override {}

 private:
  const std::string* content_;
};

struct TestEntry {
  std::string key;
  Tag tag = 0;
  std::string value;
};

inline bool entry_before(const TestEntry& a, const TestEntry& b) {
  return compare_entries(a.key, a.tag, b.key, b.tag) < 0;
}

/// Sorts and drops entries of equal key and tag.
inline void sort_entries(std::vector<TestEntry>* entries) {
  std::stable_sort(entries->begin(), entries->end(), entry_before);
  const auto same = [](const TestEntry& a, const TestEntry& b) { return a.key == b.key && a.tag == b.tag; };
  entries->erase(std::unique(entries->begin(), entries->end(), same), entries->end());
}

inline FileHeader table_header() {
  FileHeader header;
  header.kind = FileKind::kTable;
  header.database_id = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  header.file_number = 7;
  return header;
}

/// The bytes of a table and what the manifest would know of it.
struct TableImage {
  std::string content;
  TableProperties properties;
};

/// `entries` are in entry order.
inline TableImage make_table(const std::vector<TestEntry>& entries, const TableOptions& options = {}) {
  TableImage image;
  TableBuilder builder(std::make_unique<StringWriter>(&image.content), "000007.table", table_header(),
                       options);
  for (const TestEntry& entry : entries) {
    const Status added = builder.add(entry.key, entry.tag, entry.value);
    EXPECT_TRUE(added) << added.to_string();
  }
  const Status finished = builder.finish();
  EXPECT_TRUE(finished) << finished.to_string();
  image.properties = builder.properties();
  return image;
}

/// Everything a reader needs around it.
struct TableWorld {
  explicit TableWorld(size_t budget_bytes = size_t{64} << 20) : cache(budget_bytes, epochs, &statistics) {}

  Result<std::unique_ptr<TableReader>> open(const TableImage& image, bool verify_checksums = true) {
    TableReaderOptions options;
    options.cache = &cache;
    options.statistics = &statistics;
    options.verify_checksums = verify_checksums;
    return TableReader::open(std::make_unique<StringReader>(&image.content), "000007.table", table_header(),
                             image.properties.file_size, image.properties.digest, options);
  }

  EpochDomain epochs;
  Statistics statistics;
  ReadCounters counters;
  FrameCache cache;
};

struct GetAnswer {
  Status status;
  bool found = false;
  Tag tag = 0;
  std::string value;
};

inline GetAnswer get_from(TableWorld& world, const TableReader& table, Bytes key, Timestamp at,
                          bool fill_cache = true) {
  GetAnswer answer;
  EpochGuard guard(world.epochs);
  TableReader::Found found;
  answer.status = table.get(key, hash_key(key), at, fill_cache, world.counters.stripe(guard.slot_index()),
                            &found, &answer.found);
  if (answer.status && answer.found) {
    answer.tag = found.tag;
    answer.value = found.value;
  }
  return answer;
}

/// First entry at or after (key, tag).
inline size_t model_seek(const std::vector<TestEntry>& entries, Bytes key, Tag tag) {
  TestEntry wanted{std::string(key), tag, ""};
  return static_cast<size_t>(std::lower_bound(entries.begin(), entries.end(), wanted, entry_before) -
                             entries.begin());
}

/// Index of the newest version of `key` with a timestamp up to `at`; entries.size() when there is none.
inline size_t model_get(const std::vector<TestEntry>& entries, Bytes key, Timestamp at) {
  const size_t i = model_seek(entries, key, seek_tag(at));
  return i < entries.size() && entries[i].key == key ? i : entries.size();
}

}  // namespace wombat
