/// Tables that are made outside of a database, to be taken in by one later (Tree::ingest). They are tables like others,
/// but for a random id of their own, timestamps that are all 0, and TableFlag kTableIsExternal.
#pragma once

#include <memory>
#include <string>

#include "env/file_system.h"
#include "table/table_builder.h"

namespace wombat {

/// Keys ascend strictly. One thread at a time.
class ExternalTableBuilder {
 public:
  /// `path` names a file that must not exist, in a directory that must.
  static Result<std::unique_ptr<ExternalTableBuilder>> create(FileSystem& file_system,
                                                              const std::string& path, TableOptions options);
  /// Removes the file unless finish() succeeded.
  ~ExternalTableBuilder();
  ExternalTableBuilder(const ExternalTableBuilder&) = delete;
  ExternalTableBuilder& operator=(const ExternalTableBuilder&) = delete;

  // kInvalidArgument, which names both keys, when the key does not come after the one before: it was not added, and
  // others may follow. After any other failure all calls answer it.
  Status put(Bytes key, Bytes value) { return add(key, Kind::kPut, value); }
  Status put_until(Bytes key, Bytes value, uint64_t expires_at_us);
  Status remove(Bytes key) { return add(key, Kind::kDelete, Bytes()); }

  /// Makes the file and its name durable. kInvalidArgument when there are no entries.
  Status finish();

  uint64_t entry_count() const { return builder_->entry_count(); }
  /// Of the file; before it is finished, about how large it would be if it was now.
  uint64_t size_bytes() const {
    return is_finished_ ? builder_->properties().file_size : builder_->estimated_size();
  }
  /// Valid after finish().
  const TableProperties& properties() const { return builder_->properties(); }

 private:
  ExternalTableBuilder() = default;
  Status add(Bytes key, Kind kind, Bytes value);
  Status check_order(Bytes key) const;

  std::unique_ptr<Directory> directory_;
  std::string path_;
  std::string name_;
  std::unique_ptr<TableBuilder> builder_;
  std::string last_key_;
  std::string expiring_value_;
  Status failure_;
  bool is_finished_ = false;
};

/// The directory of a file, and its name there.
struct FilePlace {
  std::unique_ptr<Directory> directory;
  std::string name;
};
/// kInvalidArgument when `path` names no file.
Result<FilePlace> open_place(FileSystem& file_system, const std::string& path);

}  // namespace wombat
