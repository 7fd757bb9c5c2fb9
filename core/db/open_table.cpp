#include "db/open_table.h"

namespace wombat {

OpenTable::~OpenTable() {
  delete reader_.load(std::memory_order_acquire);
  if (is_obsolete_.load(std::memory_order_acquire)) store_.add_obsolete(info.number);
}

Result<TableReader*> OpenTable::open_slow() {
  std::lock_guard lock(mutex_);
  if (TableReader* const open = reader_.load(std::memory_order_acquire)) return open;
  WOMBAT_ASSIGN(std::unique_ptr<TableReader> opened, store_.open(info));
  reader_.store(opened.get(), std::memory_order_release);
  return opened.release();
}

std::vector<ValueFilePtr> TableStore::held_files(const TableInfo& info) const {
  std::vector<ValueFilePtr> files;
  files.reserve(info.values.size());
  for (const ValueUse& use : info.values)
    if (ValueFilePtr file = values_->find(use.file)) files.push_back(std::move(file));
  return files;
}

Result<TablePtr> TableStore::open_handle(const TableInfo& info) {
  std::vector<ValueFilePtr> files;
  for (const ValueUse& use : info.values) {
    WOMBAT_ASSIGN(ValueFilePtr file, values_->open(use.file));
    if (file->size() < use.end) {
      return Status::corruption_at(file->name(), file->size(),
                                   "at least " + std::to_string(use.end) + " bytes",
                                   std::to_string(file->size()) + " bytes");
    }
    files.push_back(std::move(file));
  }
  return TablePtr(std::make_shared<OpenTable>(info, *this, std::move(files)));
}

FileHeader TableStore::header_of(uint64_t number, uint32_t incarnation) const {
  FileHeader header;
  header.kind = FileKind::kTable;
  header.database_id = database_id_;
  header.file_number = number;
  header.incarnation = incarnation;
  return header;
}

Result<std::unique_ptr<TableReader>> TableStore::open(const TableInfo& info) {
  const std::string name = file_name(FileKind::kTable, info.number);
  return TableReader::open(descriptors_.open(name, reader_options_.read_mode), name,
                           header_of(info.number, info.incarnation), info.file_size, info.digest,
                           reader_options_, info.ingested_at);
}

void TableStore::add_obsolete(uint64_t number) noexcept {
  try {
    std::lock_guard lock(mutex_);
    obsolete_.push_back(number);
    if (listener_) listener_();
  } catch (...) {  // no memory to remember it: the next open removes the file
  }
}

void TableStore::set_obsolete_listener(std::function<void()> listener) {
  std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

void TableStore::remove_obsolete_files() noexcept {
  try {
    std::lock_guard removal(removal_mutex_);
    for (;;) {
      std::string name;
      {
        std::lock_guard lock(mutex_);
        if (obsolete_.empty()) return;
        name = file_name(FileKind::kTable, obsolete_.back());
        obsolete_.pop_back();
      }
      const Status status = directory_.remove_file(name);
      if (status && reader_options_.statistics != nullptr)
        reader_options_.statistics->add(Counter::kTablesDeleted);
    }
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace wombat
