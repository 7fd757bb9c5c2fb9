/// The ways in which a file can be damaged, counted, so that a sweep can go through all of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "formats/golden_database.h"

namespace wombat {

struct Damage {
  enum class Kind : uint8_t {
    kFlipBit,           // of the byte at `offset`, bit `detail`
    kSetByte,           // to `detail`
    kIncrement,         // the byte at `offset`
    kTruncate,          // to `offset` bytes
    kAppend,            // `detail`: index of what
    kZeroSector,        // sector `offset` of size `detail`
    kSwapSectors,       // sectors `offset` and `offset` + 1 of size `detail`
    kDuplicateSector,   // sector `offset` of size `detail` over the next one
    kOlderSector,       // 512 bytes at `offset` from older copy `detail`: a lost write
    kReplaceByOlder,    // by older copy `detail`
    kReplaceByOther,    // by the twin's file of this name
    kReplaceBySibling,  // by file number `detail` of the same database
    kRemove,
    kAddFile,  // `detail`: index of what
  };
  Kind kind;
  std::string file;
  uint64_t offset = 0;
  uint64_t detail = 0;
};

std::string describe_damage(const Damage& damage);

/// Everything that can happen to `golden`, except what changes nothing; LOCK, which holds nothing, is left
/// out. `bits`: of each byte, how many of the eight bits are flipped.
std::vector<Damage> list_damages(const GoldenDatabase& golden, int bits);

/// The damaged file; nothing when it is gone.
std::optional<std::string> apply_damage(const Damage& damage, const GoldenDatabase& golden,
                                        const GoldenDatabase& twin);

}  // namespace wombat
