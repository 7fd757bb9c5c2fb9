// Snapshots and point reads.
#include "handles.h"
#include "kv/packed.h"

using namespace wombat;

namespace {

struct ReadSettings {
  Timestamp snapshot = 0;
  bool is_past = false;  // and may be gone
  bool fill_cache = true;
  Deadline deadline;
};

Status read_given_options(const EpochGuard& guard, const wombat_read_options* options, const Db& db,
                          ReadSettings* settings) {
  wombat_read_options known;
  WOMBAT_TRY(read_struct(options, "wombat_read_options", &known));
  if ((known.flags & ~uint32_t{WOMBAT_READ_KEEP_CACHE | WOMBAT_READ_KEYS_ONLY | WOMBAT_READ_LAZY_VALUES}) !=
      0) {
    return Status::unsupported("wombat_read_options.flags has a bit that this version does not know");
  }
  settings->fill_cache = (known.flags & WOMBAT_READ_KEEP_CACHE) == 0;
  if (known.timeout_us != 0) settings->deadline = Deadline::after(system_clock().now_us(), known.timeout_us);
  return read_moment(guard, known.snapshot, known.as_of_timestamp, known.as_of_time_us, db,
                     &settings->snapshot, &settings->is_past);
}

inline Status read_read_options(const EpochGuard& guard, const wombat_read_options* options, const Db& db,
                                ReadSettings* settings) {
  return options == nullptr ? Status::ok() : read_given_options(guard, options, db, settings);
}

inline Status read_key(const void* key, size_t key_size, Bytes* bytes) {
  WOMBAT_TRY(read_bytes(key, key_size, "key", bytes));
  return check_key_size(key_size);
}

/// The part that all single reads share: arguments, database, look-up.
inline Status find(const EpochGuard& guard, wombat_db* handle, const void* key, size_t key_size,
                   const wombat_read_options* options, Place* place, FoundValue* value, bool* found) {
  Bytes key_bytes;
  ReadSettings settings;
  WOMBAT_TRY(enter_database(guard, handle, place));
  WOMBAT_TRY(read_key(key, key_size, &key_bytes));
  WOMBAT_TRY(read_read_options(guard, options, *place->db, &settings));
  ReadState& state = place->tree->read_state(guard);  // before the timestamp, see read_state.h
  const Timestamp at = settings.snapshot != 0 ? settings.snapshot : place->db->visible_timestamp();
  if (settings.is_past) [[unlikely]]
    WOMBAT_TRY(place->db->check_history(at));
  return place->tree->get_at(guard, state, key_bytes, at, settings.fill_cache, value, found);
}

/// The end of a get whose value is in a value file: it is read only when it fits. The caller is inside an epoch.
Status get_elsewhere(const Place& place, Bytes key, const FoundValue& found, void* buffer, size_t capacity,
                     size_t* value_size) {
  const ValuePointer& pointer = found.pointer;
  if (value_size != nullptr) *value_size = pointer.value_size;
  if (buffer == nullptr && capacity != 0)
    return Status::invalid_argument("buffer is NULL, but its capacity is not 0");
  if (pointer.value_size > capacity) return Status::outcome(Code::kBufferTooSmall);
  std::string memory;
  Bytes value;
  Frame* frame = nullptr;
  WOMBAT_TRY(place.db->values().read_frame(key, pointer, found.fill_cache, &frame, &value));
  if (frame == nullptr) WOMBAT_TRY(place.db->values().read(key, pointer, &memory, &value));
  if (!value.empty()) std::memcpy(buffer, value.data(), value.size());
  return Status::ok();
}

/// The bytes of a value from `offset` on, as far as the buffer reaches.
Status copy_part(Bytes value, uint64_t offset, void* buffer, size_t capacity, size_t* part_size) {
  const Bytes part = offset < value.size() ? value.substr(static_cast<size_t>(offset), capacity) : Bytes();
  if (part_size != nullptr) *part_size = part.size();
  if (!part.empty()) std::memcpy(buffer, part.data(), part.size());
  return Status::ok();
}

}  // namespace

wombat_status wombat_snapshot_create(wombat_db* db, wombat_snapshot** snapshot, wombat_error* error) {
  return guarded(error, [&] {
    if (snapshot == nullptr) return Status::invalid_argument("snapshot is NULL");
    *snapshot = nullptr;
    auto object = std::make_unique<SnapshotObject>();
    SharedPlace place;
    WOMBAT_TRY(share_database(db, &place));
    object->db = std::move(place.db);
    object->database = object->db.get();
    const Timestamp timestamp = object->database->take_snapshot();
    object->timestamp = timestamp;
    const std::shared_ptr<Db> shared = object->db;
    try {
      publish(std::move(object), snapshot);
    } catch (...) {
      shared->release_snapshot(timestamp);
      throw;
    }
    return Status::ok();
  });
}

uint64_t wombat_snapshot_timestamp(const wombat_snapshot* snapshot) {
  EpochGuard guard(process_epochs());
  const SnapshotObject* const object = resolve<SnapshotObject>(snapshot);
  return object == nullptr || object->database->is_closed() ? 0 : object->timestamp;
}

void wombat_snapshot_release(wombat_snapshot* snapshot) {
  guarded_free([&] {
    auto* const object = static_cast<SnapshotObject*>(end_handle(snapshot, HandleKind::kSnapshot));
    if (object == nullptr || object->database->is_forked()) return;
    object->database->release_snapshot(object->timestamp);
    const std::shared_ptr<Db> db =
        std::move(object->db);  // may be the last reference: dropped here, in this thread
    retire(object);
  });
}

wombat_status wombat_commit_timestamp(wombat_db* db, uint64_t* timestamp, wombat_error* error) {
  return guarded(error, [&] {
    if (timestamp != nullptr) *timestamp = 0;
    const EpochGuard guard(process_epochs());
    Place place;
    WOMBAT_TRY(enter_database(guard, db, &place));
    if (timestamp != nullptr) *timestamp = place.db->visible_timestamp();
    return Status::ok();
  });
}

wombat_status wombat_get(wombat_db* db, const void* key, size_t key_size, const wombat_read_options* options,
                         void* buffer, size_t capacity, size_t* value_size, wombat_error* error) {
  return guarded(error, [&] {
    if (value_size != nullptr) *value_size = 0;
    EpochGuard guard(process_epochs());
    Place place;
    FoundValue value;
    value.reads_elsewhere = false;
    bool found = false;
    WOMBAT_TRY(find(guard, db, key, key_size, options, &place, &value, &found));
    if (!found) return Status::outcome(Code::kNotFound);
    if (value.is_elsewhere()) [[unlikely]]
      return get_elsewhere(place, as_bytes(key, key_size), value, buffer, capacity, value_size);
    if (value_size != nullptr) *value_size = value.value.size();
    if (buffer == nullptr && capacity != 0)
      return Status::invalid_argument("buffer is NULL, but its capacity is not 0");
    if (value.value.size() > capacity) return Status::outcome(Code::kBufferTooSmall);
    if (!value.value.empty()) std::memcpy(buffer, value.value.data(), value.value.size());
    return Status::ok();
  });
}

wombat_status wombat_get_part(wombat_db* db, const void* key, size_t key_size, uint64_t offset,
                              const wombat_read_options* options, void* buffer, size_t capacity,
                              size_t* part_size, uint64_t* value_size, wombat_error* error) {
  return guarded(error, [&] {
    if (part_size != nullptr) *part_size = 0;
    if (value_size != nullptr) *value_size = 0;
    if (buffer == nullptr && capacity != 0)
      return Status::invalid_argument("buffer is NULL, but its capacity is not 0");
    EpochGuard guard(process_epochs());
    Place place;
    FoundValue value;
    value.reads_elsewhere = false;
    bool found = false;
    WOMBAT_TRY(find(guard, db, key, key_size, options, &place, &value, &found));
    if (!found) return Status::outcome(Code::kNotFound);
    if (!value.is_elsewhere()) {
      if (value_size != nullptr) *value_size = value.value.size();
      return copy_part(value.value, offset, buffer, capacity, part_size);
    }
    if (value_size != nullptr) *value_size = value.pointer.value_size;
    std::string memory;
    Bytes part;
    WOMBAT_TRY(place.db->values().read_part(as_bytes(key, key_size), value.pointer, offset, capacity, &memory,
                                            &part));
    return copy_part(part, 0, buffer, capacity, part_size);
  });
}

wombat_status wombat_exists(wombat_db* db, const void* key, size_t key_size,
                            const wombat_read_options* options, wombat_error* error) {
  return guarded(error, [&] {
    EpochGuard guard(process_epochs());
    Place place;
    FoundValue value;
    value.reads_elsewhere = false;
    bool found = false;
    WOMBAT_TRY(find(guard, db, key, key_size, options, &place, &value, &found));
    return found ? Status::ok() : Status::outcome(Code::kNotFound);
  });
}

wombat_status wombat_get_expiry(wombat_db* db, const void* key, size_t key_size,
                                const wombat_read_options* options, uint64_t* expires_at_us,
                                wombat_error* error) {
  return guarded(error, [&] {
    if (expires_at_us != nullptr) *expires_at_us = 0;
    EpochGuard guard(process_epochs());
    Place place;
    FoundValue value;
    value.reads_elsewhere = false;
    bool found = false;
    WOMBAT_TRY(find(guard, db, key, key_size, options, &place, &value, &found));
    if (!found) return Status::outcome(Code::kNotFound);
    if (expires_at_us != nullptr)
      *expires_at_us = value.expires_at_us == kNeverExpires ? 0 : value.expires_at_us;
    return Status::ok();
  });
}

wombat_status wombat_pin_create(wombat_pin** pin, wombat_error* error) {
  return guarded(error, [&] {
    if (pin == nullptr) return Status::invalid_argument("pin is NULL");
    *pin = nullptr;
    publish(std::make_unique<PinObject>(), pin);
    return Status::ok();
  });
}

void wombat_pin_release(wombat_pin* pin) {
  guarded_free([&] {
    PinObject* const object = resolve<PinObject>(pin);
    if (object != nullptr) object->release();
  });
}

void wombat_pin_destroy(wombat_pin* pin) { destroy<PinObject>(pin); }

wombat_status wombat_get_pinned(wombat_db* db, const void* key, size_t key_size,
                                const wombat_read_options* options, wombat_pin* pin, const void** value,
                                size_t* value_size, wombat_error* error) {
  return guarded(error, [&] {
    if (value != nullptr) *value = nullptr;
    if (value_size != nullptr) *value_size = 0;
    PinObject* holder = nullptr;
    WOMBAT_TRY(resolve(pin, &holder));
    holder->release();
    EpochGuard guard(process_epochs());
    Place place;
    FoundValue found_value;
    bool found = false;
    WOMBAT_TRY(find(guard, db, key, key_size, options, &place, &found_value, &found));
    if (!found) return Status::outcome(Code::kNotFound);
    const char* const kept = holder->keep(found_value, *place.db, false);
    if (kept == nullptr) return no_such_handle(db, "db");
    if (value != nullptr) *value = kept;
    if (value_size != nullptr) *value_size = found_value.value.size();
    return Status::ok();
  });
}

namespace {

/// A lookup of many keys while tables are closed for others to have the memory: it goes by few keys at a time and leaves
/// the epoch in between, so that what was closed can be freed. The state that it reads is kept, as an iterator does it.
/// Ends after the guard.
class LongRead {
 public:
  static size_t group_size(const Db& db) { return db.closes_tables() ? kFewKeys : kLookupGroupMax; }
  Status pause(EpochGuard& guard, Db& db, Tree& tree, ReadState& state) {
    if (!db.closes_tables()) return Status::ok();
    if (!state_) {
      db_ = db.shared_from_this();
      tree_ = tree.shared_from_this();
      state_ = ReadStateRef(&state);
    }
    guard.renew();
    return tree.is_shut() ? tree.why_shut() : Status::ok();
  }

 private:
  static constexpr size_t kFewKeys = 4;
  std::shared_ptr<Db> db_;
  std::shared_ptr<Tree> tree_;
  ReadStateRef state_;
};

}  // namespace

wombat_status wombat_multi_get(wombat_db* db, size_t count, const void* const* keys, const size_t* key_sizes,
                               const wombat_read_options* options, wombat_pin* pin, const void** values,
                               size_t* value_sizes, wombat_status* statuses, wombat_error* error) {
  return guarded(error, [&] {
    PinObject* holder = nullptr;
    WOMBAT_TRY(resolve(pin, &holder));
    holder->release();
    if (count == 0) return Status::ok();
    if (keys == nullptr || key_sizes == nullptr || values == nullptr || value_sizes == nullptr ||
        statuses == nullptr) {
      return Status::invalid_argument("keys, key_sizes, values, value_sizes and statuses must not be NULL");
    }
    for (size_t i = 0; i < count; ++i) {
      Bytes key;
      WOMBAT_TRY(read_key(keys[i], key_sizes[i], &key));
    }
    LongRead long_read;
    EpochGuard guard(process_epochs());
    Place place;
    ReadSettings settings;
    WOMBAT_TRY(enter_database(guard, db, &place));
    WOMBAT_TRY(read_read_options(guard, options, *place.db, &settings));
    ReadState& state = place.tree->read_state(guard);
    const Timestamp at = settings.snapshot != 0 ? settings.snapshot : place.db->visible_timestamp();
    if (settings.is_past) WOMBAT_TRY(place.db->check_history(at));
    Status first_failure;
    Lookup group[kLookupGroupMax];
    for (size_t start = 0, size = 0; start < count; start += size) {
      size = std::min(long_read.group_size(*place.db), count - start);
      for (size_t i = 0; i < size; ++i) group[i].key = as_bytes(keys[start + i], key_sizes[start + i]);
      WOMBAT_TRY(
          place.tree->get_group(guard, state, at, settings.fill_cache, settings.deadline, group, size));
      for (size_t i = 0; i < size; ++i) {
        Lookup& lookup = group[i];
        const char* const kept = lookup.found ? holder->keep(lookup.value, *place.db, true) : nullptr;
        if (lookup.found && kept == nullptr) return no_such_handle(db, "db");
        values[start + i] = kept;
        value_sizes[start + i] = lookup.found ? lookup.value.value.size() : 0;
        const Code code = lookup.found ? Code::kOk : lookup.status ? Code::kNotFound : lookup.status.code();
        statuses[start + i] = static_cast<wombat_status>(code);
        if (!lookup.status && first_failure) first_failure = lookup.status;
      }
      if (start + size < count) WOMBAT_TRY(long_read.pause(guard, *place.db, *place.tree, state));
    }
    return first_failure;
  });
}

wombat_status wombat_multi_get_packed(wombat_db* db, const void* keys, size_t keys_size,
                                      const wombat_read_options* options, void* buffer, size_t capacity,
                                      size_t* used, size_t* done, wombat_error* error) {
  return guarded(error, [&] {
    if (used != nullptr) *used = 0;
    if (done != nullptr) *done = 0;
    Bytes packed;
    WOMBAT_TRY(read_bytes(keys, keys_size, "keys", &packed));
    if (buffer == nullptr && capacity != 0)
      return Status::invalid_argument("buffer is NULL, but its capacity is not 0");
    Bytes key;
    PackedKeyReader checker(packed);
    while (checker.next(&key)) WOMBAT_TRY(check_key_size(key.size()));
    WOMBAT_TRY(checker.status());

    LongRead long_read;
    EpochGuard guard(process_epochs());
    Place place;
    ReadSettings settings;
    WOMBAT_TRY(enter_database(guard, db, &place));
    WOMBAT_TRY(read_read_options(guard, options, *place.db, &settings));
    ReadState& state = place.tree->read_state(guard);
    const Timestamp at = settings.snapshot != 0 ? settings.snapshot : place.db->visible_timestamp();
    if (settings.is_past) WOMBAT_TRY(place.db->check_history(at));
    PackedKeyReader reader(packed);
    PackedResultWriter writer(buffer, capacity);
    Lookup group[kLookupGroupMax];
    for (bool is_full = false; !is_full;) {
      size_t size = 0;
      const size_t size_max = long_read.group_size(*place.db);
      while (size < size_max && reader.next(&group[size].key)) ++size;
      if (size == 0) break;
      WOMBAT_TRY(
          place.tree->get_group(guard, state, at, settings.fill_cache, settings.deadline, group, size));
      for (size_t i = 0; i < size && !is_full; ++i) {
        const Lookup& lookup = group[i];
        WOMBAT_TRY(lookup.status);
        const Bytes bytes = lookup.found ? lookup.value.value : Bytes();
        is_full = !writer.try_add(lookup.found ? Code::kOk : Code::kNotFound, bytes);
        if (is_full && writer.count() == 0) {
          if (used != nullptr) *used = PackedResultWriter::size_of(bytes);
          return Status::outcome(Code::kBufferTooSmall);
        }
      }
      if (!is_full) WOMBAT_TRY(long_read.pause(guard, *place.db, *place.tree, state));
    }
    if (used != nullptr) *used = writer.size_bytes();
    if (done != nullptr) *done = writer.count();
    return Status::ok();
  });
}
