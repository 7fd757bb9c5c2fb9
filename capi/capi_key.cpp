// Keys made of typed parts. They need no database and no handle.
#include "boundary.h"
#include "kv/key_parts.h"

using namespace wombat;

namespace {

/// `*size` goes in as the size of the key so far and comes out as what it has, or needs, with one part more.
template <typename Append>
wombat_status append_part(void* buffer, size_t capacity, size_t* size, wombat_error* error, Append append) {
  return guarded(error, [&] {
    if (size == nullptr) return Status::invalid_argument("size is NULL");
    if (buffer == nullptr && capacity != 0) {
      return Status::invalid_argument("buffer is NULL, but its capacity is not 0");
    }
    KeyPartWriter writer(buffer, capacity, *size);
    const Status status = append(writer);
    if (static_cast<int32_t>(status.code()) >= 0) *size = writer.size();
    return status;
  });
}

template <typename Read>
wombat_status read_part(const void* key, size_t key_size, size_t* position, wombat_error* error, Read read) {
  return guarded(error, [&] {
    Bytes bytes;
    if (position == nullptr) return Status::invalid_argument("position is NULL");
    WOMBAT_TRY(read_bytes(key, key_size, "key", &bytes));
    KeyPartReader reader(bytes, *position);
    WOMBAT_TRY(read(reader));
    *position = reader.position();
    return Status::ok();
  });
}

}  // namespace

wombat_status wombat_key_append_signed(int64_t value, uint32_t width, void* buffer, size_t capacity,
                                       size_t* size, wombat_error* error) {
  return append_part(buffer, capacity, size, error,
                     [&](KeyPartWriter& writer) { return writer.append_signed(value, width); });
}

wombat_status wombat_key_append_unsigned(uint64_t value, uint32_t width, void* buffer, size_t capacity,
                                         size_t* size, wombat_error* error) {
  return append_part(buffer, capacity, size, error,
                     [&](KeyPartWriter& writer) { return writer.append_unsigned(value, width); });
}

wombat_status wombat_key_append_real(double value, void* buffer, size_t capacity, size_t* size,
                                     wombat_error* error) {
  return append_part(buffer, capacity, size, error,
                     [&](KeyPartWriter& writer) { return writer.append_real(value); });
}

wombat_status wombat_key_append_bytes(const void* data, size_t data_size, void* buffer, size_t capacity,
                                      size_t* size, wombat_error* error) {
  return append_part(buffer, capacity, size, error, [&](KeyPartWriter& writer) {
    Bytes bytes;
    WOMBAT_TRY(read_bytes(data, data_size, "data", &bytes));
    return writer.append_bytes(bytes);
  });
}

wombat_status wombat_key_append_fixed(const void* data, size_t data_size, void* buffer, size_t capacity,
                                      size_t* size, wombat_error* error) {
  return append_part(buffer, capacity, size, error, [&](KeyPartWriter& writer) {
    Bytes bytes;
    WOMBAT_TRY(read_bytes(data, data_size, "data", &bytes));
    return writer.append_fixed(bytes);
  });
}

wombat_status wombat_key_read_signed(const void* key, size_t key_size, uint32_t width, size_t* position,
                                     int64_t* value, wombat_error* error) {
  return read_part(key, key_size, position, error, [&](KeyPartReader& reader) {
    int64_t read = 0;
    WOMBAT_TRY(reader.read_signed(width, &read));
    if (value != nullptr) *value = read;
    return Status::ok();
  });
}

wombat_status wombat_key_read_unsigned(const void* key, size_t key_size, uint32_t width, size_t* position,
                                       uint64_t* value, wombat_error* error) {
  return read_part(key, key_size, position, error, [&](KeyPartReader& reader) {
    uint64_t read = 0;
    WOMBAT_TRY(reader.read_unsigned(width, &read));
    if (value != nullptr) *value = read;
    return Status::ok();
  });
}

wombat_status wombat_key_read_real(const void* key, size_t key_size, size_t* position, double* value,
                                   wombat_error* error) {
  return read_part(key, key_size, position, error, [&](KeyPartReader& reader) {
    double read = 0;
    WOMBAT_TRY(reader.read_real(&read));
    if (value != nullptr) *value = read;
    return Status::ok();
  });
}

wombat_status wombat_key_read_bytes(const void* key, size_t key_size, size_t* position, void* buffer,
                                    size_t capacity, size_t* size, wombat_error* error) {
  if (size != nullptr) *size = 0;
  return read_part(key, key_size, position, error, [&](KeyPartReader& reader) {
    size_t part_size = 0;
    if (buffer == nullptr && capacity != 0) {
      return Status::invalid_argument("buffer is NULL, but its capacity is not 0");
    }
    const Status status = reader.read_bytes(buffer, capacity, &part_size);
    if (size != nullptr) *size = part_size;
    return status;
  });
}

wombat_status wombat_key_read_fixed(const void* key, size_t key_size, size_t data_size, size_t* position,
                                    const void** data, wombat_error* error) {
  if (data != nullptr) *data = nullptr;
  return read_part(key, key_size, position, error, [&](KeyPartReader& reader) {
    Bytes bytes;
    WOMBAT_TRY(reader.read_fixed(data_size, &bytes));
    if (data != nullptr) *data = bytes.data();
    return Status::ok();
  });
}
