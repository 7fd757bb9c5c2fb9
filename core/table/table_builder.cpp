#include "table/table_builder.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "base/hash.h"
#include "table/block_builder.h"
#include "table/block_packer.h"
#include "table/bloom_filter.h"
#include "table/hash_list.h"
#include "table/range_section.h"
#include "table/table_format.h"

namespace wombat {
namespace {

constexpr size_t kWriteSize = 256 * 1024;
constexpr size_t kBlockSizeMin = 64;
constexpr size_t kBlockSizeMax = 16 * 1024 * 1024;
/// Offsets of blocks are 32 bits of 64-byte units, those of separators 32 bits; both with room for what ends
/// the file.
constexpr uint64_t kTableSizeMax = uint64_t{255} << 30;
constexpr uint64_t kSeparatorBytesMax = (uint64_t{1} << 32) - 2 * kKeySizeMax - 1;

/// See table_format.h.
Bytes shortest_separator(Bytes before, Bytes first) {
  const size_t common = common_prefix_size(before, first);
  return first.substr(0, common < first.size() ? common + 1 : common);
}

}  // namespace

struct TableBuilder::State {
  State(std::unique_ptr<WritableFile> file_in, std::string name_in, const FileHeader& header,
        const TableOptions& options_in)
      : file(std::move(file_in)), name(std::move(name_in)), context(header.context()), options(options_in) {
    encode_file_header(header, &file_header);
    pending = file_header;
    if (options.block_size_bytes < kBlockSizeMin) options.block_size_bytes = kBlockSizeMin;
    if (options.block_size_bytes > kBlockSizeMax) options.block_size_bytes = kBlockSizeMax;
    if (!options.is_external) return;
    footer.format_flags |= kTableIsExternal;
    block.store_all_tags();
  }

  uint64_t offset() const { return flushed + pending.size(); }
  Status check_entry(Bytes key, Tag tag, Bytes value, bool* same_key) const;
  Status refuse_order(Bytes key) const;
  void count_entry(Bytes key, Tag tag, Bytes value, uint64_t hash, bool same_key);
  Status finish_block();
  Status write_waiting();
  Status write_block(Bytes frame);
  Status append_padding();
  Status flush();
  Status append_section(TableSectionId id, Bytes bytes);
  Status write_index();
  Status write_dictionary();
  Status write_footer();

  std::unique_ptr<WritableFile> file;
  const std::string name;
  const ChecksumContext context;
  TableOptions options;
  std::string file_header;
  std::string pending;  // goes to the file at `flushed`
  uint64_t flushed = 0;

  RangeSet ranges;
  BlockBuilder block;
  std::string last_key;
  Tag last_tag = 0;
  bool block_continues = false;  // the block being filled starts with the last key of the one before
  std::string last_block_key;    // last key of the last finished block
  std::string frame;
  std::string packed;
  std::unique_ptr<BlockPacker> packer;  // null before the first block
  /// Frames of blocks that the packer is to learn from, and only then written.
  std::vector<std::string> waiting;
  size_t waiting_size = 0;

  std::string locations;
  std::string lines;  // header lines without padding
  std::vector<uint16_t> line_sizes;
  size_t written_count = 0;      // blocks that are not waiting
  size_t written_line_size = 0;  // bytes of their lines
  std::vector<uint32_t> separator_ends;
  std::string separator_bytes;
  HashList hashes;  // of distinct keys
  uint64_t last_hash = 0;

  TableFooter footer;
  TableProperties properties;
  /// Set while something is being changed and left behind by a failure or an exception: nothing more is
  /// accepted.
  bool broken = false;
  bool finished = false;
};

Status TableBuilder::State::refuse_order(Bytes key) const {
  return Status::internal(name + ": entry " + escape_bytes(key) + " out of order after " +
                          escape_bytes(last_key));
}

/// `*same_key`: the entry is a further version of the last key.
Status TableBuilder::State::check_entry(Bytes key, Tag tag, Bytes value, bool* same_key) const {
  if (broken || finished) return Status::internal(name + ": entry added after a failure or after finish");
  if (key.size() > kKeySizeMax || value.size() > kValueSizeMax) {
    return Status(Code::kTooLarge, name + ": key of " + std::to_string(key.size()) + " or value of " +
                                       std::to_string(value.size()) + " bytes");
  }
  const int order = footer.entry_count == 0 ? -1 : compare_bytes(last_key, key);
  *same_key = order == 0;
  if (order > 0 || (order == 0 && !may_follow(last_tag, tag))) [[unlikely]]
    return refuse_order(key);
  return Status::ok();
}

void TableBuilder::State::count_entry(Bytes key, Tag tag, Bytes value, uint64_t hash, bool same_key) {
  const Timestamp timestamp = tag_timestamp(tag);
  const bool first = footer.entry_count == 0;
  if (!same_key) {
    hashes.push_back(hash);
    last_key.assign(key);
    ++footer.distinct_key_count;
  }
  last_tag = tag;
  last_hash = hash;
  ++footer.entry_count;
  if (tag_kind(tag) != Kind::kPut) footer.count_kind(tag, value);
  footer.key_bytes += key.size();
  footer.value_bytes += value.size();
  footer.timestamp_min = first || timestamp < footer.timestamp_min ? timestamp : footer.timestamp_min;
  footer.timestamp_max = timestamp > footer.timestamp_max ? timestamp : footer.timestamp_max;
}

/// Lays the block out. What is stored of it may have to wait.
Status TableBuilder::State::finish_block() {
  if (packer == nullptr) {
    WOMBAT_ASSIGN(packer, BlockPacker::make(options));
  }
  frame.clear();
  const size_t line_start = lines.size();
  BlockShape shape = block.finish(&frame, &lines);
  if (block_continues) shape.flags |= kBlockContinues;
  shape.store(lines.data() + line_start);
  line_sizes.push_back(static_cast<uint16_t>(lines.size() - line_start));

  const Bytes separator =
      line_sizes.size() == 1 ? block.first_key() : shortest_separator(last_block_key, block.first_key());
  separator_bytes.append(separator);
  separator_ends.push_back(static_cast<uint32_t>(separator_bytes.size()));
  last_block_key.assign(block.last_key());
  block.clear();
  if (packer->sample_size() == 0) return write_block(frame);
  waiting_size += frame.size();
  waiting.push_back(std::move(frame));
  return waiting_size < packer->sample_size() ? Status::ok() : write_waiting();
}

Status TableBuilder::State::write_waiting() {
  packer->learn(std::vector<Bytes>(waiting.begin(), waiting.end()));
  for (const std::string& frame_bytes : waiting) WOMBAT_TRY(write_block(frame_bytes));
  waiting = {};
  waiting_size = 0;
  return Status::ok();
}

/// The next of the blocks that were laid out.
Status TableBuilder::State::write_block(Bytes frame_bytes) {
  const size_t line_start = written_line_size;
  const size_t line_size = line_sizes[written_count];
  const bool compressed = packer->pack(frame_bytes, &packed);
  if (compressed) {
    BlockShape shape = BlockShape::of(lines.data() + line_start);
    shape.flags |= kBlockCompressed;
    shape.store(lines.data() + line_start);
  }
  const Bytes stored = compressed ? Bytes(packed) : frame_bytes;
  BlockLocation location;
  location.offset = offset();
  location.stored_size = static_cast<uint32_t>(stored.size());
  location.checksum =
      checksum64(Bytes(lines).substr(line_start, line_size), stored, context.seed_at(location.offset));
  if (location.offset + stored.size() > kTableSizeMax || separator_bytes.size() > kSeparatorBytesMax) {
    return Status(Code::kTooLarge, name + ": table of more than 255 GiB, or 4 GiB of separators");
  }
  append_block_location(location, &locations);
  pending.append(stored);
  TableCompression& compression = properties.compression;
  ++compression.block_count;
  compression.compressed_count += compressed ? 1 : 0;
  compression.frame_bytes += frame_bytes.size();
  compression.stored_bytes += stored.size();
  ++written_count;
  written_line_size += line_size;
  return append_padding();
}

Status TableBuilder::State::append_padding() {
  pending.append(align_table_offset(offset()) - offset(), '\0');
  return pending.size() >= kWriteSize ? flush() : Status::ok();
}

Status TableBuilder::State::flush() {
  if (pending.empty()) return Status::ok();
  WOMBAT_TRY(file->append(pending));
  flushed += pending.size();
  pending.clear();
  return Status::ok();
}

Status TableBuilder::State::append_section(TableSectionId id, Bytes bytes) {
  TableSection& section = footer.sections[id];
  section.offset = offset();
  section.size = bytes.size();
  section.checksum = checksum64(bytes, context.seed_at(section.offset));
  if (bytes.size() >= kWriteSize) {  // without a copy
    WOMBAT_TRY(flush());
    WOMBAT_TRY(file->append(bytes));
    flushed += bytes.size();
  } else {
    pending.append(bytes);
  }
  return append_padding();
}

Status TableBuilder::State::write_index() {
  footer.block_count = static_cast<uint32_t>(line_sizes.size());
  WOMBAT_TRY(append_section(kSectionIndex, locations));

  size_t line_size = 0;
  for (const uint16_t size : line_sizes) line_size = size > line_size ? size : line_size;
  line_size = align_table_offset(line_size);
  footer.header_line_size = static_cast<uint16_t>(line_size);
  std::string padded;
  padded.reserve(line_size * line_sizes.size());
  size_t from = 0;
  for (const uint16_t size : line_sizes) {
    padded.append(lines, from, size).append(line_size - size, '\0');
    from += size;
  }
  WOMBAT_TRY(append_section(kSectionHeaders, padded));

  separator_bytes.append(last_key);
  separator_ends.push_back(static_cast<uint32_t>(separator_bytes.size()));
  std::string separators;
  append_le<uint32_t>(&separators, 0);
  for (const uint32_t end : separator_ends) append_le<uint32_t>(&separators, end);
  separators.append(separator_bytes);
  WOMBAT_TRY(append_section(kSectionSeparators, separators));

  std::string filter;
  if (options.filter_bits_per_key != 0) {
    const uint64_t blocks = bloom_block_count(hashes.size(), options.filter_bits_per_key);
    filter.assign(blocks * kBloomBlockSize, '\0');
    hashes.for_each_piece(
        [&](const uint64_t* piece, size_t count) { bloom_add(piece, count, filter.data(), blocks); });
    footer.filter_kind = static_cast<uint8_t>(FilterKind::kBlocked256);
  }
  WOMBAT_TRY(append_section(kSectionFilter, filter));
  if (!ranges.empty()) WOMBAT_TRY(append_section(kSectionRanges, encode_range_section(ranges)));
  return packer->dictionary().empty() ? Status::ok() : write_dictionary();
}

Status TableBuilder::State::write_dictionary() {
  footer.format_flags |= kTableHasDictionary;
  std::string bytes;
  append_sized(&bytes, packer->dictionary());
  bytes.resize(align_table_offset(bytes.size()));
  properties.compression.dictionary_bytes = packer->dictionary().size();
  return append_section(kSectionDictionary, bytes);
}

Status TableBuilder::State::write_footer() {
  footer.codec = static_cast<uint8_t>(packer->codec());
  footer.codec_level = static_cast<int8_t>(packer->level());
  properties.compression.codec = packer->codec();
  properties.compression.level = packer->level();
  footer.block_size_bytes = static_cast<uint32_t>(options.block_size_bytes);
  footer.filter_bits_per_key = options.filter_bits_per_key;
  properties.digest = encode_table_footer(footer, file_header, context.seed_at(offset()), &pending);
  properties.file_size = offset();
  WOMBAT_TRY(flush());
  WOMBAT_TRY(file->sync());
  return file->close();
}

TableBuilder::TableBuilder(std::unique_ptr<WritableFile> file, std::string name, const FileHeader& header,
                           const TableOptions& options)
    : state_(new State(std::move(file), std::move(name), header, options)) {}

TableBuilder::~TableBuilder() = default;

Status TableBuilder::add(Bytes key, Tag tag, Bytes value) {
  State& state = *state_;
  bool same_key = false;
  WOMBAT_TRY(state.check_entry(key, tag, value, &same_key));
  state.broken = true;
  const uint64_t hash = same_key ? state.last_hash : hash_key(key);
  if (!state.block.empty() && (state.block.rows() == kBlockEntryCountMax ||
                               !state.block.fits(key, tag, value, state.options.block_size_bytes))) {
    WOMBAT_TRY(state.finish_block());
    state.block_continues = same_key;
  }
  state.block.add(key, tag, value, hash);
  state.count_entry(key, tag, value, hash, same_key);
  state.broken = false;
  return Status::ok();
}

void TableBuilder::set_ranges(RangeSet ranges) { state_->ranges = std::move(ranges); }

const RangeSet& TableBuilder::ranges() const { return state_->ranges; }

Status TableBuilder::finish() {
  State& state = *state_;
  if (state.footer.entry_count == 0 && !state.ranges.empty()) {
    const RangeSet::Fragment& first = state.ranges.fragments().front();
    WOMBAT_TRY(add(first.lower, make_tag(first.timestamps.front(), Kind::kDelete), Bytes()));
  }
  if (state.broken || state.finished || state.footer.entry_count == 0) {
    return Status::internal(state.name + ": finish after a failure, twice or of an empty table");
  }
  state.broken = true;
  state.footer.count_ranges(state.ranges);
  WOMBAT_TRY(state.finish_block());
  if (!state.waiting.empty()) WOMBAT_TRY(state.write_waiting());
  WOMBAT_TRY(state.write_index());
  WOMBAT_TRY(state.write_footer());
  TableProperties& properties = state.properties;
  properties.entry_count = state.footer.entry_count;
  properties.delete_count = state.footer.delete_count;
  properties.key_bytes = state.footer.key_bytes;
  properties.value_bytes = state.footer.value_bytes;
  properties.timestamp_min = state.footer.timestamp_min;
  properties.timestamp_max = state.footer.timestamp_max;
  properties.merge_count = state.footer.merge_count;
  properties.expiring_count = state.footer.expiring_count;
  properties.expiry_min_us = state.footer.expiry_min_us;
  properties.expiry_max_us = state.footer.expiry_max_us;
  const size_t first_size = state.separator_ends.front();
  properties.smallest_key = state.separator_bytes.substr(0, first_size);
  properties.largest_key = state.last_key;
  include_ranges(state.ranges, &properties);
  state.finished = true;
  state.broken = false;
  return Status::ok();
}

const TableProperties& TableBuilder::properties() const { return state_->properties; }

uint64_t TableBuilder::estimated_size() const {
  const State& state = *state_;
  const uint64_t blocks = state.line_sizes.size() + 1;
  const uint64_t index = blocks * (kBlockIndexEntrySize + 4 * 64) + state.separator_bytes.size();
  const uint64_t filter = state.hashes.size() * state.options.filter_bits_per_key / 8;
  return state.offset() + state.waiting_size + state.block.frame_size_bound() + index + filter +
         kTableFooterSize;
}

size_t TableBuilder::memory_usage() const {
  const State& state = *state_;
  const size_t index = state.lines.capacity() + state.separator_bytes.capacity() +
                       state.locations.capacity() + state.line_sizes.capacity() * sizeof(uint16_t) +
                       state.separator_ends.capacity() * sizeof(uint32_t);
  const size_t filter = state.hashes.size() * state.options.filter_bits_per_key / 8;
  const size_t blocks = state.pending.capacity() + state.frame.capacity() + state.packed.capacity() +
                        2 * state.block.frame_size_bound() + state.waiting_size;
  // finish() lays the sections out one after the other.
  return state.hashes.memory_usage() + index + std::max(index, filter) + blocks;
}

uint64_t TableBuilder::entry_count() const { return state_->footer.entry_count; }

}  // namespace wombat
