/// Writes ascending entries to files of builders, each about as large as the tables of its keyspace.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bulk_entry.h"
#include "bulk_files.h"
#include "database.h"

namespace wombat::cli {

struct BuilderDeleter {
  void operator()(wombat_builder* builder) const { wombat_builder_destroy(builder); }
};
using BuilderPtr = std::unique_ptr<wombat_builder, BuilderDeleter>;

/// A keyspace that is loaded to.
struct BulkSpace {
  explicit BulkSpace(wombat_db* open_handle);
  wombat_db* handle;
  OptionsPtr options;  // of its tables
  uint64_t table_size = 0;
  uint64_t ttl_ms = 0;  // of what does not say when it expires; 0: none
};
using BulkSpaces = std::vector<std::unique_ptr<BulkSpace>>;

/// One thread.
class TableSink {
 public:
  /// Both outlive this. Nobody changes `spaces` meanwhile, but spaces may be added between calls.
  TableSink(BulkFiles& files, const BulkSpaces& spaces) : files_(files), spaces_(spaces) {}

  /// Throws Failure, also when the entry does not come after the one before.
  void add(const BulkEntry& entry);
  /// Ends the last file.
  void finish();

  struct File {
    uint32_t space;
    std::string path;
  };
  const std::vector<File>& files() const { return made_; }
  uint64_t entry_count() const { return entry_count_; }

 private:
  BulkFiles& files_;
  const BulkSpaces& spaces_;
  BuilderPtr builder_;
  uint32_t space_ = 0;
  uint64_t unweighed_ = 0;  // bytes since the size of the file was looked at
  uint64_t entry_count_ = 0;
  std::vector<File> made_;
};

}  // namespace wombat::cli
