/// Everything of a table except its blocks, in memory: footer, block index, header lines, separators, filter
/// (one buffer, as they are in the file) and the fences made from the separators. Checked when loaded,
/// immutable after.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "env/file_header.h"
#include "env/file_system.h"
#include "table/aligned_buffer.h"
#include "table/block_shape.h"
#include "table/bloom_filter.h"
#include "table/fence_index.h"
#include "table/table_format.h"
#include "table/table_properties.h"

namespace wombat {

class TableIndex {
 public:
  /// See TableReader::open.
  static Result<std::unique_ptr<TableIndex>> load(const ReadableFile& file, const std::string& name,
                                                  const FileHeader& identity, uint64_t file_size,
                                                  uint64_t digest, Timestamp ingested_at = 0);

  const TableFooter& footer() const { return footer_; }
  const TableProperties& properties() const { return properties_; }
  /// What timestamps in the file count from. Footer and properties have it added.
  Timestamp ingested_at() const { return ingested_at_; }
  const FileHeader& file_header() const { return file_header_; }
  const ChecksumContext& context() const { return context_; }
  size_t block_count() const { return footer_.block_count; }
  uint64_t blocks_end() const { return footer_.sections[kSectionIndex].offset; }
  size_t memory_usage() const;

  BlockLocation location(size_t block) const {
    return load_block_location(locations_ + block * kBlockIndexEntrySize);
  }
  const char* header_line(size_t block) const { return headers_ + block * header_line_size_; }
  /// Asks the processor for it, or for its first part.
  void prefetch_header_line(size_t block) const {
    const char* const line = header_line(block);
    const size_t size = header_line_size_ < 256 ? header_line_size_ : 256;
    for (size_t at = 0; at < size; at += 64) __builtin_prefetch(line + at);
  }
  bool continues(size_t block) const {
    return (load_le<uint8_t>(header_line(block) + 3) & kBlockContinues) != 0;
  }
  BlockShape shape(size_t block) const { return BlockShape::of(header_line(block)); }
  /// `i` up to block_count(): the last is the largest key of the table.
  Bytes separator(size_t i) const {
    const uint32_t start = load_le<uint32_t>(separator_offsets_ + 4 * i);
    return Bytes(separator_bytes_ + start, load_le<uint32_t>(separator_offsets_ + 4 * i + 4) - start);
  }

  /// The last block whose separator is <= `key`, the first when there is none. When versions of `key`
  /// continue over several blocks this is the last of them: see first_block.
  size_t find_block(Bytes key) const;
  /// The first block that may hold versions of `key`, given find_block(key).
  size_t first_block(size_t found, Bytes key) const {
    while (shape(found).continues() && separator(found) == key) --found;
    return found;
  }

  /// The range deletes of the table; null: it has none.
  const RangeSetPtr& ranges() const { return ranges_; }

  /// Of the codec; empty: the table has none.
  Bytes dictionary() const { return dictionary_; }

  bool has_filter() const { return filter_block_count_ != 0; }
  bool may_contain(uint64_t hash) const { return bloom_test(filter_, filter_block_count_, hash); }
  void prefetch_filter(uint64_t hash) const {
    if (has_filter())
      __builtin_prefetch(filter_ + bloom_block_of(hash, filter_block_count_) * kBloomBlockSize);
  }

 private:
  TableIndex() = default;
  Status read_sections(const ReadableFile& file, const std::string& name, uint64_t footer_offset);
  Status read_dictionary(Bytes section, const std::string& name);
  Status check_section_sizes(const std::string& name) const;
  Status check_blocks(const std::string& name);
  Status check_separators(const std::string& name) const;
  Status apply_ingestion(Timestamp ingested_at, const std::string& name);
  void make_fences();
  void make_properties(uint64_t file_size, uint64_t digest);
  size_t resolve_tie(size_t last, int64_t word, Bytes key) const;

  // What a get looks at stands together.
  alignas(64) const char* filter_ = nullptr;
  uint64_t filter_block_count_ = 0;
  size_t prefix_size_ = 0;  // common to all keys of the table
  const char* headers_ = nullptr;
  size_t header_line_size_ = 0;
  const char* separator_offsets_ = nullptr;
  const char* separator_bytes_ = nullptr;
  const char* locations_ = nullptr;
  FenceIndex fences_;
  std::vector<int64_t>
      tie_words_;  // the next 8 bytes of every separator; only when some fence words are equal
  Timestamp ingested_at_ = 0;
  TableFooter footer_;
  FileHeader file_header_;
  ChecksumContext context_;
  TableProperties properties_;
  RangeSetPtr ranges_;
  Bytes dictionary_;  // in sections_
  AlignedBuffer sections_;
};

}  // namespace wombat
