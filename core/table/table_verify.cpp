#include <algorithm>
#include <cstring>

#include "base/hash.h"
#include "kv/expiry.h"
#include "kv/merge_operator.h"
#include "kv/value_pointer.h"
#include "table/table_reader.h"
#include "table/table_reader_state.h"

namespace wombat {
namespace {

constexpr size_t kReadSize = 1024 * 1024;

bool is_merge(Bytes value) {
  Bytes name;
  Bytes operand;
  return decode_merge(value, &name, &operand);
}

/// Walks all blocks of a table and holds them against everything the index says.
class TableVerifier {
 public:
  TableVerifier(const TableIndex& index, const BlockStore& blocks) : index_(index), blocks_(blocks) {}

  Status run(const std::function<Status(uint64_t)>& progress) {
    WOMBAT_TRY(check_file_index());
    for (size_t block = 0; block < index_.block_count(); ++block) {
      WOMBAT_TRY(check_block(block));
      if (progress) WOMBAT_TRY(progress(block_end(block) - index_.location(block).offset));
    }
    WOMBAT_TRY(check_totals());
    const uint64_t rest = index_.properties().file_size - index_.blocks_end() + kFileHeaderSize;
    return progress ? progress(rest) : Status::ok();
  }

 private:
  uint64_t block_end(size_t block) const {
    return block + 1 == index_.block_count() ? index_.blocks_end() : index_.location(block + 1).offset;
  }
  Status damage(size_t block, const std::string& expected, const std::string& found) const {
    return Status::corruption_at(blocks_.name(), index_.location(block).offset, expected, found);
  }
  Status check_file_index() const;
  Status check_block(size_t block);
  Status check_boundary(size_t block, Bytes first_key) const;
  Status check_found_again(size_t block, Bytes key) const;
  Status check_row(size_t block, size_t row, const BlockShape& shape, const char* frame);
  Status check_total(const char* what, uint64_t expected, uint64_t found) const;
  Status check_totals();
  Result<Bytes> read_block(size_t block);

  const TableIndex& index_;
  const BlockStore& blocks_;
  AlignedBuffer chunk_;
  uint64_t chunk_offset_ = 0;
  uint64_t chunk_size_ = 0;
  AlignedBuffer frame_;
  std::string key_;
  std::string last_key_;
  Tag last_tag_ = 0;
  size_t first_block_of_key_ = 0;
  TableFooter counted_;
};

/// What was read when the table was opened must still be in the file.
Status TableVerifier::check_file_index() const {
  const TableProperties& properties = index_.properties();
  const auto reloaded = TableIndex::load(blocks_.file(), blocks_.name(), index_.file_header(),
                                         properties.file_size, properties.digest, index_.ingested_at());
  return reloaded.status();
}

/// The stored bytes of a block and the zeros up to the next.
Result<Bytes> TableVerifier::read_block(size_t block) {
  const uint64_t offset = index_.location(block).offset;
  const uint64_t end = block_end(block);
  if (offset < chunk_offset_ || end > chunk_offset_ + chunk_size_) {
    const uint64_t size = std::min(std::max<uint64_t>(end - offset, kReadSize), index_.blocks_end() - offset);
    chunk_size_ = 0;
    chunk_.require(size + kFrameSlack);
    WOMBAT_TRY(blocks_.read(offset, size, chunk_.data()));
    chunk_offset_ = offset;
    chunk_size_ = size;
  }
  return Bytes(chunk_.data() + (offset - chunk_offset_), end - offset);
}

Status TableVerifier::check_block(size_t block) {
  WOMBAT_ASSIGN(const Bytes bytes, read_block(block));
  const size_t stored_size = index_.location(block).stored_size;
  for (const char padding : bytes.substr(stored_size)) {
    if (padding != 0) return damage(block, "zeros behind the block", "other bytes");
  }
  const BlockShape shape = index_.shape(block);
  frame_.require(shape.frame_size + kFrameSlack);
  WOMBAT_TRY(blocks_.unpack(block, bytes.substr(0, stored_size), true, frame_.data()));
  std::memset(frame_.data() + shape.frame_size, 0, kFrameSlack);
  for (size_t row = 0; row < shape.rows; ++row) WOMBAT_TRY(check_row(block, row, shape, frame_.data()));
  return check_found_again(block, last_key_);
}

/// `first_key` comes right after last_key_, across a block boundary.
Status TableVerifier::check_boundary(size_t block, Bytes first_key) const {
  const Bytes separator = index_.separator(block);
  if (block == 0) {
    return separator == first_key ? Status::ok() : damage(block, "the smallest key", escape_bytes(first_key));
  }
  const bool continues = first_key == Bytes(last_key_);
  if (continues != index_.shape(block).continues()) {
    return damage(block, "continuation as flagged", escape_bytes(first_key));
  }
  const bool parted =
      continues ? separator == first_key : Bytes(last_key_) < separator && separator <= first_key;
  return parted ? Status::ok()
                : damage(block, "keys parted by " + escape_bytes(separator), escape_bytes(first_key));
}

/// The search that gets and seeks use must lead to the first block with versions of the key.
Status TableVerifier::check_found_again(size_t block, Bytes key) const {
  const size_t found = index_.first_block(index_.find_block(key), key);
  if (found == first_block_of_key_) return Status::ok();
  return damage(block, "key " + escape_bytes(key) + " in block " + std::to_string(first_block_of_key_),
                "block " + std::to_string(found));
}

Status TableVerifier::check_row(size_t block, size_t row, const BlockShape& shape, const char* frame) {
  key_.assign(shape.prefix(frame)).append(shape.suffix(frame, row));
  const Tag tag = shape.tag(frame, row);
  const Timestamp timestamp = tag_timestamp(tag);
  if (row == 0) WOMBAT_TRY(check_boundary(block, key_));
  const bool first = counted_.entry_count == 0;
  const int order = first ? -1 : compare_bytes(last_key_, key_);
  if (order > 0 || (order == 0 && !may_follow(last_tag_, tag))) {
    return damage(block, "a key after " + escape_bytes(last_key_), escape_bytes(key_));
  }
  if (first || key_ != last_key_) {
    ++counted_.distinct_key_count;
    first_block_of_key_ = block;
  }
  const uint64_t hash = hash_key(key_);
  const char* const fingerprints = index_.header_line(block) + kHeaderLineFixedSize;
  if (static_cast<uint8_t>(fingerprints[row]) != static_cast<uint8_t>(hash >> 32)) {
    return damage(block, "the fingerprint of " + escape_bytes(key_),
                  hex_text(static_cast<uint8_t>(fingerprints[row])));
  }
  if (index_.has_filter() && !index_.may_contain(hash)) {
    return damage(block, "a filter with " + escape_bytes(key_), "one without");
  }
  if (row == 0) WOMBAT_TRY(check_found_again(block, key_));
  counted_.timestamp_min = first ? timestamp : std::min(counted_.timestamp_min, timestamp);
  counted_.timestamp_max = std::max(counted_.timestamp_max, timestamp);
  ++counted_.entry_count;
  const Bytes value = shape.value(frame, row);
  if (!kind_is_point(static_cast<uint8_t>(tag_kind(tag)))) {
    return damage(block, "an entry of a known kind", "kind " + std::to_string(tag & 0xFF));
  }
  if (kind_expires(tag_kind(tag)) && !has_expiry(value)) {
    return damage(block, "an expiring put with a time", escape_bytes(key_));
  }
  ValuePointer pointer;
  if (kind_points(tag_kind(tag)) && !read_value_pointer(tag_kind(tag), value, &pointer)) {
    return damage(block, "a pointer to a value", escape_bytes(key_));
  }
  if (tag_kind(tag) == Kind::kMerge && !is_merge(value)) {
    return damage(block, "a merge with an operator's name", escape_bytes(key_));
  }
  counted_.count_kind(tag, value);
  counted_.key_bytes += key_.size();
  counted_.value_bytes += value.size();
  last_key_.swap(key_);
  last_tag_ = tag;
  return Status::ok();
}

Status TableVerifier::check_total(const char* what, uint64_t expected, uint64_t found) const {
  if (expected == found) return Status::ok();
  return Status::corruption_at(blocks_.name(), index_.properties().file_size - kTableFooterSize,
                               std::string(what) + " " + std::to_string(expected), std::to_string(found));
}

Status TableVerifier::check_totals() {
  const TableFooter& footer = index_.footer();
  if (index_.ranges() != nullptr) counted_.count_ranges(*index_.ranges());
  counted_.format_flags |= footer.format_flags & (kTableIsExternal | kTableHasDictionary);  // no entry tells
  WOMBAT_TRY(check_total("format flags", footer.format_flags, counted_.format_flags));
  WOMBAT_TRY(check_total("merges", footer.merge_count, counted_.merge_count));
  WOMBAT_TRY(check_total("entries that expire", footer.expiring_count, counted_.expiring_count));
  WOMBAT_TRY(check_total("first expiry", footer.expiry_min_us, counted_.expiry_min_us));
  WOMBAT_TRY(check_total("last expiry", footer.expiry_max_us, counted_.expiry_max_us));
  WOMBAT_TRY(check_total("entries", footer.entry_count, counted_.entry_count));
  WOMBAT_TRY(check_total("deletes", footer.delete_count, counted_.delete_count));
  WOMBAT_TRY(check_total("distinct keys", footer.distinct_key_count, counted_.distinct_key_count));
  WOMBAT_TRY(check_total("key bytes", footer.key_bytes, counted_.key_bytes));
  WOMBAT_TRY(check_total("value bytes", footer.value_bytes, counted_.value_bytes));
  WOMBAT_TRY(check_total("smallest timestamp", footer.timestamp_min, counted_.timestamp_min));
  WOMBAT_TRY(check_total("largest timestamp", footer.timestamp_max, counted_.timestamp_max));
  const Bytes largest = index_.separator(index_.block_count());
  if (largest == Bytes(last_key_)) return Status::ok();
  return damage(index_.block_count() - 1, "largest key " + escape_bytes(largest), escape_bytes(last_key_));
}

}  // namespace

Status TableReader::verify(const std::function<Status(uint64_t)>& progress) const {
  return TableVerifier(*state_->index, *state_->blocks).run(progress);
}

}  // namespace wombat
