/// A directory in memory with tables of real bytes: what the units of the database layer stand on.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "db/open_table.h"
#include "support/fault_file_system.h"
#include "support/sim_file_system.h"
#include "table/table_builder.h"
#include "unit/kv/entry_list.h"
#include "version/version_edit.h"

namespace wombat::test {

inline constexpr char kWorldPath[] = "db";

struct TreeWorld {
  TreeWorld() {
    directory = std::move(files.open_directory(kWorldPath, DirectoryMode::kCreateIfMissing)).value();
    descriptors = std::make_unique<DescriptorCache>(*directory, 100);
    TableReaderOptions options;
    options.cache = &cache;
    options.statistics = &statistics;
    store = std::make_unique<TableStore>(*directory, *descriptors, database_id, options);
  }

  /// Writes a table and returns what the manifest would record of it. `entries` in any order.
  TableInfo write_table(uint64_t number, EntryList entries) {
    std::stable_sort(entries.begin(), entries.end(), entry_less);
    const std::string name = file_name(FileKind::kTable, number);
    TableOptions options;
    options.block_size_bytes = 256;
    TableBuilder builder(std::move(directory->create_file(name)).value(), name, store->header_of(number, 1),
                         options);
    for (const TestEntry& entry : entries) EXPECT_TRUE(builder.add(entry.key, entry.tag, entry.value));
    EXPECT_TRUE(builder.finish());
    TableInfo info;
    info.number = number;
    info.file_size = builder.properties().file_size;
    info.digest = builder.properties().digest;
    info.entry_count = builder.properties().entry_count;
    info.timestamp_max = builder.properties().timestamp_max;
    info.incarnation = 1;
    info.smallest_key = builder.properties().smallest_key;
    info.largest_key = builder.properties().largest_key;
    return info;
  }
  TablePtr make_table(uint64_t number, EntryList entries) {
    return store->make_handle(write_table(number, std::move(entries)));
  }
  bool has_file(const std::string& name) const {
    const std::vector<std::string> names = disk.list_files(kWorldPath);
    return std::find(names.begin(), names.end(), name) != names.end();
  }
  bool has_table(uint64_t number) const { return has_file(file_name(FileKind::kTable, number)); }

  /// The state of a database that was just created.
  ManifestState new_state(uint32_t level_count = 4) const {
    ManifestState state;
    state.database_id = database_id;
    state.comparator = "bytewise";
    state.incarnation = 1;
    state.version = std::make_shared<Version>(level_count);
    return state;
  }

  DatabaseId database_id = {1, 2, 3, 4, 5};
  SimFileSystem disk;
  FaultFileSystem files{&disk};
  std::unique_ptr<Directory> directory;
  EpochDomain epochs;
  Statistics statistics;
  FrameCache cache{size_t{1} << 20, epochs, &statistics};
  std::unique_ptr<DescriptorCache> descriptors;
  std::unique_ptr<TableStore> store;
};

inline TestEntry put_entry(std::string key, Timestamp at, std::string value = "v") {
  return {std::move(key), make_tag(at, Kind::kPut), std::move(value)};
}

}  // namespace wombat::test
