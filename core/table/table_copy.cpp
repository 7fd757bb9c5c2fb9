#include "table/table_copy.h"

#include "table/block_shape.h"
#include "table/table_format.h"

namespace wombat {

namespace {

constexpr uint64_t kPieceSize = 1024 * 1024;

class TableCopier {
 public:
  TableCopier(const TableSource& source, WritableFile& to, const FileHeader& identity)
      : source_(source), to_(to), to_context_(identity.context()) {
    encode_file_header(identity, &to_header_);
  }

  Status run(const std::function<Status(uint64_t)>& progress, uint64_t* digest) {
    WOMBAT_TRY(read_footer());
    WOMBAT_TRY(read_sections());
    WOMBAT_TRY(to_.append(to_header_));
    for (size_t block = 0; block < footer_.block_count;) WOMBAT_TRY(copy_piece(&block, progress));
    for (size_t id = 0; id < kSectionCount; ++id) {
      if (!footer_.has_section(id)) continue;
      TableSection& section = footer_.sections[id];
      section.checksum = checksum64(section_bytes(id), to_context_.seed_at(section.offset));
    }
    *digest = encode_table_footer(footer_, to_header_, to_context_.seed_at(footer_offset_), &sections_);
    WOMBAT_TRY(to_.append(sections_));
    WOMBAT_TRY(to_.sync());
    return to_.close();
  }

 private:
  Status read(uint64_t offset, size_t size, std::string* bytes) const {
    bytes->resize(size);
    return read_exactly(source_.file, source_.name, offset, size, bytes->data());
  }

  Status read_footer() {
    if (source_.file_size < kFileHeaderSize + kTableFooterSize) return changed(0);
    footer_offset_ = source_.file_size - kTableFooterSize;
    std::string header;
    WOMBAT_TRY(read(0, kFileHeaderSize, &header));
    WOMBAT_ASSIGN(const FileHeader from, decode_file_header(header, FileKind::kTable, source_.name));
    from_context_ = from.context();
    std::string bytes;
    WOMBAT_TRY(read(footer_offset_, kTableFooterSize, &bytes));
    WOMBAT_ASSIGN(footer_,
                  decode_table_footer(bytes, header, footer_offset_, from_context_.seed_at(footer_offset_),
                                      source_.digest, source_.name));
    return Status::ok();
  }

  /// With the zeros between them. The digest covers their checksums, so what passes is what was checked before.
  Status read_sections() {
    sections_at_ = footer_.sections[0].offset;
    WOMBAT_TRY(read(sections_at_, static_cast<size_t>(footer_offset_ - sections_at_), &sections_));
    for (size_t id = 0; id < kSectionCount; ++id) {
      if (!footer_.has_section(id)) continue;
      const TableSection& section = footer_.sections[id];
      if (checksum64(section_bytes(id), from_context_.seed_at(section.offset)) != section.checksum)
        return changed(section.offset);
    }
    return Status::ok();
  }

  Bytes section_bytes(size_t id) const {
    const TableSection& section = footer_.sections[id];
    return Bytes(sections_).substr(static_cast<size_t>(section.offset - sections_at_),
                                   static_cast<size_t>(section.size));
  }

  char* location_at(size_t block) {
    const size_t index_at = static_cast<size_t>(footer_.sections[kSectionIndex].offset - sections_at_);
    return sections_.data() + index_at + block * kBlockIndexEntrySize;
  }

  uint64_t offset_of(size_t block) {
    return block == footer_.block_count ? sections_at_ : load_block_location(location_at(block)).offset;
  }

  /// As many blocks as are worth one read.
  Status copy_piece(size_t* block, const std::function<Status(uint64_t)>& progress) {
    const uint64_t from = offset_of(*block);
    size_t end = *block + 1;
    while (end < footer_.block_count && offset_of(end + 1) - from <= kPieceSize) ++end;
    const uint64_t size = offset_of(end) - from;
    WOMBAT_TRY(read(from, static_cast<size_t>(size), &piece_));
    for (; *block < end; ++*block) WOMBAT_TRY(renew_checksum(*block, from));
    WOMBAT_TRY(to_.append(piece_));
    return progress ? progress(size) : Status::ok();
  }

  Status renew_checksum(size_t block, uint64_t piece_at) {
    char* const place = location_at(block);
    const BlockLocation location = load_block_location(place);
    const Bytes stored =
        Bytes(piece_).substr(static_cast<size_t>(location.offset - piece_at), location.stored_size);
    const char* const line = section_bytes(kSectionHeaders).data() + block * footer_.header_line_size;
    const Bytes header(line, kHeaderLineFixedSize + BlockShape::of(line).rows);
    if (checksum64(header, stored, from_context_.seed_at(location.offset)) != location.checksum)
      return changed(location.offset);
    store_le<uint64_t>(place + 8, checksum64(header, stored, to_context_.seed_at(location.offset)));
    return Status::ok();
  }

  Status changed(uint64_t offset) const {
    return Status::corruption_at(source_.name, offset, "what was there when the table was checked",
                                 "other bytes");
  }

  const TableSource& source_;
  WritableFile& to_;
  const ChecksumContext to_context_;
  std::string to_header_;
  ChecksumContext from_context_;
  TableFooter footer_;
  uint64_t footer_offset_ = 0;
  uint64_t sections_at_ = 0;
  std::string sections_;
  std::string piece_;
};

}  // namespace

Status copy_table(const TableSource& source, WritableFile& to, const FileHeader& identity,
                  const std::function<Status(uint64_t)>& progress, uint64_t* digest) {
  return TableCopier(source, to, identity).run(progress, digest);
}

}  // namespace wombat
