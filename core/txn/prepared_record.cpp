#include "txn/prepared_record.h"

#include "base/coding.h"

namespace wombat {

namespace {

constexpr uint8_t kVersion = 1;
/// Of a key and of a range with empty bounds.
constexpr size_t kKeyBytesMin = 8;
constexpr size_t kRangeBytesMin = 13;

Status damaged(const Cursor& cursor, std::string_view what) {
  return Status::corruption("prepared transaction, byte " + std::to_string(cursor.position()) + ": " +
                            std::string(what));
}

Status decode_keys(Cursor& cursor, uint32_t count, ReadSet* claims) {
  if (count > cursor.remaining() / kKeyBytesMin) return damaged(cursor, "more keys than bytes for them");
  for (uint32_t i = 0; i < count; ++i) {
    const auto keyspace = cursor.fixed<uint32_t>();
    const Bytes key = cursor.sized();
    if (!cursor.ok()) return damaged(cursor, "a key passes the end");
    if (key.size() > kKeySizeMax) return damaged(cursor, "a key is longer than 65535 bytes");
    claims->add_key(keyspace, key, 0);
  }
  return Status::ok();
}

Status decode_ranges(Cursor& cursor, uint32_t count, ReadSet* claims) {
  if (count > cursor.remaining() / kRangeBytesMin) return damaged(cursor, "more ranges than bytes for them");
  for (uint32_t i = 0; i < count; ++i) {
    const auto keyspace = cursor.fixed<uint32_t>();
    const auto has_upper = cursor.fixed<uint8_t>();
    const Bytes lower = cursor.sized();
    const Bytes upper = cursor.sized();
    if (!cursor.ok()) return damaged(cursor, "a range passes the end");
    if (has_upper > 1) return damaged(cursor, "a flag is neither 0 nor 1");
    claims->add_range({keyspace, lower, has_upper != 0 ? std::optional<Bytes>(upper) : std::nullopt});
  }
  return Status::ok();
}

}  // namespace

void PreparedRecord::encode(std::string* out) const {
  out->append({static_cast<char>(kVersion), 0, 0, 0});
  append_le<uint32_t>(out, static_cast<uint32_t>(claims.key_count()));
  append_le<uint32_t>(out, static_cast<uint32_t>(claims.ranges().count()));
  for (size_t i = 0; i < claims.key_count(); ++i) {
    const ReadSet::KeyView key = claims.key(i);
    append_le<uint32_t>(out, key.keyspace);
    append_sized(out, key.key);
  }
  claims.ranges().for_each([&](const KeyRange& range) {
    append_le<uint32_t>(out, range.keyspace);
    append_le<uint8_t>(out, range.upper ? 1 : 0);
    append_sized(out, range.lower);
    append_sized(out, range.upper.value_or(Bytes()));
    return true;
  });
  append_sized(out, batch);
}

Result<PreparedRecord> PreparedRecord::decode(Bytes record) {
  Cursor cursor(record);
  const auto version = cursor.fixed<uint8_t>();
  const bool reserved_is_zero = cursor.bytes(3) == Bytes("\0\0\0", 3);
  const auto key_count = cursor.fixed<uint32_t>();
  const auto range_count = cursor.fixed<uint32_t>();
  if (!cursor.ok()) return damaged(cursor, "it is shorter than its head");
  if (version != kVersion) {
    return Status::unsupported("prepared transaction of version " + std::to_string(version) +
                               " needs a later version of Wombat");
  }
  if (!reserved_is_zero) return damaged(cursor, "reserved bytes are not zero");
  PreparedRecord prepared;
  WOMBAT_TRY(decode_keys(cursor, key_count, &prepared.claims));
  WOMBAT_TRY(decode_ranges(cursor, range_count, &prepared.claims));
  const Bytes batch = cursor.sized();
  if (!cursor.at_end()) return damaged(cursor, "the batch does not end with the record");
  prepared.batch.assign(batch);
  return prepared;
}

}  // namespace wombat
