#include "env/measured_directory.h"

#include <algorithm>

namespace wombat {

namespace {

/// Behind the end of a log: as many zeros as it has bytes while it is short, then those that are reserved step by step,
/// and a page.
constexpr uint64_t kShortSize = 32 * 1024;
constexpr uint64_t kBehindEndMax = 512 * 1024;

uint64_t behind_end(uint64_t size) { return size < kShortSize ? size + kShortSize : kBehindEndMax; }

/// Passes everything on, and notes how large the file is.
class MeasuredFile final : public WritableFile {
 public:
  MeasuredFile(std::unique_ptr<WritableFile> base, std::shared_ptr<MeasuredDirectory::Growth> growth)
      : base_(std::move(base)), growth_(std::move(growth)) {}
  ~MeasuredFile() override {
    base_.reset();
    end();
  }

  Status append(Bytes bytes) override {
    tell(size_ + bytes.size());  // first: what a failed append has written is there as well
    Status appended = base_->append(bytes);
    size_ = base_->size();
    return appended;
  }
  Status write_at(uint64_t offset, Bytes bytes) override {
    written_end_ = std::max(written_end_, offset + bytes.size());
    tell(size_);
    return base_->write_at(offset, bytes);
  }
  Status sync() override { return base_->sync(); }
  Status close() override {
    Status closed = base_->close();
    end();
    return closed;
  }
  uint64_t size() const override { return base_->size(); }
  void expect_small_appends() override {
    growth_->reserves.store(true, std::memory_order_relaxed);
    base_->expect_small_appends();
  }
  void leave_page_cache() override { base_->leave_page_cache(); }
  char* append_space(size_t size) override { return base_->append_space(size); }
  void note_appended(size_t size) override {
    base_->note_appended(size);
    size_ += size;
    tell(size_);
  }

 private:
  void tell(uint64_t size) { growth_->size.store(std::max(written_end_, size), std::memory_order_relaxed); }
  void end() {
    growth_->reserves.store(false, std::memory_order_relaxed);
    growth_->is_open.store(false, std::memory_order_release);
  }

  std::unique_ptr<WritableFile> base_;
  const std::shared_ptr<MeasuredDirectory::Growth> growth_;
  uint64_t size_ = 0;  // of base_
  uint64_t written_end_ = 0;
};

}  // namespace

uint64_t MeasuredDirectory::bytes_of(const Entry& entry) {
  if (entry.growth == nullptr) return entry.bytes;
  const uint64_t size = entry.growth->size.load(std::memory_order_relaxed);
  return in_blocks(size + (entry.growth->reserves.load(std::memory_order_relaxed) ? behind_end(size) : 0));
}

uint64_t& MeasuredDirectory::part_of(FileBytes& bytes, std::string_view name) {
  const std::optional<FileName> parsed = parse_file_name(name);
  if (!parsed) return bytes.others;
  switch (parsed->kind) {
    case FileKind::kTable:
      return bytes.tables;
    case FileKind::kValueLog:
      return bytes.values;
    case FileKind::kLog:
      return bytes.logs;
    default:
      return bytes.others;
  }
}

void MeasuredDirectory::forget(const std::string& name) {
  const auto found = files_.find(name);
  if (found == files_.end()) return;
  if (found->second.growth == nullptr) part_of(settled_, name) -= found->second.bytes;
  growing_.erase(name);
  files_.erase(found);
}

Result<std::unique_ptr<WritableFile>> MeasuredDirectory::create(const std::string& name, Maker maker) {
  auto growth = std::make_shared<Growth>();
  {
    // Before there is a file, since memory for the note may be short.
    std::lock_guard lock(mutex_);
    if (files_.find(name) == files_.end()) {
      Entry& entry = files_[name];
      try {
        growing_[name] = &entry;
      } catch (...) {
        files_.erase(name);
        throw;
      }
      entry.growth = growth;
    }
  }
  Result<std::unique_ptr<WritableFile>> made = [&]() -> Result<std::unique_ptr<WritableFile>> {
    WOMBAT_ASSIGN(std::unique_ptr<WritableFile> file, ((*base_).*maker)(name));
    return std::unique_ptr<WritableFile>(std::make_unique<MeasuredFile>(std::move(file), growth));
  }();
  if (made) return made;
  std::lock_guard lock(mutex_);
  const auto found = files_.find(name);
  if (found != files_.end() && found->second.growth == growth) forget(name);
  return made;
}

Status MeasuredDirectory::rename_file(const std::string& from, const std::string& to) {
  WOMBAT_TRY(base_->rename_file(from, to));
  std::lock_guard lock(mutex_);
  forget(to);
  const auto found = files_.find(from);
  if (found == files_.end()) return Status::ok();
  const uint64_t bytes = bytes_of(found->second);  // files are closed before they get another name
  forget(from);
  files_[to].bytes = bytes;
  part_of(settled_, to) += bytes;
  return Status::ok();
}

Status MeasuredDirectory::remove_file(const std::string& name) {
  WOMBAT_TRY(base_->remove_file(name));
  std::lock_guard lock(mutex_);
  forget(name);
  return Status::ok();
}

Status MeasuredDirectory::learn_all() {
  WOMBAT_ASSIGN(const std::vector<std::string> names, base_->list());
  for (const std::string& name : names) {
    std::lock_guard lock(mutex_);  // nobody forgets the file meanwhile
    if (files_.find(name) != files_.end()) continue;
    const Result<uint64_t> size = base_->file_size(name);
    if (!size) continue;  // it has gone, or is no file
    files_[name].bytes = in_blocks(size.value());
    part_of(settled_, name) += in_blocks(size.value());
  }
  return Status::ok();
}

FileBytes MeasuredDirectory::bytes() const {
  std::lock_guard lock(mutex_);
  FileBytes growing;
  for (auto entry = growing_.begin(); entry != growing_.end();) {
    Entry& file = *entry->second;
    const bool is_open = file.growth->is_open.load(std::memory_order_acquire);
    part_of(is_open ? growing : settled_, entry->first) += bytes_of(file);
    if (is_open) {
      ++entry;
      continue;
    }
    file.bytes = bytes_of(file);
    file.growth.reset();
    entry = growing_.erase(entry);
  }
  FileBytes sum = settled_;
  sum.tables += growing.tables;
  sum.values += growing.values;
  sum.logs += growing.logs;
  sum.others += growing.others;
  return sum;
}

}  // namespace wombat
