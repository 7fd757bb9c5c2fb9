#include "env/read_together.h"

#include <sys/uio.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <numeric>
#include <vector>

#include "env/direct_file.h"

namespace wombat {

namespace {

/// Bytes between two reads that are read with them rather than jumped over.
constexpr uint64_t kGapMax = 4096;
/// What is joined stays below this.
constexpr uint64_t kJoinedMax = 256 * 1024;
/// One entry of a queue reads no more.
constexpr uint64_t kQueuedMax = 16 * 1024 * 1024;

/// A file whose descriptor stays open meanwhile, if it has one.
class HeldFile {
 public:
  explicit HeldFile(const ReadableFile& file) : file_(file) {
    if (Result<RawAccess> access = file.hold()) {  // else read_at gives the reason
      is_held_ = true;
      access_ = *access;
    }
  }
  ~HeldFile() { release(); }
  HeldFile(const HeldFile&) = delete;
  HeldFile& operator=(const HeldFile&) = delete;
  void release() {
    if (is_held_) file_.release();
    is_held_ = false;
  }
  bool is_held() const { return is_held_; }
  const ReadableFile& file() const { return file_; }
  bool has_descriptor() const { return access_.descriptor >= 0; }
  const RawAccess& access() const { return access_; }

 private:
  const ReadableFile& file_;
  bool is_held_ = false;
  RawAccess access_;
};

/// Reads of one file that lie next to each other.
struct Span {
  const HeldFile* file;
  uint64_t offset;
  uint64_t end;
  size_t first;  // in the order
  size_t count;
  bool is_done = false;
  bool has_failed = false;                // what was read at once
  std::unique_ptr<AlignedMemory> memory;  // where the reads' own memory will not do
  uint64_t memory_offset = 0;             // of the file, where it begins
};

class TogetherReader {
 public:
  TogetherReader(ReadRings* rings, FileRead* reads, size_t count) : rings_(rings), reads_(reads) {
    order_.resize(count);
    std::iota(order_.begin(), order_.end(), size_t{0});
    // Files in the order in which they are named first, so that the same reads make the same calls.
    std::vector<size_t> ranks(count);
    for (size_t i = 0; i < count; ++i)
      while (reads[ranks[i]].file != reads[i].file) ++ranks[i];
    std::sort(order_.begin(), order_.end(), [&](size_t a, size_t b) {
      if (ranks[a] != ranks[b]) return ranks[a] < ranks[b];
      return reads[a].offset < reads[b].offset;
    });
    spans_.reserve(count);
    for (size_t i = 0; i < count; ++i) add(i);
  }

  void run() {
    try {
      if (rings_ != nullptr && spans_.size() > 1 && rings_->is_usable()) read_by_queue();
    } catch (const std::bad_alloc&) {  // read_at will do
    }
    for (Span& span : spans_)
      if (!span.is_done && span.file->is_held()) read_plainly(span);
    // Those that could not be held may have lacked a descriptor that others had.
    for (HeldFile& file : files_) file.release();
    for (Span& span : spans_)
      if (!span.is_done) read_plainly(span);
  }

 private:
  FileRead& read(size_t i) { return reads_[order_[i]]; }

  void add(size_t i) {
    FileRead& next = read(i);
    next.size_read = 0;
    next.status = Status::ok();
    if (files_.empty() || &files_.back().file() != next.file) files_.emplace_back(*next.file);
    const HeldFile& file = files_.back();
    // What has no descriptor may be anything: there each read is a call of its own.
    if (!spans_.empty() && spans_.back().file == &file && file.has_descriptor()) {
      Span& last = spans_.back();
      const uint64_t end = std::max(last.end, next.offset + next.size);
      if (next.offset <= last.end + kGapMax && end - last.offset <= kJoinedMax) {
        last.end = end;
        ++last.count;
        return;
      }
    }
    spans_.push_back({&file, next.offset, next.offset + next.size, i, 1, false, false, nullptr, 0});
  }

  void read_by_queue() {
    std::vector<ReadRings::Item> items;
    std::vector<Span*> waiting;
    items.reserve(spans_.size());
    waiting.reserve(spans_.size());
    for (Span& span : spans_) {
      if (!span.file->has_descriptor() || span.end - span.offset > kQueuedMax) continue;
      ReadRings::Item item = item_of(span);
      // What the page cache has costs less than a way through a queue.
      if (span.file->access().alignment == 1 && is_read_from_memory(item)) {
        item.result = static_cast<int32_t>(item.size);
        accept(span, item);
        continue;
      }
      waiting.push_back(&span);
      items.push_back(item);
    }
    for (size_t begin = 0; begin < items.size(); begin += ReadRings::kDepth) {
      const size_t count = std::min(items.size() - begin, ReadRings::kDepth);
      if (!rings_->run(&items[begin], count)) break;
      for (size_t i = begin; i < begin + count; ++i) accept(*waiting[i], items[i]);
    }
  }

  static bool is_read_from_memory(const ReadRings::Item& item) {
    const iovec target = {item.out, item.size};
    return ::preadv2(item.descriptor, &target, 1, static_cast<off_t>(item.offset), RWF_NOWAIT) ==
           static_cast<ssize_t>(item.size);
  }

  ReadRings::Item item_of(Span& span) {
    const uint64_t alignment = span.file->access().alignment;
    uint64_t begin = span.offset;
    uint64_t end = span.end;
    char* out = read(span.first).out;
    if (span.count > 1 || alignment > 1) {
      begin = begin / alignment * alignment;
      end = (end + alignment - 1) / alignment * alignment;
      give_memory(span, begin, end);
      out = span.memory->data();
    }
    return {span.file->access().descriptor, begin, out, static_cast<uint32_t>(end - begin), 0};
  }

  void give_memory(Span& span, uint64_t begin, uint64_t end) {
    span.memory = std::make_unique<AlignedMemory>(static_cast<size_t>(end - begin),
                                                  std::max<uint32_t>(span.file->access().alignment, 64));
    span.memory_offset = begin;
  }

  void accept(Span& span, const ReadRings::Item& item) {
    span.has_failed = item.result < 0 || item.offset + static_cast<uint64_t>(item.result) < span.end;
    if (span.has_failed) return;
    span.is_done = true;
    hand_out(span);
  }

  void hand_out(Span& span) {
    for (size_t i = span.first; i < span.first + span.count; ++i) {
      FileRead& one = read(i);
      if (span.memory != nullptr)
        std::memcpy(one.out, span.memory->data() + (one.offset - span.memory_offset), one.size);
      one.size_read = one.size;
    }
    span.memory.reset();
  }

  void read_plainly(Span& span) {
    span.is_done = true;
    span.memory.reset();
    if (span.count > 1 && !span.has_failed) {
      try {
        give_memory(span, span.offset, span.end);
      } catch (const std::bad_alloc&) {
        return read_singly(span);
      }
      const auto size = static_cast<size_t>(span.end - span.offset);
      Result<size_t> got = span.file->file().read_at(span.offset, size, span.memory->data());
      if (got && *got == size) return hand_out(span);
      span.memory.reset();
    }
    read_singly(span);
  }

  /// A failure is that of the read that needs what cannot be read: others that were read with it do not share it.
  void read_singly(const Span& span) {
    for (size_t i = span.first; i < span.first + span.count; ++i) {
      FileRead& one = read(i);
      Result<size_t> got = one.file->read_at(one.offset, one.size, one.out);
      if (got) one.size_read = *got;
      one.status = std::move(got).status();
    }
  }

  ReadRings* const rings_;
  FileRead* const reads_;
  std::vector<size_t> order_;
  std::deque<HeldFile> files_;
  std::vector<Span> spans_;
};

}  // namespace

void read_together(ReadRings* rings, FileRead* reads, size_t count) {
  TogetherReader(rings, reads, count).run();
}

}  // namespace wombat
