#include "vlog/value_store.h"

#include <algorithm>
#include <cstring>

#include "base/coding.h"

namespace wombat {

ValueFile::~ValueFile() { store_.forget(*this); }

ValueSource ValueFile::source() const { return {*file_, name_, context_, store_.pool_}; }

ValueStore::~ValueStore() {
  if (Index* const index = index_.load(std::memory_order_acquire)) process_epochs().retire(index);
}

Result<ValueFile*> ValueStore::find_open(Bytes key, const ValuePointer& pointer) const {
  if (ValueFile* const file = look_up(pointer.file)) return file;
  return Status(Code::kMissingFile, file_name(FileKind::kValueLog, pointer.file) +
                                        " is not open, but key \"" + escape_bytes(key) + "\" points to it");
}

Status ValueStore::read(Bytes key, const ValuePointer& pointer, std::string* memory, Bytes* value) const {
  {
    const EpochGuard guard(process_epochs());
    if (cache_.find(key, pointer, value) != nullptr) {
      memory->assign(*value);
      *value = *memory;
      return Status::ok();
    }
  }
  return read_stored(key, pointer, memory, value);
}

namespace {

/// Frees a frame that nobody was shown.
struct FrameDiscard {
  void operator()(Frame* frame) const { ValueCache::discard(frame); }
};

/// As it would be in the file if it were not compressed, as far as a reader of frames looks at it.
void write_plain_record(Bytes key, const ValuePointer& pointer, Bytes value, char* record) {
  const size_t front_size = value_record_front_size(key.size(), pointer.value_size);
  std::memset(record, 0, front_size);
  store_le<uint64_t>(record, pointer.digest);
  key.copy(record + kValueRecordHeadSize, key.size());
  value.copy(record + front_size, value.size());
}

}  // namespace

Status ValueStore::read_frame(Bytes key, const ValuePointer& pointer, bool keeps, Frame** frame,
                              Bytes* value) const {
  *frame = nullptr;
  if (!cache_.is_for(pointer.value_size)) return Status::ok();
  *frame = cache_.find(key, pointer, value);
  if (*frame != nullptr) return Status::ok();
  char* record = nullptr;
  std::unique_ptr<Frame, FrameDiscard> made(cache_.allocate(key, pointer, &record));
  if (pointer.stored_size == pointer.value_size) {
    WOMBAT_ASSIGN(const ValueFile* const file, find_open(key, pointer));
    const size_t size = value_record_front_size(key.size(), pointer.value_size) + pointer.value_size;
    WOMBAT_TRY(read_exactly(*file->file_, file->name(), pointer.offset, size, record));
    WOMBAT_TRY(check_value(file->source(), key, pointer, Bytes(record, size)));
    if (statistics_ != nullptr) statistics_->add(Counter::kValueReadBytes, pointer.stored_size);
  } else {
    std::string memory;
    WOMBAT_TRY(read_stored(key, pointer, &memory, value));
    write_plain_record(key, pointer, *value, record);
  }
  *frame = made.release();
  *value = cache_.publish(pointer, key.size(), *frame, keeps);
  return Status::ok();
}

Status ValueStore::read_stored(Bytes key, const ValuePointer& pointer, std::string* memory,
                               Bytes* value) const {
  WOMBAT_ASSIGN(const ValueFile* const file, find_open(key, pointer));
  WOMBAT_TRY(read_value(file->source(), key, pointer, memory, value));
  if (statistics_ != nullptr) statistics_->add(Counter::kValueReadBytes, pointer.stored_size);
  return Status::ok();
}

Status ValueStore::read_part(Bytes key, const ValuePointer& pointer, uint64_t offset, size_t size,
                             std::string* memory, Bytes* part) const {
  {
    const EpochGuard guard(process_epochs());
    if (cache_.find(key, pointer, part) != nullptr) {
      const auto start = static_cast<size_t>(std::min<uint64_t>(offset, part->size()));
      memory->assign(part->substr(start, size));
      *part = *memory;
      return Status::ok();
    }
  }
  const ValueFile* const file = look_up(pointer.file);
  if (file == nullptr) return read(key, pointer, memory, part);
  WOMBAT_TRY(read_value_part(file->source(), key, pointer, offset, size, memory, part));
  if (statistics_ != nullptr) statistics_->add(Counter::kValueReadBytes, memory->size());
  return Status::ok();
}

ValueFile* ValueStore::look_up(uint64_t number) const {
  const EpochGuard guard(process_epochs());
  Index* const index = index_.load(std::memory_order_acquire);
  if (index == nullptr) return nullptr;
  const auto slot = std::partition_point(index->slots.begin(), index->slots.end(),
                                         [number](const Index::Slot& s) { return s.number < number; });
  if (slot == index->slots.end() || slot->number != number) return nullptr;
  return slot->file.load(std::memory_order_acquire);
}

FileHeader ValueStore::header_of(uint64_t number, uint32_t incarnation) const {
  FileHeader header;
  header.kind = FileKind::kValueLog;
  header.database_id = database_id_;
  header.file_number = number;
  header.incarnation = incarnation;
  return header;
}

Result<ValueFilePtr> ValueStore::open(uint64_t number) {
  if (ValueFilePtr known = find(number)) return known;
  const std::string name = file_name(FileKind::kValueLog, number);
  std::unique_ptr<ReadableFile> readable = descriptors_.open(name, read_mode_);
  const Result<uint64_t> size = directory_.file_size(name);
  if (!size && size.status().code() == Code::kMissingFile) {
    return Status(Code::kMissingFile,
                  name + " is missing from " + directory_.path() +
                      ": it holds values that entries point to; restore it from a copy (" +
                      std::string(size.status().message()) + ")");
  }
  WOMBAT_TRY(size.status());
  char bytes[kFileHeaderSize];
  WOMBAT_TRY(read_exactly(*readable, name, 0, sizeof bytes, bytes));
  WOMBAT_ASSIGN(const FileHeader header,
                decode_file_header(Bytes(bytes, sizeof bytes), FileKind::kValueLog, name));
  if (header.database_id != database_id_ || header.file_number != number) {
    return Status::corruption_at(name, 0, "the header of this value file of this database",
                                 "that of another file");
  }
  readable->advise(AccessPattern::kRandom);
  auto file = std::make_shared<ValueFile>(*this, header, name, std::move(readable));
  file->set_size(size.value());
  std::unique_lock lock(mutex_);
  const auto found = files_.find(number);
  if (found != files_.end()) {
    if (ValueFilePtr known = found->second.lock()) {  // another thread was faster
      lock.unlock();
      return known;
    }
  }
  files_[number] = file;
  Index* const old = publish(number, file.get());
  lock.unlock();
  if (old != nullptr) process_epochs().retire(old);
  return file;
}

Result<ValueFilePtr> ValueStore::add_new(const FileHeader& header) {
  const std::string name = file_name(FileKind::kValueLog, header.file_number);
  auto file = std::make_shared<ValueFile>(*this, header, name, descriptors_.open(name, read_mode_));
  file->set_growing();
  Index* old = nullptr;
  {
    std::lock_guard lock(mutex_);
    files_[header.file_number] = file;
    old = publish(header.file_number, file.get());
  }
  if (old != nullptr) process_epochs().retire(old);
  return file;
}

ValueFilePtr ValueStore::find(uint64_t number) const {
  std::lock_guard lock(mutex_);
  const auto found = files_.find(number);
  return found == files_.end() ? nullptr : found->second.lock();
}

bool ValueStore::empty() const {
  std::lock_guard lock(mutex_);
  return files_.empty();
}

std::vector<ValueFilePtr> ValueStore::files() const {
  std::vector<ValueFilePtr> files;
  std::lock_guard lock(mutex_);
  files.reserve(files_.size());  // nothing may throw while a file is held here alone
  for (const auto& [number, held] : files_)
    if (ValueFilePtr file = held.lock()) files.push_back(std::move(file));
  return files;
}

std::vector<uint64_t> ValueStore::numbers() const {
  std::vector<uint64_t> numbers;
  std::lock_guard lock(mutex_);
  numbers.reserve(files_.size());
  for (const auto& [number, held] : files_) numbers.push_back(number);
  return numbers;
}

uint64_t ValueStore::bytes() const {
  uint64_t bytes = 0;
  std::lock_guard lock(mutex_);  // as in facts_of()
  for (const auto& [number, held] : files_)
    if (const ValueFile* const file = look_up(number)) bytes += file->size();
  return bytes;
}

std::optional<ValueStore::Facts> ValueStore::facts_of(uint64_t number) const {
  std::lock_guard lock(mutex_);  // a file that goes waits for it before it loses anything
  const ValueFile* const file = look_up(number);
  if (file == nullptr) return std::nullopt;
  return Facts{file->size(), file->is_full()};
}

/// Throws std::bad_alloc, after which readers go on with what they had.
ValueStore::Index* ValueStore::publish(uint64_t number, ValueFile* file) {
  Index* const old = index_.load(std::memory_order_relaxed);
  std::vector<std::pair<uint64_t, ValueFile*>> entries;
  if (old != nullptr) {
    for (const Index::Slot& slot : old->slots) {
      ValueFile* const held = slot.file.load(std::memory_order_relaxed);
      if (held != nullptr && slot.number != number) entries.emplace_back(slot.number, held);
    }
  }
  entries.emplace_back(number, file);
  std::sort(entries.begin(), entries.end());
  auto next = std::make_unique<Index>(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    next->slots[i].number = entries[i].first;
    next->slots[i].file.store(entries[i].second, std::memory_order_relaxed);
  }
  index_.store(next.release(), std::memory_order_release);
  return old;
}

/// Nobody holds `file` any more.
void ValueStore::forget(ValueFile& file) noexcept {
  std::lock_guard lock(mutex_);
  const auto found = files_.find(file.number());
  if (found == files_.end() || !found->second.expired()) return;  // one that lost a race in open()
  files_.erase(found);
  if (Index* const index = index_.load(std::memory_order_relaxed)) {
    for (Index::Slot& slot : index->slots) {
      ValueFile* expected = &file;
      slot.file.compare_exchange_strong(expected, nullptr, std::memory_order_release);
    }
  }
  if (!is_removing_) return;
  try {
    obsolete_.push_back(file.number());
    if (listener_) listener_();
  } catch (...) {  // no memory to remember it: the next open removes the file
  }
}

void ValueStore::begin_removing(std::function<void()> listener) {
  std::lock_guard lock(mutex_);
  is_removing_ = true;
  listener_ = std::move(listener);
}

void ValueStore::stop_removing() noexcept {
  std::lock_guard lock(mutex_);
  is_removing_ = false;
  listener_ = nullptr;
}

void ValueStore::remove_obsolete_files() noexcept {
  try {
    std::lock_guard removal(removal_mutex_);
    for (;;) {
      std::string name;
      {
        std::lock_guard lock(mutex_);
        if (obsolete_.empty()) return;
        name = file_name(FileKind::kValueLog, obsolete_.back());
        obsolete_.pop_back();
      }
      const Status removed = directory_.remove_file(name);
      if (removed && statistics_ != nullptr) statistics_->add(Counter::kValueFilesDeleted);
    }
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace wombat
