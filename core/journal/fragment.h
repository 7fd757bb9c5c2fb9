/// One fragment as it stands in a file; see journal_format.h for the bytes.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/checksum.h"
#include "journal/journal_format.h"

namespace wombat {

struct Fragment {
  uint64_t checksum = 0;
  uint64_t synced_offset = 0;
  uint32_t record_number = 0;
  FragmentType type = FragmentType::kNone;
  Bytes payload;

  uint64_t size() const { return kFragmentHeaderSize + payload.size(); }
};

/// Reads the fragment that `rest_of_block` starts with, `offset` bytes into the file. Returns nullptr, or a
/// phrase that says what is wrong. Does not look at the checksum.
const char* parse_fragment(Bytes rest_of_block, uint64_t offset, Fragment* fragment);

/// True when `fragment`, parsed at `offset` from `rest_of_block`, is what was written there.
bool fragment_checksum_matches(const Fragment& fragment, Bytes rest_of_block, uint64_t offset,
                               const ChecksumContext& context);

}  // namespace wombat
