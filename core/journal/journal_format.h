/// A journal is a file header, then 32 KiB blocks of fragments; the write-ahead log and the manifest are
/// journals. The scheme is LevelDB's (a record never straddles a block in one piece, so a reader finds the
/// next fragment after damage); the header is ours. docs/file_formats.md has the byte table.
///
/// Fragment header, 24 bytes: checksum u64 (over the rest of the header and the payload, seeded with
/// database, file and offset) | synced offset u64 (bytes of this file known to be durable when the fragment
/// was built) | record number u32 (counts records in this file, from 0) | payload size u16 | type u8 |
/// reserved u8 (0).
///
/// Blocks are aligned to file offsets: the file header lies in block 0. A block's tail that is too short for
/// a fragment header holds zeros. An empty record is a mark: it says nothing but its synced offset; readers
/// of records skip it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wombat {

inline constexpr size_t kJournalBlockSize = 32 * 1024;
inline constexpr size_t kFragmentHeaderSize = 24;
/// Upper bound of one record, tested before memory is taken.
inline constexpr uint64_t kJournalRecordSizeMax = (uint64_t{1} << 31) - 1;

enum class FragmentType : uint8_t { kNone = 0, kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

}  // namespace wombat
