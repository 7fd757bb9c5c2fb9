#include "dump_values.h"

#include <algorithm>

#include "core_status.h"
#include "kv/entry.h"
#include "terminal.h"

namespace wombat::cli {

namespace {

class ValueDump {
 public:
  ValueDump(const ReadableFile& file, const std::string& name, const FileHeader& header, DumpPrinter& printer)
      : file_(file),
        name_(name),
        number_(header.file_number),
        context_(header.context()),
        size_(value_or_fail(file.size(), name)),
        printer_(printer) {}

  uint64_t run() {
    uint64_t offset = kFileHeaderSize;
    while (offset < size_ && !is_interrupted()) {
      ValueRecordHead head;
      const Status read = read_value_head(source(), offset, size_, &head);
      if (read) {
        show(head);
        offset += head.size;
        continue;
      }
      if (read.code() != Code::kCorruption) check_core(read, name_);
      report(offset, read);
      const uint64_t next = find_record(offset + 1);
      printer_.passed_over(offset, next - offset);
      offset = next;
    }
    printer_.values_end(record_count_, damaged_count_, size_);
    return damaged_count_;
  }

 private:
  ValueSource source() { return {file_, name_, context_, pool_}; }

  void report(uint64_t offset, const Status& damage) {
    ++damaged_count_;
    printer_.damage(offset, std::string(damage.message()));
  }

  void show(const ValueRecordHead& head) {
    ++record_count_;
    ValuePointer pointer;
    pointer.file = number_;
    pointer.offset = head.offset;
    pointer.stored_size = head.stored_size;
    pointer.value_size = head.value_size;
    pointer.digest = head.digest;
    Bytes value;
    const Status read = read_value(source(), head.key, pointer, &memory_, &value);
    printer_.value(head, read ? &value : nullptr);
    if (read) return;
    if (read.code() != Code::kCorruption && read.code() != Code::kUnsupported) check_core(read, name_);
    report(head.offset, read);
  }

  /// The first offset from `offset` on where a record begins whose front is whole; the size of the file when there is none. Fronts are
  /// recognised for certain, by a checksum that is seeded with the place.
  uint64_t find_record(uint64_t offset) {
    std::string window;
    while (offset + kValueRecordHeadSize <= size_ && !is_interrupted()) {
      window.resize(static_cast<size_t>(std::min<uint64_t>(kWindowSize, size_ - offset)));
      check_core(read_exactly(file_, name_, offset, window.size(), window.data()), name_);
      const size_t count = window.size() - kValueRecordHeadSize + 1;
      for (size_t i = 0; i < count; ++i) {
        ValueRecordHead head;
        if (may_begin(window.data() + i, size_ - offset - i) &&
            read_value_head(source(), offset + i, size_, &head)) {
          return offset + i;
        }
      }
      offset += count;
    }
    return size_;
  }

  /// What can be told without the checksum: nearly all places cannot be the beginning of a record.
  static bool may_begin(const char* head, uint64_t remaining) {
    const auto value_size = load_le<uint32_t>(head + 16);
    const auto stored_size = load_le<uint32_t>(head + 20);
    if (head[31] != 0 || value_size > kValueSizeMax || stored_size > value_size) return false;
    return value_record_front_size(load_le<uint16_t>(head + 28), value_size) + uint64_t{stored_size} <=
           remaining;
  }

  static constexpr size_t kWindowSize = size_t{1} << 20;

  const ReadableFile& file_;
  const std::string& name_;
  const uint64_t number_;
  const ChecksumContext context_;
  const uint64_t size_;
  DumpPrinter& printer_;
  DecompressorPool pool_;
  std::string memory_;
  uint64_t record_count_ = 0;
  uint64_t damaged_count_ = 0;
};

}  // namespace

uint64_t dump_values(Directory& directory, const std::string& name, const FileHeader& header,
                     DumpPrinter& printer) {
  const auto file = value_or_fail(directory.open_file(name), name);
  return ValueDump(*file, name, header, printer).run();
}

}  // namespace wombat::cli
