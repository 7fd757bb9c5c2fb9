#include "table/table_format.h"

#include <algorithm>

#include "base/coding.h"
#include "kv/expiry.h"

namespace wombat {
namespace {

constexpr size_t kChecksumAt = kTableFooterSize - sizeof(uint64_t);

uint64_t footer_checksum(Bytes file_header, Bytes footer, uint64_t seed) {
  return checksum64(file_header, footer.substr(0, kChecksumAt), seed);
}

void append_fields(const TableFooter& footer, std::string* out) {
  append_le<uint64_t>(out, kTableFooterMagic);
  append_le<uint32_t>(out, footer.format_flags);
  append_le<uint8_t>(out, footer.comparator);
  append_le<uint8_t>(out, footer.codec);
  append_le<uint8_t>(out, static_cast<uint8_t>(footer.codec_level));
  append_le<uint8_t>(out, footer.hash);
  append_le<uint8_t>(out, footer.filter_kind);
  append_le<uint8_t>(out, 0);
  append_le<uint16_t>(out, footer.header_line_size);
  append_le<uint32_t>(out, footer.block_count);
  append_le<uint32_t>(out, footer.block_size_bytes);
  append_le<uint32_t>(out, footer.filter_bits_per_key);
  append_le<uint64_t>(out, footer.entry_count);
  append_le<uint64_t>(out, footer.delete_count);
  append_le<uint64_t>(out, footer.key_bytes);
  append_le<uint64_t>(out, footer.value_bytes);
  append_le<uint64_t>(out, footer.timestamp_min);
  append_le<uint64_t>(out, footer.timestamp_max);
  append_le<uint64_t>(out, footer.distinct_key_count);
  for (size_t id = 0; id < kPlacedSectionCount; ++id) {
    append_le<uint64_t>(out, footer.sections[id].offset);
    append_le<uint64_t>(out, footer.sections[id].size);
    append_le<uint64_t>(out, footer.sections[id].checksum);
  }
  append_le<uint64_t>(out, footer.expiring_count);
  append_le<uint64_t>(out, footer.expiry_min_us);
  append_le<uint64_t>(out, footer.expiry_max_us);
  append_le<uint64_t>(out, footer.merge_count);
  append_le<uint64_t>(out, footer.sections[kSectionDictionary].checksum);
}

TableFooter read_fields(Cursor& cursor) {
  TableFooter footer;
  footer.format_flags = cursor.fixed<uint32_t>();
  footer.comparator = cursor.fixed<uint8_t>();
  footer.codec = cursor.fixed<uint8_t>();
  footer.codec_level = static_cast<int8_t>(cursor.fixed<uint8_t>());
  footer.hash = cursor.fixed<uint8_t>();
  footer.filter_kind = cursor.fixed<uint8_t>();
  cursor.fixed<uint8_t>();
  footer.header_line_size = cursor.fixed<uint16_t>();
  footer.block_count = cursor.fixed<uint32_t>();
  footer.block_size_bytes = cursor.fixed<uint32_t>();
  footer.filter_bits_per_key = cursor.fixed<uint32_t>();
  footer.entry_count = cursor.fixed<uint64_t>();
  footer.delete_count = cursor.fixed<uint64_t>();
  footer.key_bytes = cursor.fixed<uint64_t>();
  footer.value_bytes = cursor.fixed<uint64_t>();
  footer.timestamp_min = cursor.fixed<uint64_t>();
  footer.timestamp_max = cursor.fixed<uint64_t>();
  footer.distinct_key_count = cursor.fixed<uint64_t>();
  for (size_t id = 0; id < kPlacedSectionCount; ++id) {
    TableSection& section = footer.sections[id];
    section.offset = cursor.fixed<uint64_t>();
    section.size = cursor.fixed<uint64_t>();
    section.checksum = cursor.fixed<uint64_t>();
  }
  footer.expiring_count = cursor.fixed<uint64_t>();
  footer.expiry_min_us = cursor.fixed<uint64_t>();
  footer.expiry_max_us = cursor.fixed<uint64_t>();
  footer.merge_count = cursor.fixed<uint64_t>();
  footer.sections[kSectionDictionary].checksum = cursor.fixed<uint64_t>();
  return footer;
}

/// What this version cannot read although the bytes are as they were written.
Status check_supported(const TableFooter& footer, const std::string& name) {
  if ((footer.format_flags & ~kTableFlagsKnown) != 0) {
    return Status::unsupported(name + ": table format flags " +
                               hex_text(footer.format_flags & ~kTableFlagsKnown) + " need a later version");
  }
  if (footer.comparator != kComparatorBytewise) {
    return Status::unsupported(name + ": key order " + std::to_string(footer.comparator) + " is not known");
  }
  if (footer.hash != kHashXxh3) {
    return Status::unsupported(name + ": key hash " + std::to_string(footer.hash) + " is not known");
  }
  return Status::ok();
}

/// Each section starts where the one before ends, rounded up, and the footer follows the last. Sets the place of the
/// dictionary, which is what is left.
Status check_sections(TableFooter& footer, uint64_t footer_offset, const std::string& name) {
  uint64_t expected = footer.sections[0].offset;
  if (expected < kFileHeaderSize || expected % kTableAlignment != 0) {
    return Status::corruption_at(name, footer_offset, "sections behind the blocks", hex_text(expected));
  }
  for (size_t id = 0; id < kPlacedSectionCount; ++id) {
    if (!footer.has_section(id)) continue;
    const TableSection& section = footer.sections[id];
    if (section.offset != expected || section.offset > footer_offset ||
        section.size > footer_offset - section.offset) {
      return Status::corruption_at(name, footer_offset,
                                   std::string(section_name(id)) + " at " + hex_text(expected),
                                   hex_text(section.offset) + " size " + hex_text(section.size));
    }
    expected = align_table_offset(section.offset + section.size);
  }
  if (footer.has_dictionary() && expected < footer_offset) {
    footer.sections[kSectionDictionary].offset = expected;
    footer.sections[kSectionDictionary].size = footer_offset - expected;
  } else if (footer.has_dictionary() || expected != footer_offset) {
    return Status::corruption_at(name, footer_offset, "the footer at " + hex_text(expected),
                                 hex_text(footer_offset));
  }
  return Status::ok();
}

}  // namespace

const char* section_name(size_t id) {
  constexpr const char* kNames[] = {"block index", "header lines",  "separators",
                                    "filter",      "range deletes", "dictionary"};
  return id < kSectionCount ? kNames[id] : "unknown";
}

void TableFooter::count_kind(Tag tag, Bytes value) {
  switch (tag_kind(tag)) {
    case Kind::kDelete:
      ++delete_count;
      break;
    case Kind::kMerge:
      ++merge_count;
      format_flags |= kTableHasMerges;
      break;
    case Kind::kValuePointer:
      format_flags |= kTableHasPointers;
      break;
    case Kind::kExpiringPointer:
      format_flags |= kTableHasPointers;
      [[fallthrough]];
    case Kind::kExpiringPut: {
      const uint64_t expires_at_us = has_expiry(value) ? expiry_of(value) : 0;
      expiry_min_us = expiring_count == 0 ? expires_at_us : std::min(expiry_min_us, expires_at_us);
      expiry_max_us = std::max(expiry_max_us, expires_at_us);
      ++expiring_count;
      format_flags |= kTableHasExpiry;
      break;
    }
    default:
      break;
  }
}

void TableFooter::count_ranges(const RangeSet& ranges) {
  for (const RangeSet::Fragment& fragment : ranges.fragments()) {
    timestamp_min = std::min(timestamp_min, fragment.timestamps.back());
    timestamp_max = std::max(timestamp_max, fragment.timestamps.front());
    format_flags |= kTableHasRanges;
  }
}

uint64_t encode_table_footer(const TableFooter& footer, Bytes file_header, uint64_t seed, std::string* out) {
  const size_t start = out->size();
  append_fields(footer, out);
  const uint64_t digest = footer_checksum(file_header, Bytes(*out).substr(start), seed);
  append_le<uint64_t>(out, digest);
  return digest;
}

Result<TableFooter> decode_table_footer(Bytes bytes, Bytes file_header, uint64_t offset, uint64_t seed,
                                        uint64_t digest, const std::string& name) {
  Cursor cursor(bytes);
  const uint64_t magic = cursor.fixed<uint64_t>();
  if (bytes.size() != kTableFooterSize || magic != kTableFooterMagic) {
    return Status::corruption_at(name, offset, "table footer " + hex_text(kTableFooterMagic),
                                 hex_text(magic));
  }
  const uint64_t stored = load_le<uint64_t>(bytes.data() + kChecksumAt);
  const uint64_t computed = footer_checksum(file_header, bytes, seed);
  if (computed != stored) {
    return Status::corruption_at(name, offset, "footer checksum " + hex_text(stored), hex_text(computed));
  }
  if (stored != digest) {
    return Status::corruption_at(name, offset, "table with digest " + hex_text(digest), hex_text(stored));
  }
  TableFooter footer = read_fields(cursor);
  WOMBAT_TRY(check_supported(footer, name));
  WOMBAT_TRY(check_sections(footer, offset, name));
  return footer;
}

void append_block_location(const BlockLocation& location, std::string* out) {
  append_le<uint32_t>(out, static_cast<uint32_t>(location.offset / kTableAlignment));
  append_le<uint32_t>(out, location.stored_size);
  append_le<uint64_t>(out, location.checksum);
}

BlockLocation load_block_location(const char* from) {
  return {uint64_t{load_le<uint32_t>(from)} * kTableAlignment, load_le<uint32_t>(from + 4),
          load_le<uint64_t>(from + 8)};
}

std::string hex_text(uint64_t number) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  do {
    text.insert(text.begin(), kDigits[number % 16]);
    number /= 16;
  } while (number != 0);
  return "0x" + text;
}

}  // namespace wombat
