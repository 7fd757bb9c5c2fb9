#include "journal/fragment.h"

#include "base/coding.h"

namespace wombat {

const char* parse_fragment(Bytes rest_of_block, uint64_t offset, Fragment* fragment) {
  if (rest_of_block.size() < kFragmentHeaderSize) return "a file that ends inside a fragment header";
  const char* header = rest_of_block.data();
  const auto type = static_cast<uint8_t>(header[22]);
  if (type < static_cast<uint8_t>(FragmentType::kFull) || type > static_cast<uint8_t>(FragmentType::kLast)) {
    return type == 0 ? "no fragment" : "a fragment of unknown type";
  }
  if (header[23] != 0) return "a fragment header with a reserved byte set";
  const size_t payload_size = load_le<uint16_t>(header + 20);
  if (payload_size > rest_of_block.size() - kFragmentHeaderSize) return "a fragment that passes the end";
  fragment->synced_offset = load_le<uint64_t>(header + 8);
  if (fragment->synced_offset > offset) return "a fragment that claims later bytes to be durable";
  fragment->checksum = load_le<uint64_t>(header);
  fragment->record_number = load_le<uint32_t>(header + 16);
  fragment->type = static_cast<FragmentType>(type);
  fragment->payload = rest_of_block.substr(kFragmentHeaderSize, payload_size);
  return nullptr;
}

bool fragment_checksum_matches(const Fragment& fragment, Bytes rest_of_block, uint64_t offset,
                               const ChecksumContext& context) {
  const Bytes covered = rest_of_block.substr(sizeof(uint64_t), fragment.size() - sizeof(uint64_t));
  return checksum64(covered, context.seed_at(offset)) == fragment.checksum;
}

}  // namespace wombat
