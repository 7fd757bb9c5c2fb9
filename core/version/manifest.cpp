#include "version/manifest.h"

#include <algorithm>
#include <utility>

#include "env/file_header.h"
#include "env/file_names.h"
#include "journal/journal_reader.h"
#include "version/state_builder.h"

namespace wombat {
namespace {

FileHeader make_header(FileKind kind, uint64_t number, const ManifestState& state) {
  FileHeader header;
  header.kind = kind;
  header.database_id = state.database_id;
  header.file_number = number;
  header.incarnation = state.incarnation;
  return header;
}

// Says why there is no CURRENT. A crash while a database is created leaves manifests and nothing else.
Status explain_missing_current(Directory& directory) {
  WOMBAT_ASSIGN(const std::vector<std::string> names, directory.list());
  for (const std::string& name : names) {
    const std::optional<FileName> file = parse_file_name(name);
    if (file && file->kind != FileKind::kManifest) {
      return Status(Code::kMissingFile, directory.path() +
                                            ": CURRENT is missing, though the directory holds " + name +
                                            " and so was a database");
    }
  }
  return Status(Code::kNotADatabase, directory.path() + ": holds no database (there is no file CURRENT)");
}

Result<FileHeader> read_current(Directory& directory, const char* current_name) {
  Result<std::unique_ptr<ReadableFile>> file = directory.open_file(current_name);
  if (!file) {
    return file.status().code() == Code::kMissingFile ? explain_missing_current(directory) : file.status();
  }
  WOMBAT_ASSIGN(const uint64_t size, file.value()->size());
  if (size != kFileHeaderSize) {
    return Status::corruption_at(current_name, 0, "a file of " + std::to_string(kFileHeaderSize) + " bytes",
                                 std::to_string(size) + " bytes");
  }
  char bytes[kFileHeaderSize];
  WOMBAT_TRY(read_exactly(*file.value(), current_name, 0, sizeof(bytes), bytes));
  Result<FileHeader> header =
      decode_file_header(Bytes(bytes, sizeof(bytes)), FileKind::kCurrent, current_name);
  if (!header && header.status().code() == Code::kNotADatabase) {
    return Status::corruption(header.status().message());  // by its name and size it was ours
  }
  return header;
}

Result<std::unique_ptr<JournalReader>> open_manifest(Directory& directory, const std::string& name,
                                                     const FileHeader& current) {
  Result<std::unique_ptr<ReadableFile>> file = directory.open_file(name);
  if (!file) {
    if (file.status().code() != Code::kMissingFile) return file.status();
    return Status(Code::kMissingFile, directory.path() + ": " + name + ", which CURRENT names, is missing");
  }
  FileHeader identity = current;
  identity.kind = FileKind::kManifest;
  return JournalReader::open(std::move(file).value(), name, FileKind::kManifest, 0, &identity);
}

Status check_first_edit(const VersionEdit& edit, const FileHeader& current, const std::string& name) {
  if (edit.database_id && edit.comparator && edit.level_count && edit.next_file_number &&
      *edit.database_id == current.database_id) {
    return Status::ok();
  }
  return Status::corruption_at(name, kFileHeaderSize, "a first edit that says whose tree this is",
                               edit.to_string());
}

Status write_current(Directory& directory, const FileHeader& header) {
  const Status removed = directory.remove_file(kCurrentTempFileName);  // a crash may have left one
  if (!removed && removed.code() != Code::kMissingFile) return removed;
  std::string bytes;
  encode_file_header(header, &bytes);
  WOMBAT_ASSIGN(const std::unique_ptr<WritableFile> file, directory.create_file(kCurrentTempFileName));
  WOMBAT_TRY(file->append(bytes));
  WOMBAT_TRY(file->sync());
  return file->close();
}

Result<RecoveredManifest> recover_named(Directory& directory, const char* current_name, uint32_t level_count,
                                        const TableHandleFactory& factory) {
  WOMBAT_ASSIGN(const FileHeader current, read_current(directory, current_name));
  const std::string name = file_name(FileKind::kManifest, current.file_number);
  WOMBAT_ASSIGN(const std::unique_ptr<JournalReader> reader, open_manifest(directory, name, current));

  RecoveredManifest recovered;
  recovered.manifest_number = current.file_number;
  recovered.may_write = check_may_write(current, kCurrentFileName);
  if (recovered.may_write) recovered.may_write = check_may_write(reader->header(), name);
  StateBuilder builder{ManifestState()};
  for (Bytes record; reader->next(&record);) {
    if (record.empty()) continue;  // a mark
    WOMBAT_ASSIGN(const VersionEdit edit, VersionEdit::decode(record, name));
    if (recovered.edit_count == 0) WOMBAT_TRY(check_first_edit(edit, current, name));
    if (const Status applied = builder.apply(edit); !applied) {
      return applied.with_context(name + ", edit that ends at " + std::to_string(reader->position()));
    }
    ++recovered.edit_count;
  }
  WOMBAT_TRY(reader->status());
  if (recovered.edit_count == 0) {
    return Status::corruption_at(name, kFileHeaderSize,
                                 "the first edit, durable since CURRENT names the file",
                                 "nothing that can be read");
  }
  recovered.dropped_bytes = reader->dropped_bytes();
  Result<ManifestState> state = builder.build(level_count, factory);
  if (!state) return state.status().with_context(name);
  recovered.state = std::move(state).value();
  recovered.state.next_file_number = std::max(recovered.state.next_file_number, current.file_number + 1);
  return recovered;
}

}  // namespace

Result<bool> manifest_exists(Directory& directory) {
  const Result<std::unique_ptr<ReadableFile>> file = directory.open_file(kCurrentFileName);
  if (file) return true;
  if (file.status().code() == Code::kMissingFile) return false;
  return file.status();
}

Result<RecoveredManifest> recover_manifest(Directory& directory, uint32_t level_count,
                                           const TableHandleFactory& factory) {
  return recover_named(directory, kCurrentFileName, level_count, factory);
}

Result<RecoveredManifest> read_manifest_identity(Directory& directory) {
  const auto plain_handle = [](const TableInfo& info) { return std::make_shared<TableHandle>(info); };
  WOMBAT_ASSIGN(const bool has_current, manifest_exists(directory));
  return recover_named(directory, has_current ? kCurrentFileName : kCurrentTempFileName, 1, plain_handle);
}

Result<std::unique_ptr<Manifest>> Manifest::create(Directory& directory, uint64_t number,
                                                   const ManifestState& state) {
  std::string record;
  snapshot_edit(state).encode(&record);
  WOMBAT_ASSIGN(auto file, directory.create_file(file_name(FileKind::kManifest, number)));
  auto writer =
      std::make_unique<JournalWriter>(std::move(file), make_header(FileKind::kManifest, number, state));
  writer->add(record);
  std::unique_ptr<Manifest> manifest(new Manifest(number, std::move(writer)));
  WOMBAT_TRY(manifest->writer_->sync());
  WOMBAT_TRY(directory.sync());
  WOMBAT_TRY(write_current(directory, make_header(FileKind::kCurrent, number, state)));
  WOMBAT_TRY(directory.rename_file(kCurrentTempFileName, kCurrentFileName));
  WOMBAT_TRY(directory.sync());
  manifest->writer_->mark_synced();
  return manifest;
}

Status Manifest::append(const VersionEdit& edit) {
  std::string record;
  edit.encode(&record);
  writer_->add(record);
  WOMBAT_TRY(writer_->sync());
  writer_->mark_synced();
  return Status::ok();
}

}  // namespace wombat
