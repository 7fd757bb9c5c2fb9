#include "keyspace_labels.h"

#include "base/bytes.h"
#include "db/system_keyspace.h"
#include "env/file_header.h"
#include "env/file_names.h"
#include "journal/journal_reader.h"
#include "version/version_edit.h"

namespace wombat::cli {

namespace {

/// The number of the manifest in force; 0: not to be read.
uint64_t manifest_number(Directory& directory) {
  const std::string name = kCurrentFileName;
  auto file = directory.open_file(name);
  if (!file) return 0;
  std::string bytes(kFileHeaderSize, '\0');
  if (!read_exactly(*file.value(), name, 0, bytes.size(), bytes.data())) return 0;
  const auto header = decode_file_header(bytes, FileKind::kCurrent, name);
  return header ? header.value().file_number : 0;
}

}  // namespace

KeyspaceLabels KeyspaceLabels::read(Directory& directory) {
  KeyspaceLabels labels;
  labels.names_[kDefaultKeyspace] = "default";
  const uint64_t number = manifest_number(directory);
  if (number == 0) return labels;
  const std::string name = file_name(FileKind::kManifest, number);
  auto file = directory.open_file(name);
  if (!file) return labels;
  const auto reader = JournalReader::open(std::move(file).value(), name, FileKind::kManifest);
  if (!reader) return labels;
  Bytes record;
  while (reader.value()->next(&record)) {
    const auto edit = VersionEdit::decode(record, name);
    if (!edit) break;
    for (const VersionEdit::Keyspace& change : edit.value().keyspaces) {
      if (change.created) labels.names_[change.id] = *change.created;
      if (change.renamed) labels.names_[change.id] = *change.renamed;
    }
    for (const VersionEdit::Added& added : edit.value().added)
      labels.tables_[added.table.number] = added.keyspace;
  }
  return labels;
}

std::string KeyspaceLabels::name(uint32_t keyspace) const {
  const auto found = names_.find(keyspace);
  return found == names_.end() ? std::string() : found->second;
}

uint32_t KeyspaceLabels::of_table(uint64_t number) const {
  const auto found = tables_.find(number);
  return found == tables_.end() ? kDefaultKeyspace : found->second;
}

bool KeyspaceLabels::is_system(uint32_t keyspace) const { return is_system_keyspace_name(name(keyspace)); }

std::string KeyspaceLabels::text(uint32_t keyspace) const {
  if (is_system(keyspace)) return "system keyspace " + std::to_string(keyspace);
  const std::string known = name(keyspace);
  return "keyspace " + std::to_string(keyspace) +
         (known.empty() ? std::string() : " \"" + escape_bytes(known) + "\"");
}

}  // namespace wombat::cli
