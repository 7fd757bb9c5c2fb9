/// Writes a table from entries in entry order. One thread at a time. docs/file_formats.md has the byte table.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "env/file_header.h"
#include "env/file_system.h"
#include "kv/entry.h"
#include "kv/range_set.h"
#include "table/table_options.h"
#include "table/table_properties.h"

namespace wombat {

class TableBuilder {
 public:
  /// `file` is new and empty; `name` is for messages.
  TableBuilder(std::unique_ptr<WritableFile> file, std::string name, const FileHeader& header,
               const TableOptions& options);
  ~TableBuilder();
  TableBuilder(const TableBuilder&) = delete;
  TableBuilder& operator=(const TableBuilder&) = delete;

  /// Entries out of order, or two of equal key and timestamp, are kInternal; nothing of them is written. Merges may have
  /// the timestamp of the entry behind: a commit may hold several on one key, of which the last one comes first.
  Status add(Bytes key, Tag tag, Bytes value);
  /// The range deletes of the table, none of which reaches into another one. Before finish().
  void set_ranges(RangeSet ranges);
  const RangeSet& ranges() const;
  /// Writes index, filter and footer, syncs and closes the file. At least one entry was added, or there are range
  /// deletes: these get a delete of their first key for company, since a table has at least one entry.
  Status finish();
  /// Valid after finish().
  const TableProperties& properties() const;
  /// About how large the file would be if finished now.
  uint64_t estimated_size() const;
  uint64_t entry_count() const;
  /// Bytes of memory that it has, or will have when it is finished now.
  size_t memory_usage() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wombat
