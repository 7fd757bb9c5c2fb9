#include "env/descriptor_cache.h"

#include <cerrno>
#include <optional>

#include "base/check.h"

namespace wombat {

void DescriptorCache::Node::insert_after(Node* position) noexcept {
  previous = position;
  next = position->next;
  next->previous = this;
  position->next = this;
}

void DescriptorCache::Node::remove() noexcept {
  previous->next = next;
  next->previous = previous;
  previous = next = this;
}

/// What open() hands out.
class DescriptorCache::File final : public ReadableFile, public Node {
 public:
  File(DescriptorCache& cache, std::string name, ReadMode mode)
      : cache_(cache), name_(std::move(name)), mode_(mode) {}
  ~File() override { cache_.forget(*this); }

  Result<size_t> read_at(uint64_t offset, size_t size, char* out) const override {
    Pin pin(*this);
    if (!pin.status()) return pin.status();
    return descriptor_->read_at(offset, size, out);
  }

  Result<uint64_t> size() const override {
    Pin pin(*this);
    if (!pin.status()) return pin.status();
    return descriptor_->size();
  }

  void advise(AccessPattern pattern) const override {
    {
      std::lock_guard lock(cache_.mutex_);
      pattern_ = pattern;
      if (descriptor_ == nullptr) return;
    }
    Pin pin(*this);
    if (pin.status()) descriptor_->advise(pattern);
  }

  void prefetch(uint64_t offset, uint64_t size) const override {
    Pin pin(*this);
    if (pin.status()) descriptor_->prefetch(offset, size);
  }

  Result<RawAccess> hold() const override {
    File& self = const_cast<File&>(*this);
    WOMBAT_TRY(cache_.pin(self));
    Result<RawAccess> access = descriptor_->hold();
    if (!access) cache_.unpin(self);
    return access;
  }

  void release() const override {
    descriptor_->release();
    cache_.unpin(const_cast<File&>(*this));
  }

 private:
  friend class DescriptorCache;

  /// Keeps the descriptor open for a scope.
  class Pin {
   public:
    // Reading changes nothing that a caller can see, but the place in the list and the descriptor.
    explicit Pin(const File& file) : file_(const_cast<File&>(file)), status_(file_.cache_.pin(file_)) {}
    ~Pin() {
      if (status_) file_.cache_.unpin(file_);
    }
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;
    const Status& status() const { return status_; }

   private:
    File& file_;
    const Status status_;
  };

  DescriptorCache& cache_;
  const std::string name_;
  const ReadMode mode_;
  // Guarded by the mutex of the cache; whoever holds a pin may use the descriptor without it.
  std::unique_ptr<ReadableFile> descriptor_;
  size_t pin_count_ = 0;
  mutable std::optional<AccessPattern> pattern_;  // for the next descriptor of this file
};

DescriptorCache::~DescriptorCache() { WOMBAT_CHECK(open_count_ == 0); }

std::unique_ptr<ReadableFile> DescriptorCache::open(const std::string& name, ReadMode mode) {
  return std::make_unique<File>(*this, name, mode);
}

void DescriptorCache::set_limit(size_t limit) noexcept {
  {
    std::lock_guard lock(mutex_);
    limit_ = limit;
  }
  close_surplus();
}

size_t DescriptorCache::limit() const noexcept {
  std::lock_guard lock(mutex_);
  return limit_;
}

size_t DescriptorCache::open_count() const noexcept {
  std::lock_guard lock(mutex_);
  return open_count_;
}

Status DescriptorCache::pin(File& file) {
  {
    std::lock_guard lock(mutex_);
    if (file.descriptor_ != nullptr) {
      file.remove();
      ++file.pin_count_;
      return Status::ok();
    }
  }
  return open_and_pin(file);
}

Status DescriptorCache::open_and_pin(File& file) {
  // The place is taken before the descriptor exists, so that the limit holds all the time.
  struct Place {
    explicit Place(DescriptorCache& of) : cache(of) {
      std::lock_guard lock(cache.mutex_);
      ++cache.open_count_;
    }
    ~Place() {
      if (is_filled) return;
      std::lock_guard lock(cache.mutex_);
      --cache.open_count_;
    }
    DescriptorCache& cache;
    bool is_filled = false;
  } place(*this);
  close_surplus();
  WOMBAT_ASSIGN(std::unique_ptr<ReadableFile> opened, open_descriptor(file.name_, file.mode_));

  std::optional<AccessPattern> pattern;
  {
    std::lock_guard lock(mutex_);
    // Another thread may have opened the file meanwhile: then `opened` is closed again.
    if (file.descriptor_ == nullptr) {
      file.descriptor_ = std::move(opened);
      pattern = file.pattern_;
      place.is_filled = true;
    }
    file.remove();
    ++file.pin_count_;
  }
  if (pattern) file.descriptor_->advise(*pattern);
  return Status::ok();
}

Result<std::unique_ptr<ReadableFile>> DescriptorCache::open_descriptor(const std::string& name,
                                                                       ReadMode mode) {
  for (;;) {
    auto opened = directory_.open_file_as(name, mode);
    const int os_error = opened.status().os_error();
    if (os_error != EMFILE && os_error != ENFILE) return opened;
    // The process is out of descriptors though this cache is within its limit: give up idle ones.
    std::unique_ptr<ReadableFile> oldest;
    std::lock_guard lock(mutex_);
    oldest = take_oldest();
    if (oldest == nullptr) return opened;
  }
}

void DescriptorCache::unpin(File& file) noexcept {
  std::unique_ptr<ReadableFile>
      surplus;  // declared before the lock, here and below: it is closed after unlocking
  std::lock_guard lock(mutex_);
  if (--file.pin_count_ > 0) return;
  if (open_count_ <= limit_) {
    file.insert_after(&idle_);
    return;
  }
  surplus = std::move(file.descriptor_);
  --open_count_;
}

void DescriptorCache::forget(File& file) noexcept {
  std::unique_ptr<ReadableFile> surplus;
  std::lock_guard lock(mutex_);
  WOMBAT_CHECK(file.pin_count_ == 0);
  file.remove();
  if (file.descriptor_ == nullptr) return;
  surplus = std::move(file.descriptor_);
  --open_count_;
}

void DescriptorCache::close_surplus() noexcept {
  for (;;) {
    std::unique_ptr<ReadableFile> oldest;
    std::lock_guard lock(mutex_);
    if (open_count_ <= limit_) return;
    oldest = take_oldest();
    if (oldest == nullptr) return;
  }
}

std::unique_ptr<ReadableFile> DescriptorCache::take_oldest() noexcept {
  if (idle_.previous == &idle_) return nullptr;
  File& file = static_cast<File&>(*idle_.previous);
  file.remove();
  --open_count_;
  return std::move(file.descriptor_);
}

}  // namespace wombat
