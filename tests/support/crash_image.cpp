#include "support/crash_image.h"

#include <algorithm>
#include <map>

namespace wombat {

namespace {

/// The part of one write that falls into one sector.
struct Piece {
  uint64_t offset;
  Bytes bytes;
  size_t write_index;
};

using SectorPieces = std::map<uint64_t, std::vector<Piece>>;

SectorPieces split_into_sectors(const std::vector<SimWrite>& writes) {
  SectorPieces sectors;
  for (size_t i = 0; i < writes.size(); ++i) {
    uint64_t offset = writes[i].offset;
    Bytes rest = writes[i].bytes;
    while (!rest.empty()) {
      const size_t room = kSectorSize - static_cast<size_t>(offset % kSectorSize);
      const Bytes part = rest.substr(0, room);
      sectors[offset / kSectorSize].push_back({offset, part, i});
      offset += part.size();
      rest.remove_prefix(part.size());
    }
  }
  return sectors;
}

void fill_stale(char* out, size_t size, uint64_t offset, Random* random, const std::vector<Bytes>& stale) {
  if (!stale.empty() && random->one_in(2)) {
    const Bytes source = stale[random->below(stale.size())];
    const uint64_t sectors = source.size() / kSectorSize;
    if (sectors > 0) {
      // A sector of another file at the same position within the sector: that is what a lost allocation
      // shows.
      const Bytes sector = source.substr(random->below(sectors) * kSectorSize, kSectorSize);
      std::copy_n(sector.data() + offset % kSectorSize, size, out);
      return;
    }
  }
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>(random->next());
}

void tear(std::string* image, const Piece& piece, Random* random, const std::vector<Bytes>& stale) {
  const size_t arrived = random->below(piece.bytes.size());
  std::copy_n(piece.bytes.data(), arrived, image->data() + piece.offset);
  char* rest = image->data() + piece.offset + arrived;
  const size_t rest_size = piece.bytes.size() - arrived;
  switch (random->below(3)) {
    case 0:
      break;  // the old bytes stay
    case 1:
      std::fill_n(rest, rest_size, '\0');
      break;
    default:
      fill_stale(rest, rest_size, piece.offset + arrived, random, stale);
  }
}

/// How one image treats its sectors. Drawn per file, because uniform coin flips never give the images that
/// find bugs: all but one sector there, one sector there, everything up to a moment there.
struct Taste {
  uint64_t keep_percent;
  uint64_t tear_percent;
  bool in_order;       // writes arrived in the order they were issued, up to `cut`
  size_t write_count;  // how many writes arrived when in_order
};

Taste draw_taste(size_t write_count, Random* random) {
  constexpr uint64_t kKeep[] = {0, 10, 50, 90, 100};
  constexpr uint64_t kTear[] = {0, 0, 10, 50};
  Taste taste;
  taste.keep_percent = kKeep[random->below(std::size(kKeep))];
  taste.tear_percent = kTear[random->below(std::size(kTear))];
  taste.in_order = random->one_in(3);
  taste.write_count = random->below(write_count + 1);
  return taste;
}

size_t surviving_count(const std::vector<Piece>& pieces, const Taste& taste, Random* random) {
  if (taste.in_order) {
    return static_cast<size_t>(std::count_if(pieces.begin(), pieces.end(), [&](const Piece& piece) {
      return piece.write_index < taste.write_count;
    }));
  }
  if (random->below(100) < taste.keep_percent) return pieces.size();
  return random->below(pieces.size());
}

/// Where the last write ended, though the file may have been cut shorter since.
uint64_t end_of_writes(const UnsyncedFile& file) {
  uint64_t end = 0;
  for (const SimWrite& write : file.writes) end = std::max<uint64_t>(end, write.offset + write.bytes.size());
  return end;
}

uint64_t draw_size(const UnsyncedFile& file, Random* random) {
  const uint64_t smaller = std::min<uint64_t>(file.durable.size(), file.size);
  const uint64_t larger = std::max<uint64_t>({file.durable.size(), file.size, end_of_writes(file)});
  switch (random->below(4)) {
    case 0:
      return file.durable.size();
    case 1:
      return smaller + random->below(larger - smaller + 1);
    case 2: {
      if (file.writes.empty()) return file.size;
      const SimWrite& last = file.writes[random->below(file.writes.size())];
      return std::clamp(last.offset + last.bytes.size(), smaller, larger);
    }
    default:
      return file.size;
  }
}

std::string random_image(const UnsyncedFile& file, Random* random, const std::vector<Bytes>& stale) {
  std::string image = file.durable;
  image.resize(std::max<uint64_t>({image.size(), file.size, end_of_writes(file)}), '\0');
  const Taste taste = draw_taste(file.writes.size(), random);
  for (const auto& [sector, pieces] : split_into_sectors(file.writes)) {
    const size_t count = surviving_count(pieces, taste, random);
    for (size_t i = 0; i < count; ++i) {
      std::copy(pieces[i].bytes.begin(), pieces[i].bytes.end(),
                image.begin() + static_cast<long>(pieces[i].offset));
    }
    if (count < pieces.size() && random->below(100) < taste.tear_percent)
      tear(&image, pieces[count], random, stale);
  }
  image.resize(draw_size(file, random));
  return image;
}

}  // namespace

const char* crash_policy_name(CrashPolicy policy) {
  switch (policy) {
    case CrashPolicy::kDropAll:
      return "drop-all";
    case CrashPolicy::kKeepAll:
      return "keep-all";
    case CrashPolicy::kRandom:
      return "random";
    case CrashPolicy::kWorstCase:
      return "worst-case";
  }
  return "unknown";
}

void overlay(std::string* content, uint64_t offset, Bytes bytes) {
  if (bytes.empty()) return;
  if (content->size() < offset + bytes.size()) content->resize(offset + bytes.size(), '\0');
  std::copy(bytes.begin(), bytes.end(), content->begin() + static_cast<long>(offset));
}

std::string crash_image(const UnsyncedFile& file, CrashPolicy policy, Random* random,
                        const std::vector<Bytes>& stale) {
  if (policy == CrashPolicy::kRandom) return random_image(file, random, stale);
  std::string image = file.durable;
  if (policy == CrashPolicy::kDropAll) return image;
  image.resize(file.size, '\0');
  if (policy == CrashPolicy::kKeepAll) {
    for (const SimWrite& write : file.writes) overlay(&image, write.offset, write.bytes);
    image.resize(file.size);
  }
  return image;
}

}  // namespace wombat
