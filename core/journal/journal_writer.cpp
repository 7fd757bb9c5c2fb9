#include "journal/journal_writer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/coding.h"
#include "journal/journal_format.h"

namespace wombat {
namespace {

constexpr size_t kBufferReserved = 64 * 1024;
// A buffer that one large record has grown beyond this is given back after its flush.
constexpr size_t kBufferKeptMax = 4 * 1024 * 1024;

// Bytes that a record may take at most: its fragments' headers and the padding in front of the first.
size_t encoded_size_max(size_t record_size) {
  const size_t fragment_count_max = record_size / (kJournalBlockSize - kFragmentHeaderSize) + 2;
  return record_size + (fragment_count_max + 1) * kFragmentHeaderSize;
}

FragmentType fragment_type(bool first, bool last) {
  if (first) return last ? FragmentType::kFull : FragmentType::kFirst;
  return last ? FragmentType::kLast : FragmentType::kMiddle;
}

void store_fragment_header(uint64_t synced_size, uint32_t record_number, size_t payload_size,
                           FragmentType type, char* to) {
  std::memset(to, 0, kFragmentHeaderSize);
  store_le<uint64_t>(to + 8, synced_size);
  store_le<uint32_t>(to + 16, record_number);
  store_le<uint16_t>(to + 20, static_cast<uint16_t>(payload_size));
  to[22] = static_cast<char>(type);
}

// Moves up to `size` bytes from the front of `from` to the end of `out`; returns how many.
size_t move_bytes(Bytes* from, size_t size, std::string* out) {
  const size_t taken = std::min(size, from->size());
  out->append(from->data(), taken);
  from->remove_prefix(taken);
  return taken;
}

}  // namespace

JournalWriter::JournalWriter(std::unique_ptr<WritableFile> file, const FileHeader& header)
    : file_(std::move(file)), context_(header.context()) {
  buffer_.reserve(kBufferReserved);
  encode_file_header(header, &buffer_);
}

void JournalWriter::add(Bytes record) { add(record, Bytes()); }

void JournalWriter::add(Bytes head, Bytes body) {
  WOMBAT_CHECK(head.size() <= kJournalRecordSizeMax && body.size() <= kJournalRecordSizeMax - head.size());
  if (!status_) return;
  size_t left = head.size() + body.size();
  buffer_.reserve(buffer_.size() + encoded_size_max(left));  // nothing below allocates
  bool first = true;
  bool last = false;
  while (!last) {
    size_t room = kJournalBlockSize - size() % kJournalBlockSize;
    if (room < kFragmentHeaderSize) {
      buffer_.append(room, '\0');
      room = kJournalBlockSize;
    }
    const size_t payload_size = std::min(left, room - kFragmentHeaderSize);
    left -= payload_size;
    last = left == 0;
    append_fragment(fragment_type(first, last), payload_size, &head, &body);
    first = false;
  }
  ++record_number_;
}

Status JournalWriter::append(Bytes head, Bytes body) {
  if (append_in_place(head, body)) return Status::ok();
  add(head, body);
  return flush();
}

// For a record that fits into the present block, when nothing is buffered. Cannot fail half-way.
bool JournalWriter::append_in_place(Bytes head, Bytes body) {
  const uint64_t offset = flushed_size_;
  const size_t room = kJournalBlockSize - offset % kJournalBlockSize;
  if (!status_ || !buffer_.empty() || head.size() > room || body.size() > room) return false;
  const size_t payload_size = head.size() + body.size();
  const size_t size = kFragmentHeaderSize + payload_size;
  if (size > room) return false;
  char* const space = file_->append_space(size);
  if (space == nullptr) return false;
  char* at = space + kFragmentHeaderSize;
  for (const Bytes part : {head, body}) {
    if (!part.empty()) std::memcpy(at, part.data(), part.size());
    at += part.size();
  }
  store_fragment_header(synced_size_, record_number_, payload_size, FragmentType::kFull, space);
  const Bytes covered(space + sizeof(uint64_t), size - sizeof(uint64_t));
  store_le<uint64_t>(space, checksum64(covered, context_.seed_at(offset)));
  file_->note_appended(size);
  flushed_size_ += size;
  ++record_number_;
  return true;
}

void JournalWriter::append_fragment(FragmentType type, size_t payload_size, Bytes* head, Bytes* body) {
  const uint64_t offset = size();
  const size_t start = buffer_.size();
  char header[kFragmentHeaderSize];
  store_fragment_header(synced_size_, record_number_, payload_size, type, header);
  buffer_.append(header, sizeof(header));
  const size_t from_head = move_bytes(head, payload_size, &buffer_);
  move_bytes(body, payload_size - from_head, &buffer_);
  const Bytes covered = Bytes(buffer_).substr(start + sizeof(uint64_t));
  store_le<uint64_t>(buffer_.data() + start, checksum64(covered, context_.seed_at(offset)));
}

Status JournalWriter::flush() {
  if (!status_) return status_;
  if (buffer_.empty()) return Status::ok();
  Status appended;
  try {
    appended = file_->append(buffer_);
  } catch (...) {
    fail(Status::no_memory());  // how much was written is unknown
    throw;
  }
  if (!appended) {
    fail(std::move(appended));
    return status_;
  }
  flushed_size_ += buffer_.size();
  drop_buffer();
  return Status::ok();
}

Status JournalWriter::sync() {
  WOMBAT_TRY(flush());
  if (synced_size_ == flushed_size_) return Status::ok();
  Status synced;
  try {
    synced = file_->sync();
  } catch (...) {
    sync_has_failed_ = true;
    fail(Status::no_memory());
    throw;
  }
  if (!synced) {
    sync_has_failed_ = true;
    fail(std::move(synced));
    return status_;
  }
  synced_size_ = flushed_size_;
  return Status::ok();
}

Status JournalWriter::sync_good_part() {
  if (status_) return sync();
  if (sync_has_failed_) return status_;
  if (synced_size_ == flushed_size_) return Status::ok();
  sync_has_failed_ = true;  // until it has succeeded, so that an exception counts as a failure
  if (Status synced = file_->sync(); !synced) {
    fail(std::move(synced));
    return status_;
  }
  sync_has_failed_ = false;
  synced_size_ = flushed_size_;
  return Status::ok();
}

void JournalWriter::mark_synced() noexcept {
  if (!status_ || size() != synced_size_) return;
  if (buffer_.capacity() - buffer_.size() < encoded_size_max(0)) return;
  try {
    add(Bytes());
    static_cast<void>(flush());  // latched: whoever appends next is told
  } catch (...) {
    fail(Status::no_memory());
  }
}

Status JournalWriter::close() {
  const Status flushed = status_ ? flush() : Status::ok();  // an older failure has been told already
  Status closed = file_->close();
  if (!flushed) return flushed;
  if (!closed && status_) fail(closed);
  return closed;
}

void JournalWriter::fail(Status status) noexcept {
  status_ = std::move(status);
  drop_buffer();
}

void JournalWriter::drop_buffer() noexcept {
  buffer_.clear();
  if (buffer_.capacity() > kBufferKeptMax) std::string().swap(buffer_);
}

}  // namespace wombat
