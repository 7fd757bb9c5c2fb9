/// What a file may hold after power was lost while some of its writes had not been synced.
///
/// The unit is the sector. A sector that was written several times since the last sync holds the bytes after
/// any number of those writes; the next one may be torn: a prefix of it, then the old bytes, zeros or stale
/// bytes of something else. Bytes that no unsynced write touched are never damaged, not even those that share
/// a sector with one (what SQLite calls powersafe overwrite). The size is anything from the smaller of the
/// durable one and the newest one to the larger of them, or to the end of an unsynced write that was cut off since,
/// and does not depend on which bytes arrived; what is missing reads as zeros.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"

namespace wombat {

inline constexpr size_t kSectorSize = 512;

enum class CrashPolicy {
  kDropAll,    // nothing unsynced survives
  kKeepAll,    // everything survives, as if it had been synced
  kRandom,     // any legal mixture, drawn from the seed
  kWorstCase,  // sizes and directory entries survive, bytes do not: new parts of files read as zeros
};

inline constexpr CrashPolicy kCrashPolicies[] = {CrashPolicy::kDropAll, CrashPolicy::kKeepAll,
                                                 CrashPolicy::kRandom, CrashPolicy::kWorstCase};
const char* crash_policy_name(CrashPolicy policy);

struct SimWrite {
  uint64_t offset;
  std::string bytes;
};

/// A file between two syncs.
struct UnsyncedFile {
  const std::string& durable;
  uint64_t size;
  const std::vector<SimWrite>& writes;
};

/// `stale` lists contents of which pieces may turn up in torn sectors; random bytes are used as well.
std::string crash_image(const UnsyncedFile& file, CrashPolicy policy, Random* random,
                        const std::vector<Bytes>& stale);

/// Writes `bytes` at `offset`, growing `content` with zeros when they lie beyond its end.
void overlay(std::string* content, uint64_t offset, Bytes bytes);

}  // namespace wombat
