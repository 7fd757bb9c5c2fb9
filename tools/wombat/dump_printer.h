/// How command dump-file shows what it meets in a file: as lines for people, or as JSON, one object a line.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "db/log_record.h"
#include "env/file_header.h"
#include "journal/journal_reader.h"
#include "keyspace_labels.h"
#include "kv/entry.h"
#include "table/table_reader.h"
#include "version/version_edit.h"
#include "vlog/value_record.h"

namespace wombat::cli {

class DumpPrinter {
 public:
  virtual ~DumpPrinter() = default;
  virtual void header(const FileHeader& header) = 0;
  /// Of CURRENT.
  virtual void names_manifest(const std::string& manifest) = 0;
  /// Of OWNER: the directory of the database whose files lie here.
  virtual void names_home(const std::string& home) = 0;
  virtual void link(const LogLink& link) = 0;
  virtual void batch(uint64_t end_offset, uint64_t timestamp, uint64_t operation_count) = 0;
  virtual void outside_commit(uint64_t end_offset, uint64_t timestamp) = 0;
  virtual void operation(uint32_t keyspace, Kind kind, Bytes key, Bytes value) = 0;
  virtual void edit(uint64_t end_offset, const VersionEdit& edit) = 0;
  virtual void journal_end(const JournalReader& reader, uint64_t record_count) = 0;
  /// A record of a value file; `value` is null where its data is damaged, which damage() tells next.
  virtual void value(const ValueRecordHead& head, const Bytes* value) = 0;
  /// What is at `offset` of a value file is damaged: `problem` says file, offset, what was expected and found.
  virtual void damage(uint64_t offset, const std::string& problem) = 0;
  /// Bytes of a value file from `offset` on that belong to no record which is whole.
  virtual void passed_over(uint64_t offset, uint64_t bytes) = 0;
  virtual void values_end(uint64_t record_count, uint64_t damaged_count, uint64_t file_size) = 0;
  virtual void table(uint32_t keyspace, const TableReader& table) = 0;
  /// Of the table that was shown last.
  virtual void entry(Bytes key, Tag tag, Bytes value) = 0;
};

/// `values`: the values of operations and entries, too.
std::unique_ptr<DumpPrinter> make_text_printer(bool values, KeyspaceLabels labels);
std::unique_ptr<DumpPrinter> make_json_printer(bool values, KeyspaceLabels labels);

/// "table", "log", ...
const char* kind_text(FileKind kind);

}  // namespace wombat::cli
