#include "journal/journal_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "journal/database_id_text.h"
#include "journal/fragment.h"
#include "journal/journal_format.h"

namespace wombat {
namespace {

constexpr uint64_t kChunkSize = 32 * kJournalBlockSize;
// Payload bytes of candidates whose checksums are computed per damaged block: real blocks need one block's
// worth, a hostile file could ask for a checksum at every byte.
constexpr uint64_t kScanBudgetPerBlock = 32 * kJournalBlockSize;

uint64_t block_end(uint64_t offset) { return offset - offset % kJournalBlockSize + kJournalBlockSize; }

uint64_t count_nonzero(Bytes bytes) {
  return bytes.size() - static_cast<uint64_t>(std::count(bytes.begin(), bytes.end(), '\0'));
}

std::string identity_text(const FileHeader& header) {
  return "file " + std::to_string(header.file_number) + " of database " +
         database_id_text(header.database_id);
}

}  // namespace

Result<std::unique_ptr<JournalReader>> JournalReader::open(std::unique_ptr<ReadableFile> file,
                                                           std::string name, FileKind kind,
                                                           uint64_t durable_size,
                                                           const FileHeader* identity) {
  std::unique_ptr<JournalReader> reader(new JournalReader());
  WOMBAT_ASSIGN(reader->file_size_, file->size());
  reader->file_ = std::move(file);
  reader->name_ = std::move(name);
  reader->durable_size_ = durable_size;
  reader->chunk_ = std::make_unique_for_overwrite<char[]>(std::min(kChunkSize, reader->file_size_));
  WOMBAT_TRY(reader->read_header(kind, identity));
  if (reader->file_size_ < durable_size) {
    return Status::corruption_at(reader->name_, reader->file_size_,
                                 "a file of at least " + std::to_string(durable_size) + " bytes", "its end");
  }
  return reader;
}

Status JournalReader::read_header(FileKind kind, const FileHeader* identity) {
  WOMBAT_TRY(load(0));
  const Bytes bytes(chunk_.get(), std::min<uint64_t>(file_size_, kFileHeaderSize));
  Result<FileHeader> header = decode_file_header(bytes, kind, name_);
  if (header) {
    header_ = *header;
    if (identity != nullptr &&
        (header_.database_id != identity->database_id || header_.file_number != identity->file_number)) {
      return Status::corruption_at(name_, 0, identity_text(*identity), identity_text(header_));
    }
    context_ = header_.context();
    return Status::ok();
  }
  const Code code = header.status().code();
  if (identity == nullptr || (code != Code::kCorruption && code != Code::kNotADatabase))
    return header.status();

  // The first write may have been lost with the crash. If so, no fragment knows of durable bytes.
  header_ = *identity;
  context_ = header_.context();
  WOMBAT_TRY(scan(0));
  if (std::max(watermark_, durable_size_) > 0) {
    return Status::corruption(header.status().message());
  }
  ended_ = true;
  return Status::ok();
}

bool JournalReader::next(Bytes* record) {
  if (ended_) return false;
  uint64_t offset =
      position_;  // nothing moves before the record is complete: an exception leaves the reader as it was
  bool in_record = false;
  record_.clear();
  while (true) {
    Fragment fragment;
    const char* fault = nullptr;
    if (!next_fragment(&offset, &fragment, &fault)) return false;
    if (fault == nullptr) fault = order_fault(fragment, in_record);
    if (fault != nullptr) {
      end(offset, fault);
      return false;
    }
    offset += fragment.size();
    watermark_ = std::max(watermark_, fragment.synced_offset);
    if (fragment.type == FragmentType::kFull) {
      *record = fragment.payload;
      break;
    }
    record_.append(fragment.payload);
    in_record = true;
    if (fragment.type == FragmentType::kLast) {
      *record = record_;
      break;
    }
  }
  position_ = offset;
  ++record_number_;
  return true;
}

// Reads the fragment at or, behind padding, after `*offset` and sets `*offset` to its place. False when the
// file could not be read.
bool JournalReader::next_fragment(uint64_t* offset, Fragment* fragment, const char** fault) {
  const uint64_t end_of_block = block_end(*offset);
  if (end_of_block - *offset < kFragmentHeaderSize) {
    const uint64_t end_of_padding = std::min(end_of_block, file_size_);
    if (*offset < end_of_padding) {
      if (!load_or_end(*offset)) return false;
      if (count_nonzero(loaded(*offset, end_of_padding)) != 0) {
        *fault = "padding that is not zero";
        return true;
      }
    }
    *offset = end_of_padding;
  }
  if (*offset >= file_size_) {
    *fault = "the end of the file";
    return true;
  }
  if (!load_or_end(*offset)) return false;
  const Bytes rest = loaded(*offset, std::min(block_end(*offset), file_size_));
  *fault = parse_fragment(rest, *offset, fragment);
  if (*fault == nullptr && !fragment_checksum_matches(*fragment, rest, *offset, context_)) {
    *fault = "a fragment with a wrong checksum";
  }
  return true;
}

// What is wrong with a valid fragment at this place; nullptr when nothing is.
const char* JournalReader::order_fault(const Fragment& fragment, bool in_record) const {
  if (fragment.record_number != record_number_) return "a fragment of another record";
  const bool begins = fragment.type == FragmentType::kFull || fragment.type == FragmentType::kFirst;
  if (begins && in_record) return "the beginning of a record inside a record";
  if (!begins && !in_record) return "the middle of a record without its beginning";
  if (fragment.payload.size() > kJournalRecordSizeMax - record_.size()) return "a record that is too large";
  return nullptr;
}

// No further record can be read: `fault` was met at `offset`. Decides between the end and damage.
void JournalReader::end(uint64_t offset, const char* fault) {
  Status status = scan(position_);
  const uint64_t durable = std::max(watermark_, durable_size_);
  if (status && position_ < durable) {
    const std::string expected = "record " + std::to_string(record_number_) + " (bytes up to " +
                                 std::to_string(durable) + " were made durable)";
    status = Status::corruption_at(name_, offset, expected, fault);
  }
  status_ = std::move(status);
  ended_ = true;  // last: if memory ran out above, the next call must not look like a clean end
}

// Looks for valid fragments from `start` to the end of the file: the watermark is the largest synced offset
// of any of them. A bad fragment's size means nothing, so the search behind it goes on byte by byte;
// checksums depend on the offset, so nothing but a fragment written there passes.
Status JournalReader::scan(uint64_t start) {
  dropped_bytes_ = 0;
  for (uint64_t offset = start; offset < file_size_; offset = block_end(offset)) {
    WOMBAT_TRY(load(offset));
    const Bytes block = loaded(offset, std::min(block_end(offset), file_size_));
    const uint64_t nonzero_count = count_nonzero(block);
    dropped_bytes_ += nonzero_count;
    if (nonzero_count != 0) scan_block(block, offset);
  }
  return Status::ok();
}

void JournalReader::scan_block(Bytes block, uint64_t offset) {
  uint64_t budget = kScanBudgetPerBlock;
  while (block.size() >= kFragmentHeaderSize) {
    Fragment fragment;
    uint64_t step = 1;
    if (parse_fragment(block, offset, &fragment) == nullptr) {
      if (fragment.size() > budget) return;
      budget -= fragment.size();
      if (fragment_checksum_matches(fragment, block, offset, context_)) {
        watermark_ = std::max(watermark_, fragment.synced_offset);
        step = fragment.size();
      }
    }
    block.remove_prefix(step);
    offset += step;
  }
}

bool JournalReader::load_or_end(uint64_t offset) {
  status_ = load(offset);
  if (!status_) ended_ = true;
  return status_.is_ok();
}

// Makes the chunk of `offset` the one in memory. A block never straddles two chunks.
Status JournalReader::load(uint64_t offset) {
  const uint64_t start = offset - offset % kChunkSize;
  if (chunk_is_loaded_ && start == chunk_start_) return Status::ok();
  const uint64_t size = std::min(kChunkSize, file_size_ - start);
  chunk_is_loaded_ = false;
  WOMBAT_ASSIGN(const size_t got, file_->read_at(start, size, chunk_.get()));
  if (got != size) {
    WOMBAT_ASSIGN(const uint64_t size_now, file_->size());
    if (size_now >= start + size) {
      return Status(Code::kIoError, name_ + " at " + std::to_string(start + got) +
                                        ": the file ended while it was read, but is not shorter");
    }
    // A writer that closes its journal cuts off the zeros that it had reserved. If it was more than these, the
    // checks of what must be durable tell.
    std::memset(chunk_.get() + got, 0, size - got);
  }
  chunk_start_ = start;
  chunk_is_loaded_ = true;
  return Status::ok();
}

Bytes JournalReader::loaded(uint64_t from, uint64_t to) const {
  WOMBAT_ASSERT(chunk_is_loaded_ && from >= chunk_start_ && to <= chunk_start_ + kChunkSize);
  return Bytes(chunk_.get() + (from - chunk_start_), to - from);
}

}  // namespace wombat
