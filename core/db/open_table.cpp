#include "db/open_table.h"

namespace wombat {

OpenTable::~OpenTable() {
  store_.unlist(*this);
  if (TableReader* const open = reader_.load(std::memory_order_acquire)) open->release();
  if (is_obsolete_.load(std::memory_order_acquire)) store_.add_obsolete(info.number);
}

Result<TableReader*> OpenTable::open_slow() {
  std::lock_guard lock(mutex_);
  if (TableReader* const open = reader_.load(std::memory_order_acquire)) return open;
  WOMBAT_ASSIGN(std::unique_ptr<TableReader> opened, store_.open(info));
  const size_t bytes = opened->memory_usage();
  if (store_.may_drop_reader(bytes)) {
    opened->let_be_dropped();
    store_.list(*this, bytes);
  }
  is_unused_.store(false, std::memory_order_relaxed);
  reader_.store(opened.get(), std::memory_order_release);
  store_.drop_readers(this);
  return opened.release();
}

Result<TableReaderRef> OpenTable::hold() {
  const EpochGuard guard(process_epochs());
  WOMBAT_ASSIGN(TableReader* const open, reader());
  return TableReaderRef(open);
}

TableReaderRef OpenTable::hold_if_open() const {
  const EpochGuard guard(process_epochs());
  return TableReaderRef(reader_if_open());
}

/// Where memory is plenty nobody has to count who uses a reader.
bool TableStore::may_drop_reader(size_t bytes) const {
  if (memory() == nullptr) return false;
  return may_drop_.load(std::memory_order_relaxed) ||
         memory()->used(MemoryCategory::kIndexes) + bytes > memory()->usable() / 4;
}

void TableStore::list(OpenTable& table, size_t bytes) {
  std::lock_guard lock(open_mutex_);
  open_.push_back(&table);
  table.open_at_ = open_.size() - 1;
  table.open_bytes_ = bytes;
  open_bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

void TableStore::unlist(OpenTable& table) noexcept {
  std::lock_guard lock(open_mutex_);
  if (table.open_at_ == OpenTable::kNotListed) return;
  OpenTable* const last = open_.back();
  open_[table.open_at_] = last;
  last->open_at_ = table.open_at_;
  open_.pop_back();
  table.open_at_ = OpenTable::kNotListed;
  open_bytes_.fetch_sub(table.open_bytes_, std::memory_order_relaxed);
}

/// The reader of the next table that has not been used since the hand came by, but not that of `wanted`. Null: there is none.
TableReader* TableStore::take_unused(const OpenTable* wanted) noexcept {
  std::lock_guard lock(open_mutex_);
  for (size_t steps = 2 * open_.size(); steps > 0; --steps) {
    if (hand_ >= open_.size()) hand_ = 0;
    OpenTable& table = *open_[hand_];
    if (&table == wanted || !table.is_unused_.exchange(true, std::memory_order_relaxed)) {
      ++hand_;
      continue;
    }
    TableReader* const reader = table.reader_.exchange(nullptr, std::memory_order_seq_cst);
    if (reader == nullptr) {  // it is being opened
      ++hand_;
      continue;
    }
    OpenTable* const last = open_.back();
    open_[hand_] = last;
    last->open_at_ = hand_;
    open_.pop_back();
    table.open_at_ = OpenTable::kNotListed;
    open_bytes_.fetch_sub(table.open_bytes_, std::memory_order_relaxed);
    return reader;
  }
  return nullptr;
}

void TableStore::drop_readers(const OpenTable* wanted) noexcept {
  if (memory() == nullptr) return;
  while (open_bytes_.load(std::memory_order_relaxed) > memory()->room_for_indexes()) {
    TableReader* const reader = take_unused(wanted);
    if (reader == nullptr) return;
    if (reader_options_.statistics != nullptr) reader_options_.statistics->add(Counter::kTablesClosed);
    process_epochs().retire(reader);
  }
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
