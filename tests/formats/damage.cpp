#include "formats/damage.h"

#include <algorithm>

#include "env/file_names.h"

namespace wombat {

namespace {

using How = Damage::Kind;

constexpr uint64_t kAppendKinds = 5;
constexpr uint64_t kExtraFiles = 6;
constexpr uint64_t kSectorSizes[] = {512, 4096};

std::string bytes_to_append(uint64_t detail, const std::string& content) {
  switch (detail) {
    case 0:
      return std::string(1, '\0');
    case 1:
      return "x";
    case 2:
      return std::string(4096, '\0');
    case 3:
      return std::string(300, '\xa5');
    default:
      return content.substr(0, 2000);  // itself once more
  }
}

/// Files that should not be there.
Damage extra_file(const GoldenDatabase& golden, uint64_t detail) {
  uint64_t largest = 0;
  for (const auto& [name, content] : golden.files)
    if (const auto parsed = parse_file_name(name)) largest = std::max(largest, parsed->number);
  const FileKind kinds[] = {FileKind::kTable, FileKind::kLog, FileKind::kManifest};
  std::string name = detail < 3 ? file_name(kinds[detail], largest + 1 + detail) : "";
  if (detail == 3) name = kCurrentTempFileName;
  if (detail == 4) name = "foreign.txt";
  if (detail == 5) name = "000000.log";
  return {How::kAddFile, name, 0, detail};
}

void list_byte_damages(const std::string& file, const std::string& content, int bits,
                       std::vector<Damage>* out) {
  for (uint64_t i = 0; i < content.size(); ++i) {
    for (int bit = 0; bit < bits; ++bit) {
      const uint64_t which =
          bits == 8 ? static_cast<uint64_t>(bit) : (i * 5 + static_cast<uint64_t>(bit) * 3) % 8;
      out->push_back({How::kFlipBit, file, i, which});
    }
    if (content[i] != '\0') out->push_back({How::kSetByte, file, i, 0x00});
    if (content[i] != '\xff') out->push_back({How::kSetByte, file, i, 0xff});
    out->push_back({How::kIncrement, file, i, 0});
    out->push_back({How::kTruncate, file, i, 0});
  }
}

void list_sector_damages(const std::string& file, uint64_t size, std::vector<Damage>* out) {
  for (const uint64_t sector : kSectorSizes) {
    for (uint64_t i = 0; i * sector < size; ++i) {
      out->push_back({How::kZeroSector, file, i, sector});
      if ((i + 1) * sector >= size) continue;
      out->push_back({How::kSwapSectors, file, i, sector});
      out->push_back({How::kDuplicateSector, file, i, sector});
    }
  }
}

void list_replacements(const std::string& file, const std::string& content, const GoldenDatabase& golden,
                       std::vector<Damage>* out) {
  for (uint64_t i = 0; i < golden.older.size(); ++i) {
    const auto older = golden.older[i].find(file);
    if (older == golden.older[i].end() || older->second == content) continue;
    out->push_back({How::kReplaceByOlder, file, 0, i});
    for (uint64_t offset = 0; offset < content.size(); offset += 512) {
      if (content.substr(offset, 512) != older->second.substr(std::min(offset, older->second.size()), 512))
        out->push_back({How::kOlderSector, file, offset, i});
    }
  }
  out->push_back({How::kReplaceByOther, file, 0, 0});
  uint64_t number = 0;
  for (const auto& [sibling, ignored] : golden.files) {
    if (sibling != file && sibling != kLockFileName)
      out->push_back({How::kReplaceBySibling, file, 0, number});
    ++number;
  }
}

std::string copy_sector(std::string content, uint64_t from, uint64_t to, uint64_t size) {
  const std::string sector = content.substr(from, size);
  content.replace(to, std::min<uint64_t>(size, content.size() - to), sector);
  return content;
}

std::string swap_sectors(const std::string& content, uint64_t index, uint64_t size) {
  const std::string first = content.substr(index * size, size);
  const std::string second = content.substr((index + 1) * size, size);
  return content.substr(0, index * size) + second + first +
         content.substr(std::min<uint64_t>(content.size(), (index + 2) * size));
}

std::string overlay_older(std::string content, const std::string& older, uint64_t offset) {
  std::string sector = older.substr(std::min<uint64_t>(offset, older.size()), 512);
  sector.resize(std::min<uint64_t>(512, content.size() - offset), '\0');
  return content.replace(offset, sector.size(), sector);
}

std::string content_of_extra_file(const Damage& damage, const GoldenDatabase& golden,
                                  const GoldenDatabase& twin) {
  // The file of the same kind that the database, or another one, has already.
  for (const auto& [name, content] : damage.detail == 5 ? twin.files : golden.files) {
    if (name.substr(name.size() - 4) == damage.file.substr(damage.file.size() - 4)) return content;
  }
  return "what is this";
}

}  // namespace

std::string describe_damage(const Damage& damage) {
  const auto at = " at " + std::to_string(damage.offset);
  const auto detail = std::to_string(damage.detail);
  switch (damage.kind) {
    case How::kFlipBit:
      return damage.file + at + ": bit " + detail + " flipped";
    case How::kSetByte:
      return damage.file + at + ": byte set to " + detail;
    case How::kIncrement:
      return damage.file + at + ": byte incremented";
    case How::kTruncate:
      return damage.file + " truncated to " + std::to_string(damage.offset);
    case How::kAppend:
      return damage.file + ": appended, kind " + detail;
    case How::kZeroSector:
      return damage.file + at + ": sector of " + detail + " zeroed";
    case How::kSwapSectors:
      return damage.file + at + ": sector of " + detail + " swapped with the next";
    case How::kDuplicateSector:
      return damage.file + at + ": sector of " + detail + " over the next";
    case How::kOlderSector:
      return damage.file + at + ": sector from older copy " + detail;
    case How::kReplaceByOlder:
      return damage.file + " replaced by older copy " + detail;
    case How::kReplaceByOther:
      return damage.file + " replaced by that of another database";
    case How::kReplaceBySibling:
      return damage.file + " replaced by file " + detail + " of this database";
    case How::kRemove:
      return damage.file + " removed";
    case How::kAddFile:
      return damage.file + " added";
  }
  return "?";
}

std::vector<Damage> list_damages(const GoldenDatabase& golden, int bits) {
  std::vector<Damage> damages;
  for (const auto& [file, content] : golden.files) {
    if (file == kLockFileName) continue;
    list_byte_damages(file, content, bits, &damages);
    list_sector_damages(file, content.size(), &damages);
    list_replacements(file, content, golden, &damages);
    for (uint64_t i = 0; i < kAppendKinds; ++i) damages.push_back({How::kAppend, file, 0, i});
    damages.push_back({How::kRemove, file, 0, 0});
  }
  for (uint64_t i = 0; i < kExtraFiles; ++i) damages.push_back(extra_file(golden, i));
  return damages;
}

std::optional<std::string> apply_damage(const Damage& damage, const GoldenDatabase& golden,
                                        const GoldenDatabase& twin) {
  if (damage.kind == How::kRemove) return std::nullopt;
  if (damage.kind == How::kAddFile) return content_of_extra_file(damage, golden, twin);
  std::string content = golden.files.at(damage.file);
  const uint64_t offset = damage.offset;
  switch (damage.kind) {
    case How::kFlipBit:
      content[offset] = static_cast<char>(content[offset] ^ (1 << damage.detail));
      break;
    case How::kSetByte:
      content[offset] = static_cast<char>(damage.detail);
      break;
    case How::kIncrement:
      content[offset] = static_cast<char>(content[offset] + 1);
      break;
    case How::kTruncate:
      content.resize(offset);
      break;
    case How::kAppend:
      content += bytes_to_append(damage.detail, content);
      break;
    case How::kZeroSector:
      std::fill_n(content.begin() + static_cast<ptrdiff_t>(offset * damage.detail),
                  std::min(damage.detail, content.size() - offset * damage.detail), '\0');
      break;
    case How::kSwapSectors:
      return swap_sectors(content, offset, damage.detail);
    case How::kDuplicateSector:
      return copy_sector(content, offset * damage.detail, (offset + 1) * damage.detail, damage.detail);
    case How::kOlderSector:
      return overlay_older(content, golden.older[damage.detail].at(damage.file), offset);
    case How::kReplaceByOlder:
      return golden.older[damage.detail].at(damage.file);
    case How::kReplaceByOther: {
      const auto other = twin.files.find(damage.file);
      return other == twin.files.end() ? std::string() : other->second;
    }
    case How::kReplaceBySibling:
      return std::next(golden.files.begin(), static_cast<ptrdiff_t>(damage.detail))->second;
    case How::kRemove:
    case How::kAddFile:
      break;
  }
  return content;
}

}  // namespace wombat
