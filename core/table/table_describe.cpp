#include <cstdio>

#include "table/table_reader.h"
#include "table/table_reader_state.h"

namespace wombat {
namespace {

std::string width_text(uint32_t width) { return width == kWidthVaries ? "vary" : std::to_string(width); }

std::string block_text(const TableIndex& index, size_t block) {
  const BlockShape shape = index.shape(block);
  const BlockLocation location = index.location(block);
  std::string text = "block " + std::to_string(block) + ": offset " + std::to_string(location.offset) +
                     ", stored " + std::to_string(location.stored_size) + ", frame " +
                     std::to_string(shape.frame_size) + ", entries " + std::to_string(shape.rows) +
                     ", prefix " + std::to_string(shape.prefix_size) + ", keys " +
                     width_text(shape.key_width) + ", values " + width_text(shape.value_width);
  if (shape.compressed()) text += ", compressed";
  if (shape.has_tags()) text += shape.narrow_tags() ? ", short tags" : ", tags";
  if (shape.wide_offsets()) text += ", wide offsets";
  if (shape.continues()) text += ", continues";
  return text + ", separator \"" + escape_bytes(index.separator(block)) + "\"";
}

std::string ratio_text(const TableCompression& compression) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f",
                static_cast<double>(compression.frame_bytes) /
                    static_cast<double>(compression.stored_bytes == 0 ? 1 : compression.stored_bytes));
  return text;
}

std::string range_text(const RangeSet::Fragment& fragment) {
  std::string text = "range delete \"" + escape_bytes(fragment.lower) + "\" to ";
  text += fragment.has_upper ? "\"" + escape_bytes(fragment.upper) + "\"" : "the end";
  text += ", timestamps";
  for (const Timestamp timestamp : fragment.timestamps) text += " " + std::to_string(timestamp);
  return text;
}

}  // namespace

void TableReader::describe(const std::function<void(std::string_view line)>& emit) const {
  const TableIndex& index = *state_->index;
  const TableFooter& footer = index.footer();
  const TableProperties& properties = index.properties();
  emit("size " + std::to_string(properties.file_size) + ", digest " + hex_text(properties.digest));
  emit("entries " + std::to_string(footer.entry_count) + ", deletes " + std::to_string(footer.delete_count) +
       ", distinct keys " + std::to_string(footer.distinct_key_count));
  if (footer.is_external()) {
    emit("made outside of a database; timestamps are those of the commit that " +
         std::string(index.ingested_at() == 0 ? "takes" : "took") + " it in");
  }
  if (footer.merge_count != 0) emit("merges " + std::to_string(footer.merge_count));
  if (footer.expiring_count != 0) {
    emit("expiring " + std::to_string(footer.expiring_count) + ", microseconds since 1970 " +
         std::to_string(footer.expiry_min_us) + " to " + std::to_string(footer.expiry_max_us));
  }
  emit("key bytes " + std::to_string(footer.key_bytes) + ", value bytes " +
       std::to_string(footer.value_bytes));
  emit("timestamps " + std::to_string(footer.timestamp_min) + " to " + std::to_string(footer.timestamp_max));
  emit("keys \"" + escape_bytes(properties.smallest_key) + "\" to \"" + escape_bytes(properties.largest_key) +
       "\"");
  emit("codec " + std::string(codec_name(static_cast<CodecId>(footer.codec))) + ", level " +
       std::to_string(footer.codec_level) + ", filter kind " + std::to_string(footer.filter_kind) + " with " +
       std::to_string(footer.filter_bits_per_key) + " bits a key");
  emit("blocks " + std::to_string(footer.block_count) + " of " + std::to_string(footer.block_size_bytes) +
       " bytes, header lines of " + std::to_string(footer.header_line_size));
  const TableCompression& compression = properties.compression;
  emit("compressed blocks " + std::to_string(compression.compressed_count) + " of " +
       std::to_string(compression.block_count) + ", frames of " + std::to_string(compression.frame_bytes) +
       " bytes stored in " + std::to_string(compression.stored_bytes) + ", ratio " + ratio_text(compression));
  for (size_t id = 0; id < kSectionCount; ++id) {
    if (!footer.has_section(id)) continue;
    const TableSection& section = footer.sections[id];
    emit(std::string(section_name(id)) + ": offset " + std::to_string(section.offset) + ", size " +
         std::to_string(section.size) + ", checksum " + hex_text(section.checksum));
  }
  for (size_t block = 0; block < index.block_count(); ++block) emit(block_text(index, block));
  if (index.ranges() == nullptr) return;
  for (const RangeSet::Fragment& fragment : index.ranges()->fragments()) emit(range_text(fragment));
}

}  // namespace wombat
