/// The value files of one database: opened when something refers to them, removed when nothing does any more.
///
/// Tables and memtables hold the files that their entries point into (ValueFilePtr), so a reader that holds those may
/// read. A file that nobody holds is dead: no table of the present tree, no memtable and no older version that somebody
/// still reads points into it. What a crash leaves behind is found by the next open.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/epoch.h"
#include "base/result.h"
#include "base/statistics.h"
#include "env/descriptor_cache.h"
#include "env/file_header.h"
#include "env/file_names.h"
#include "kv/value_reader.h"
#include "vlog/value_cache.h"
#include "vlog/value_record.h"

namespace wombat {

class ValueStore;

/// Any thread.
class ValueFile {
 public:
  ValueFile(ValueStore& store, const FileHeader& header, std::string name,
            std::unique_ptr<ReadableFile> readable)
      : store_(store),
        number_(header.file_number),
        name_(std::move(name)),
        context_(header.context()),
        file_(std::move(readable)) {}
  ~ValueFile();
  ValueFile(const ValueFile&) = delete;
  ValueFile& operator=(const ValueFile&) = delete;

  uint64_t number() const { return number_; }
  const std::string& name() const { return name_; }
  const ChecksumContext& context() const { return context_; }
  ValueSource source() const;
  /// Bytes of the file, as far as they are written.
  uint64_t size() const { return size_.load(std::memory_order_acquire); }
  void set_size(uint64_t size) { size_.store(size, std::memory_order_release); }
  /// Nothing will be appended any more.
  bool is_full() const { return is_full_.load(std::memory_order_acquire); }
  void set_full() { is_full_.store(true, std::memory_order_release); }
  /// A sync has failed: bytes may be lost. Nothing that is to be durable may point here.
  bool is_lost() const { return is_lost_.load(std::memory_order_acquire); }
  void set_lost() {
    is_lost_.store(true, std::memory_order_release);
    set_full();
  }

 private:
  ValueStore& store_;
  const uint64_t number_;
  const std::string name_;
  const ChecksumContext context_;
  const std::unique_ptr<ReadableFile> file_;
  std::atomic<uint64_t> size_{0};
  std::atomic<bool> is_full_{true};
  std::atomic<bool> is_lost_{false};

  friend class ValueStore;
  void set_growing() { is_full_.store(false, std::memory_order_release); }
};
using ValueFilePtr = std::shared_ptr<ValueFile>;

/// Outlives its files. Any thread.
class ValueStore final : public ValueReader {
 public:
  /// `cache`, which outlives the store, keeps what read_frame() has read.
  ValueStore(Directory& directory, DescriptorCache& descriptors, const DatabaseId& database_id,
             FrameCache& cache, Statistics* statistics, ReadMode read_mode = ReadMode::kBuffered)
      : directory_(directory),
        descriptors_(descriptors),
        database_id_(database_id),
        cache_(cache),
        statistics_(statistics),
        read_mode_(read_mode) {}
  ~ValueStore() override;

  /// read() from the file, whatever is in memory.
  Status read_stored(Bytes key, const ValuePointer& pointer, std::string* memory, Bytes* value) const;
  Status read_frame(Bytes key, const ValuePointer& pointer, bool keeps, Frame** frame,
                    Bytes* value) const override;
  Status read(Bytes key, const ValuePointer& pointer, std::string* memory, Bytes* value) const override;
  Status read_part(Bytes key, const ValuePointer& pointer, uint64_t offset, size_t size, std::string* memory,
                   Bytes* part) const override;

  /// The file of that number. kMissingFile when there is none, kCorruption when it is another database's.
  Result<ValueFilePtr> open(uint64_t number);
  /// A file that is about to be written. It grows until set_full().
  Result<ValueFilePtr> add_new(const FileHeader& header);
  /// Null when nobody holds it.
  ValueFilePtr find(uint64_t number) const;
  bool empty() const;
  /// All that somebody holds.
  std::vector<ValueFilePtr> files() const;

  // What there is to know of files without holding them, which would keep them from going.
  /// Numbers, ascending; those of files that are just going as well.
  std::vector<uint64_t> numbers() const;
  struct Facts {
    uint64_t size = 0;
    bool is_full = false;
  };
  /// Nothing when nobody holds that file.
  std::optional<Facts> facts_of(uint64_t number) const;

  const ValueCache& cache() const { return cache_; }
  FileHeader header_of(uint64_t number, uint32_t incarnation) const;
  Directory& directory() const { return directory_; }

  /// From now on, until stop_removing(), files that nobody holds are removed.
  void begin_removing(std::function<void()> listener);
  void stop_removing() noexcept;
  /// As TableStore::remove_obsolete_files().
  void remove_obsolete_files() noexcept;

 private:
  friend class ValueFile;
  /// Where readers look files up: sorted by number. A file that goes leaves null.
  struct Index : Retirable {
    struct Slot {
      uint64_t number;
      std::atomic<ValueFile*> file;
    };
    explicit Index(size_t size) : slots(size) {
      reclaim = [](Retirable* self) { delete static_cast<Index*>(self); };
    }
    std::vector<Slot> slots;
  };
  ValueFile* look_up(uint64_t number) const;
  Result<ValueFile*> find_open(Bytes key, const ValuePointer& pointer) const;
  /// Needs mutex_. Returns what is to be retired when that is free again: what goes with it may be a file of this store.
  [[nodiscard]] Index* publish(uint64_t number, ValueFile* file);
  void forget(ValueFile& file) noexcept;

  Directory& directory_;
  DescriptorCache& descriptors_;
  const DatabaseId database_id_;
  const ValueCache cache_;
  Statistics* const statistics_;  // may be null
  const ReadMode read_mode_;
  std::atomic<Index*> index_{nullptr};
  mutable std::mutex mutex_;
  std::map<uint64_t, std::weak_ptr<ValueFile>> files_;  // guarded by mutex_
  bool is_removing_ = false;                            // guarded by mutex_
  std::vector<uint64_t> obsolete_;                      // guarded by mutex_
  std::function<void()> listener_;                      // guarded by mutex_
  std::mutex removal_mutex_;                            // held while files are removed
  mutable DecompressorPool pool_;
};

}  // namespace wombat
