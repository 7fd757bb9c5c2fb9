// Single calls that read and write a key as one step.
#include "base/coding.h"
#include "db/update_key.h"
#include "request_options.h"

using namespace wombat;

namespace {

template <typename Decide>
Status update(wombat_db* db, const void* key, size_t key_size, const wombat_write_options* options,
              Decide decide) {
  SharedPlace place;
  Bytes key_bytes;
  WriteRequest request;
  WOMBAT_TRY(share_database(db, &place));
  WOMBAT_TRY(read_bytes(key, key_size, "key", &key_bytes));
  WOMBAT_TRY(check_key_size(key_size));
  std::optional<uint64_t> ttl_ms;
  WOMBAT_TRY(read_write_options(options, &request, &ttl_ms));
  return update_key(*place.tree, key_bytes, request, [&](const Bytes* present, KeyUpdate* change) {
    WOMBAT_TRY(decide(present, change));
    const uint64_t expires_at_us =
        change->kind == Kind::kPut ? expiry_of_put(*place.tree, ttl_ms) : kNeverExpires;
    if (expires_at_us == kNeverExpires) return Status::ok();
    WOMBAT_TRY(check_value_size(change->value.size(), kValueSizeMax - kExpirySize));
    change->kind = Kind::kExpiringPut;
    change->value = with_expiry(expires_at_us, change->value);
    return Status::ok();
  });
}

}  // namespace

wombat_status wombat_put_if_absent(wombat_db* db, const void* key, size_t key_size, const void* value,
                                   size_t value_size, const wombat_write_options* options,
                                   wombat_error* error) {
  return guarded(error, [&] {
    Bytes value_bytes;
    WOMBAT_TRY(read_bytes(value, value_size, "value", &value_bytes));
    WOMBAT_TRY(check_value_size(value_size));
    return update(db, key, key_size, options, [&](const Bytes* present, KeyUpdate* change) {
      if (present != nullptr) return Status::outcome(Code::kMismatch);
      change->value = value_bytes;
      return Status::ok();
    });
  });
}

wombat_status wombat_compare_and_set(wombat_db* db, const void* key, size_t key_size, const void* expected,
                                     size_t expected_size, const void* desired, size_t desired_size,
                                     const wombat_write_options* options, wombat_error* error) {
  return guarded(error, [&] {
    Bytes expected_bytes;
    Bytes desired_bytes;
    WOMBAT_TRY(read_bytes(expected, expected_size, "expected", &expected_bytes));
    WOMBAT_TRY(read_bytes(desired, desired_size, "desired", &desired_bytes));
    WOMBAT_TRY(check_value_size(desired_size));
    return update(db, key, key_size, options, [&](const Bytes* present, KeyUpdate* change) {
      const bool is_expected =
          present == nullptr ? expected == nullptr : expected != nullptr && *present == expected_bytes;
      if (!is_expected) return Status::outcome(Code::kMismatch);
      change->kind = desired == nullptr ? Kind::kDelete : Kind::kPut;
      change->value = desired_bytes;
      return Status::ok();
    });
  });
}

wombat_status wombat_fetch_add(wombat_db* db, const void* key, size_t key_size, int64_t delta,
                               const wombat_write_options* options, int64_t* before, wombat_error* error) {
  return guarded(error, [&] {
    if (before != nullptr) *before = 0;
    uint64_t found = 0;
    WOMBAT_TRY(update(db, key, key_size, options, [&](const Bytes* present, KeyUpdate* change) {
      if (present != nullptr && present->size() != sizeof found) {
        return Status(Code::kMergeFailed,
                      "the value has " + std::to_string(present->size()) + " bytes; a number has 8");
      }
      found = present == nullptr ? 0 : load_le<uint64_t>(present->data());
      change->value.clear();
      append_le<uint64_t>(&change->value, found + static_cast<uint64_t>(delta));
      return Status::ok();
    }));
    if (before != nullptr) *before = static_cast<int64_t>(found);
    return Status::ok();
  });
}
