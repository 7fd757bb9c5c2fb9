#include "table/table_index.h"

#include "codec/codec.h"
#include "env/memory_advice.h"
#include "table/range_section.h"

namespace wombat {
namespace {

constexpr size_t kSeparatorOffsetSize = 4;

Status check_identity(const FileHeader& header, const FileHeader& identity, const std::string& name) {
  if (header.database_id != identity.database_id) {
    return Status::corruption_at(name, 0, "a file of this database", "one of another database");
  }
  if (header.file_number != identity.file_number) {
    return Status::corruption_at(name, 0, "file number " + std::to_string(identity.file_number),
                                 std::to_string(header.file_number));
  }
  return Status::ok();
}

bool is_zero(const char* bytes, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    if (bytes[i] != 0) return false;
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<TableIndex>> TableIndex::load(const ReadableFile& file, const std::string& name,
                                                     const FileHeader& identity, uint64_t file_size,
                                                     uint64_t digest, Timestamp ingested_at) {
  WOMBAT_ASSIGN(const uint64_t found_size, file.size());
  if (found_size != file_size || file_size < kFileHeaderSize + kTableFooterSize ||
      file_size % kTableAlignment != 0) {
    return Status::corruption_at(name, 0, "a table of " + std::to_string(file_size) + " bytes",
                                 std::to_string(found_size) + " bytes");
  }
  char header_bytes[kFileHeaderSize];
  WOMBAT_TRY(read_exactly(file, name, 0, kFileHeaderSize, header_bytes));
  const Bytes file_header(header_bytes, kFileHeaderSize);
  WOMBAT_ASSIGN(const FileHeader header, decode_file_header(file_header, FileKind::kTable, name));
  WOMBAT_TRY(check_identity(header, identity, name));

  const uint64_t footer_offset = file_size - kTableFooterSize;
  char footer_bytes[kTableFooterSize];
  WOMBAT_TRY(read_exactly(file, name, footer_offset, kTableFooterSize, footer_bytes));
  std::unique_ptr<TableIndex> index(new TableIndex);
  index->file_header_ = header;
  index->context_ = header.context();
  WOMBAT_ASSIGN(index->footer_,
                decode_table_footer(Bytes(footer_bytes, kTableFooterSize), file_header, footer_offset,
                                    index->context_.seed_at(footer_offset), digest, name));
  WOMBAT_TRY(index->check_section_sizes(name));
  WOMBAT_TRY(index->read_sections(file, name, footer_offset));
  WOMBAT_TRY(index->check_blocks(name));
  WOMBAT_TRY(index->check_separators(name));
  WOMBAT_TRY(index->apply_ingestion(ingested_at, name));
  index->make_fences();
  index->make_properties(file_size, digest);
  return index;
}

/// Blocks of an external table begin their tags with a base, which is what the commit is added to (BlockStore::unpack).
Status TableIndex::apply_ingestion(Timestamp ingested_at, const std::string& name) {
  if (ingested_at != 0 && !footer_.is_external())
    return Status::corruption_at(name, blocks_end(), "a table made outside of a database", "another one");
  if (!footer_.is_external()) return Status::ok();
  if (footer_.timestamp_max != 0 || footer_.has_ranges() || footer_.merge_count != 0 ||
      footer_.distinct_key_count != footer_.entry_count) {
    return Status::corruption_at(name, blocks_end(), "one put or delete without a timestamp for each key",
                                 "other entries in a table made outside of a database");
  }
  for (size_t block = 0; block < block_count(); ++block) {
    const BlockShape shape = this->shape(block);
    if (!shape.has_tags() || !shape.narrow_tags())
      return Status::corruption_at(name, location(block).offset, "tags that count from a base", "others");
  }
  ingested_at_ = ingested_at;
  footer_.timestamp_min = footer_.timestamp_max = ingested_at;
  return Status::ok();
}

Status TableIndex::check_section_sizes(const std::string& name) const {
  const uint64_t blocks = footer_.block_count;
  const auto& sections = footer_.sections;
  const bool good = blocks > 0 && footer_.header_line_size % kTableAlignment == 0 &&
                    footer_.header_line_size >= kTableAlignment &&
                    footer_.header_line_size <= kHeaderLineSizeMax &&
                    sections[kSectionIndex].size == blocks * kBlockIndexEntrySize &&
                    sections[kSectionHeaders].size == blocks * footer_.header_line_size &&
                    sections[kSectionSeparators].size >= (blocks + 2) * kSeparatorOffsetSize;
  if (good) return Status::ok();
  return Status::corruption_at(name, blocks_end(), "sections of the size of their blocks",
                               std::to_string(blocks) + " blocks");
}

/// One read for all sections: they follow each other. Their bytes are used where they land.
Status TableIndex::read_sections(const ReadableFile& file, const std::string& name, uint64_t footer_offset) {
  const uint64_t start = footer_.sections[0].offset;
  const size_t size = footer_offset - start;
  sections_ = AlignedBuffer(size + kFrameSlack);
  // Read at random: with ordinary pages the processor would have to look for the page nearly each time.
  const size_t huge_size = sections_.size() - sections_.size() % AlignedBuffer::kHugePageSize;
  if (huge_size != 0) advise_huge_pages(sections_.data(), huge_size);
  WOMBAT_TRY(read_exactly(file, name, start, size, sections_.data()));
  std::memset(sections_.data() + size, 0, kFrameSlack);
  for (size_t id = 0; id < kSectionCount; ++id) {
    if (!footer_.has_section(id)) continue;
    const TableSection& section = footer_.sections[id];
    const char* const bytes = sections_.data() + (section.offset - start);
    const uint64_t computed = checksum64(Bytes(bytes, section.size), context_.seed_at(section.offset));
    if (computed != section.checksum) {
      return Status::corruption_at(
          name, section.offset,
          std::string(section_name(id)) + " with checksum " + hex_text(section.checksum), hex_text(computed));
    }
    if (!is_zero(bytes + section.size, align_table_offset(section.size) - section.size)) {
      return Status::corruption_at(name, section.offset + section.size, "zeros between sections",
                                   "other bytes");
    }
  }
  const auto section_bytes = [&](size_t id) {
    return sections_.data() + (footer_.sections[id].offset - start);
  };
  locations_ = section_bytes(kSectionIndex);
  headers_ = section_bytes(kSectionHeaders);
  header_line_size_ = footer_.header_line_size;
  separator_offsets_ = section_bytes(kSectionSeparators);
  separator_bytes_ = separator_offsets_ + (uint64_t{footer_.block_count} + 2) * kSeparatorOffsetSize;
  filter_ = section_bytes(kSectionFilter);
  const uint64_t filter_size = footer_.sections[kSectionFilter].size;
  const bool filter_known = footer_.filter_kind == static_cast<uint8_t>(FilterKind::kBlocked256);
  if (filter_known && (filter_size == 0 || filter_size % kBloomBlockSize != 0 ||
                       filter_size / kBloomBlockSize > kBloomBlockCountMax)) {
    return Status::corruption_at(name, footer_.sections[kSectionFilter].offset, "a filter of whole blocks",
                                 std::to_string(filter_size) + " bytes");
  }
  filter_block_count_ = filter_known ? filter_size / kBloomBlockSize : 0;
  if (footer_.has_dictionary()) {
    WOMBAT_TRY(read_dictionary(
        Bytes(section_bytes(kSectionDictionary), footer_.sections[kSectionDictionary].size), name));
  }
  if (!footer_.has_ranges()) return Status::ok();
  const TableSection& section = footer_.sections[kSectionRanges];
  WOMBAT_ASSIGN(RangeSet ranges, decode_range_section(Bytes(section_bytes(kSectionRanges), section.size),
                                                      section.offset, name));
  ranges_ = std::make_shared<const RangeSet>(std::move(ranges));
  return Status::ok();
}

Status TableIndex::read_dictionary(Bytes section, const std::string& name) {
  Cursor cursor(section);
  const auto size = cursor.fixed<uint32_t>();
  dictionary_ = cursor.bytes(size);
  const size_t rest = cursor.remaining();
  if (cursor.ok() && size != 0 && rest < kTableAlignment &&
      is_zero(section.data() + section.size() - rest, rest))
    return Status::ok();
  return Status::corruption_at(name, footer_.sections[kSectionDictionary].offset,
                               "a dictionary that fills its section", std::to_string(size) + " bytes");
}

/// Blocks follow each other without holes up to the sections, and every header line is consistent.
Status TableIndex::check_blocks(const std::string& name) {
  TableCompression& compression = properties_.compression;
  uint64_t expected = kFileHeaderSize;
  uint64_t entries = 0;
  for (size_t block = 0; block < block_count(); ++block) {
    const BlockLocation where = location(block);
    if (where.offset != expected || where.offset > blocks_end() ||
        where.stored_size > blocks_end() - where.offset) {
      return Status::corruption_at(name,
                                   footer_.sections[kSectionIndex].offset + block * kBlockIndexEntrySize,
                                   "a block at " + hex_text(expected), hex_text(where.offset));
    }
    const BlockShape shape = this->shape(block);
    WOMBAT_TRY(check_block_shape(shape, header_line_size_, where, name));
    if (block == 0 && shape.continues()) {
      return Status::corruption_at(name, where.offset, "a first block", "one that continues another");
    }
    compression.compressed_count += shape.compressed() ? 1 : 0;
    compression.frame_bytes += shape.frame_size;
    compression.stored_bytes += where.stored_size;
    entries += shape.rows;
    expected = align_table_offset(where.offset + where.stored_size);
  }
  if (expected != blocks_end()) {
    return Status::corruption_at(name, expected, "blocks up to " + hex_text(blocks_end()), "their end");
  }
  if (entries != footer_.entry_count) {
    return Status::corruption_at(name, footer_.sections[kSectionHeaders].offset,
                                 std::to_string(footer_.entry_count) + " entries", std::to_string(entries));
  }
  if (compression.compressed_count != 0 && footer_.codec == static_cast<uint8_t>(CodecId::kNone)) {
    return Status::corruption_at(name, footer_.sections[kSectionHeaders].offset, "plain blocks",
                                 "compressed ones");
  }
  return Status::ok();
}

Status TableIndex::check_separators(const std::string& name) const {
  const TableSection& section = footer_.sections[kSectionSeparators];
  const uint64_t byte_count = section.size - static_cast<uint64_t>(separator_bytes_ - separator_offsets_);
  const auto bad = [&](size_t i, const char* expected) {
    return Status::corruption_at(name, section.offset, expected, "separator " + std::to_string(i));
  };
  uint64_t before = 0;
  for (size_t i = 0; i <= block_count() + 1; ++i) {
    const uint32_t offset = load_le<uint32_t>(separator_offsets_ + kSeparatorOffsetSize * i);
    if (offset < before || (i == 0 && offset != 0) || offset - before > kKeySizeMax)
      return bad(i, "ascending offsets");
    before = offset;
  }
  if (before != byte_count) return bad(block_count() + 1, "offsets up to the end");
  for (size_t i = 1; i <= block_count(); ++i) {
    const int order = compare_bytes(separator(i - 1), separator(i));
    const bool may_equal = i == block_count() || shape(i).continues();
    if (order > 0 || (order == 0 && !may_equal)) return bad(i, "ascending separators");
  }
  return Status::ok();
}

void TableIndex::make_fences() {
  prefix_size_ = common_prefix_size(separator(0), separator(block_count()));
  std::vector<int64_t> words(block_count());
  bool ties = false;
  for (size_t i = 0; i < words.size(); ++i) {
    words[i] = fence_word(separator(i), prefix_size_);
    ties = ties || (i > 0 && words[i] == words[i - 1]);
  }
  fences_ = FenceIndex(words);
  if (!ties) return;
  for (size_t i = 0; i < words.size(); ++i) words[i] = fence_word(separator(i), prefix_size_ + 8);
  tie_words_ = std::move(words);
}

void TableIndex::make_properties(uint64_t file_size, uint64_t digest) {
  properties_.file_size = file_size;
  properties_.digest = digest;
  properties_.entry_count = footer_.entry_count;
  properties_.delete_count = footer_.delete_count;
  properties_.key_bytes = footer_.key_bytes;
  properties_.value_bytes = footer_.value_bytes;
  properties_.timestamp_min = footer_.timestamp_min;
  properties_.timestamp_max = footer_.timestamp_max;
  properties_.merge_count = footer_.merge_count;
  properties_.expiring_count = footer_.expiring_count;
  properties_.expiry_min_us = footer_.expiry_min_us;
  properties_.expiry_max_us = footer_.expiry_max_us;
  properties_.compression.codec = static_cast<CodecId>(footer_.codec);  // TableReader::open checks it
  properties_.compression.level = footer_.codec_level;
  properties_.compression.block_count = footer_.block_count;
  properties_.compression.dictionary_bytes = dictionary_.size();
  properties_.smallest_key = separator(0);
  properties_.largest_key = separator(block_count());
  if (ranges_ != nullptr) include_ranges(*ranges_, &properties_);
}

size_t TableIndex::memory_usage() const {
  return sizeof(*this) + (ranges_ == nullptr ? 0 : ranges_->memory_usage()) + sections_.size() +
         fences_.memory_usage() + tie_words_.capacity() * sizeof(int64_t);
}

size_t TableIndex::find_block(Bytes key) const {
  if (prefix_size_ != 0) {
    const int order = compare_bytes(key.substr(0, prefix_size_), separator(0).substr(0, prefix_size_));
    if (order != 0) [[unlikely]] {
      return order < 0 ? 0 : block_count() - 1;
    }
  }
  const int64_t word = fence_word(key, prefix_size_);
  const size_t found = fences_.find(word);
  if (found > 0 && fences_.word(found) == word) [[unlikely]] {
    return resolve_tie(found, word, key);
  }
  return found;
}

/// Among the blocks up to `last` whose word equals that of the key: the last whose separator is <= `key`, or
/// the one before all of them.
size_t TableIndex::resolve_tie(size_t last, int64_t word, Bytes key) const {
  if (compare_bytes(separator(last), key) <= 0) return last;
  size_t low = 1;  // block 0 is the answer when nothing else is
  for (size_t high = last; low < high;) {
    const size_t middle = low + (high - low) / 2;
    if (fences_.word(middle) < word) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const int64_t tie_word = tie_words_.empty() ? 0 : fence_word(key, prefix_size_ + 8);
  const auto not_above = [&](size_t i) {
    if (!tie_words_.empty() && tie_words_[i] != tie_word) return tie_words_[i] < tie_word;
    return compare_bytes(separator(i), key) <= 0;
  };
  size_t high = last;  // known to be above
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (not_above(middle)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
}

}  // namespace wombat
