#include "table/block_store.h"

#include "base/coding.h"

namespace wombat {
namespace {

/// Frees a frame that did not make it to a slot.
struct FrameDiscard {
  void operator()(Frame* frame) const { FrameCache::discard(frame); }
};
using OwnedFrame = std::unique_ptr<Frame, FrameDiscard>;

}  // namespace

BlockStore::BlockStore(std::unique_ptr<ReadableFile> file, std::string name, const TableIndex& index,
                       FrameCache& cache, Statistics* statistics, BlockUnpacking unpacking,
                       bool verify_checksums, const ScanAhead* scan_ahead)
    : file_(std::move(file)),
      name_(std::move(name)),
      index_(index),
      cache_(cache),
      statistics_(statistics),
      unpacking_(std::move(unpacking)),
      verify_checksums_(verify_checksums),
      scan_ahead_(scan_ahead),
      slots_(new FrameSlot[index.block_count()]) {}

BlockStore::~BlockStore() { cache_.drop(slots_.get(), index_.block_count()); }

Status BlockStore::count_failure(Status status) const {
  if (statistics_ != nullptr && status.code() == Code::kCorruption)
    statistics_->add(Counter::kErrorsCorruption);
  return status;
}

Status BlockStore::read(uint64_t offset, size_t size, char* out) const {
  Status status = read_exactly(*file_, name_, offset, size, out);
  return status ? status : count_failure(std::move(status));
}

Status BlockStore::check_stored(size_t block, const BlockLocation& location, Bytes stored) const {
  const char* const line = index_.header_line(block);
  const Bytes header(line, kHeaderLineFixedSize + BlockShape::of(line).rows);
  const uint64_t computed = checksum64(header, stored, index_.context().seed_at(location.offset));
  if (computed == location.checksum) return Status::ok();
  return Status::corruption_at(name_, location.offset, "block checksum " + hex_text(location.checksum),
                               hex_text(computed));
}

Status BlockStore::decompress(const BlockShape& shape, const BlockLocation& location, Bytes stored,
                              char* out) const {
  Cursor cursor(stored);
  const uint32_t raw_size = cursor.fixed<uint32_t>();
  if (raw_size != shape.frame_size) {
    return Status::corruption_at(name_, location.offset,
                                 "a block of " + std::to_string(shape.frame_size) + " bytes",
                                 std::to_string(raw_size));
  }
  if (!unpacking_.pool->decompress(*unpacking_.codec, unpacking_.dictionary.get(),
                                   cursor.bytes(cursor.remaining()), out, shape.frame_size)) {
    return Status::corruption_at(name_, location.offset, "compressed bytes", "what does not decompress");
  }
  return Status::ok();
}

/// All entries get the timestamp of the commit at once; see TableIndex::apply_ingestion.
Status BlockStore::apply_ingestion(const BlockShape& shape, const BlockLocation& location,
                                   char* frame) const {
  char* const base = frame + shape.tags_at;
  const auto found = load_le<uint64_t>(base);
  if (found != 0)
    return Status::corruption_at(name_, location.offset, "tags that count from 0", std::to_string(found));
  store_le<uint64_t>(base, index_.ingested_at());
  return Status::ok();
}

Status BlockStore::unpack(size_t block, Bytes stored, bool verify_checksum, char* out) const {
  const BlockShape shape = index_.shape(block);
  const BlockLocation location = index_.location(block);
  if (verify_checksum) {
    if (Status status = check_stored(block, location, stored); !status)
      return count_failure(std::move(status));
  }
  if (shape.compressed()) {
    if (Status status = decompress(shape, location, stored, out); !status)
      return count_failure(std::move(status));
  } else if (out != stored.data()) {
    std::memcpy(out, stored.data(), stored.size());
  }
  Status status = check_frame(shape, out, location.offset, name_);
  if (status && index_.ingested_at() != 0) status = apply_ingestion(shape, location, out);
  return status ? status : count_failure(std::move(status));
}

Frame* BlockStore::hand_out(size_t block, Frame* frame, bool fill_cache) const {
  if (fill_cache) return cache_.publish(slots_[block], frame);
  cache_.retire_unpublished(frame);
  return frame;
}

Result<Frame*> BlockStore::load(size_t block, bool fill_cache) const {
  const BlockShape shape = index_.shape(block);
  const BlockLocation location = index_.location(block);
  OwnedFrame frame(cache_.allocate(shape.frame_size));
  if (shape.compressed()) {
    const AlignedBuffer stored(location.stored_size);
    WOMBAT_TRY(read(location.offset, location.stored_size, stored.data()));
    WOMBAT_TRY(unpack(block, Bytes(stored.data(), location.stored_size), verify_checksums_, frame->data()));
  } else {
    WOMBAT_TRY(read(location.offset, location.stored_size, frame->data()));
    WOMBAT_TRY(unpack(block, Bytes(frame->data(), location.stored_size), verify_checksums_, frame->data()));
  }
  if (statistics_ != nullptr) statistics_->add(Counter::kCacheMisses);
  return hand_out(block, frame.release(), fill_cache);
}

Result<Frame*> BlockStore::adopt(size_t block, Bytes stored, bool fill_cache) const {
  OwnedFrame frame(cache_.allocate(index_.shape(block).frame_size));
  WOMBAT_TRY(unpack(block, stored, verify_checksums_, frame->data()));
  if (statistics_ != nullptr) statistics_->add(Counter::kCacheMisses);
  return hand_out(block, frame.release(), fill_cache);
}

void load_blocks_together(ReadRings* rings, BlockLoad* loads, size_t count, bool fill_cache) {
  std::vector<FileRead> reads(count);
  std::vector<OwnedFrame> frames(count);
  std::vector<AlignedBuffer> packed(count);
  for (size_t i = 0; i < count; ++i) {
    const BlockStore& store = *loads[i].store;
    const BlockShape shape = store.index_.shape(loads[i].block);
    const BlockLocation location = store.index_.location(loads[i].block);
    frames[i].reset(store.cache_.allocate(shape.frame_size));
    if (shape.compressed()) packed[i].require(location.stored_size);
    reads[i].file = store.file_.get();
    reads[i].offset = location.offset;
    reads[i].size = location.stored_size;
    reads[i].out = shape.compressed() ? packed[i].data() : frames[i]->data();
  }
  read_together(rings, reads.data(), count);
  for (size_t i = 0; i < count; ++i) {
    const BlockStore& store = *loads[i].store;
    const FileRead& read = reads[i];
    Status status = read.status;
    if (status && read.size_read != read.size)
      status = store.read(read.offset, read.size, read.out);  // too short: it names what is missing
    if (status) {
      const Bytes stored(read.out, read.size);
      status = store.unpack(loads[i].block, stored, store.verify_checksums_, frames[i]->data());
    }
    if (status) {
      if (store.statistics_ != nullptr) store.statistics_->add(Counter::kCacheMisses);
      loads[i].frame = store.hand_out(loads[i].block, frames[i].release(), fill_cache);
    }
    loads[i].status = std::move(status);
  }
}

}  // namespace wombat
