#include "vlog/value_record.h"

#include <algorithm>

#include "base/coding.h"

namespace wombat {

namespace {

size_t chunk_count(size_t value_size) { return (value_size + kValueChunkSize - 1) / kValueChunkSize; }
bool has_chunks(size_t value_size) { return value_size > kValueChunkSize; }

std::string hex(uint64_t number) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "0x";
  for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[number >> shift & 15];
  return text;
}

struct Chunk {
  uint64_t offset = 0;  // in the data
  uint32_t stored_size = 0;
  uint32_t size = 0;
  uint64_t checksum = 0;
};

/// The front of a record that was read: its fields match the pointer and the key.
class Front {
 public:
  Front(const ValueSource& source, const ValuePointer& pointer) : source_(source), pointer_(pointer) {}

  Status check(Bytes key, Bytes front) {
    const char* const bytes = front.data();
    const uint64_t computed =
        checksum64(front.substr(sizeof(uint64_t)), source_.context.seed_at(pointer_.offset));
    if (computed != pointer_.digest) {
      return damage("a value of key \"" + escape_bytes(key) + "\" with digest " + hex(pointer_.digest),
                    hex(computed));
    }
    const bool is_meant =
        load_le<uint64_t>(bytes) == computed && load_le<uint32_t>(bytes + 16) == pointer_.value_size &&
        load_le<uint32_t>(bytes + 20) == pointer_.stored_size &&
        load_le<uint16_t>(bytes + 28) == key.size() && front.substr(kValueRecordHeadSize, key.size()) == key;
    if (!is_meant) return damage("a value of key \"" + escape_bytes(key) + "\"", "that of another entry");
    codec_ = static_cast<uint8_t>(bytes[30]);
    checksum_ = load_le<uint64_t>(bytes + 8);
    table_ = front.substr(kValueRecordHeadSize + key.size());
    return Status::ok();
  }

  /// All of the data is one chunk where there is no table.
  Status chunks(std::vector<Chunk>* chunks) const {
    const uint32_t value_size = pointer_.value_size;
    if (!has_chunks(value_size)) {
      chunks->push_back({0, pointer_.stored_size, value_size, checksum_});
      return Status::ok();
    }
    uint64_t offset = 0;
    for (size_t i = 0; i < chunk_count(value_size); ++i) {
      const char* const row = table_.data() + i * kValueChunkRowSize;
      Chunk chunk;
      chunk.offset = offset;
      chunk.stored_size = load_le<uint32_t>(row);
      chunk.size = static_cast<uint32_t>(std::min<size_t>(kValueChunkSize, value_size - i * kValueChunkSize));
      chunk.checksum = load_le<uint64_t>(row + 8);
      offset += chunk.stored_size;
      if (chunk.stored_size > chunk.size) return damage("a chunk that is not longer than its bytes", "more");
      chunks->push_back(chunk);
    }
    if (offset == pointer_.stored_size) return Status::ok();
    return damage("chunks of " + std::to_string(pointer_.stored_size) + " bytes", std::to_string(offset));
  }

  /// Whether the stored bytes are those that were written.
  Status check(const Chunk& chunk, uint64_t data_offset, Bytes stored) const {
    const uint64_t at = data_offset + chunk.offset;
    const uint64_t computed = checksum64(stored, source_.context.seed_at(at));
    if (computed == chunk.checksum) return Status::ok();
    return Status::corruption_at(source_.name, at, "value checksum " + hex(chunk.checksum), hex(computed));
  }

  Status unpack(const Chunk& chunk, uint64_t data_offset, Bytes stored, char* out) const {
    const Result<const Codec*> codec = codec_by_id(codec_);
    if (!codec) return codec.status().with_context(source_.name);
    if (codec.value() != nullptr && source_.pool.decompress(*codec.value(), nullptr, stored, out, chunk.size))
      return Status::ok();
    return Status::corruption_at(
        source_.name, data_offset + chunk.offset,
        std::to_string(chunk.size) + " bytes compressed by " + codec_name(static_cast<CodecId>(codec_)),
        "something else");
  }

 private:
  Status damage(const std::string& expected, const std::string& found) const {
    return Status::corruption_at(source_.name, pointer_.offset, expected, found);
  }

  const ValueSource& source_;
  const ValuePointer& pointer_;
  uint8_t codec_ = 0;
  uint64_t checksum_ = 0;
  Bytes table_;
};

/// What a pointer says of sizes is believed only as far as it can be.
Status check_sizes(const ValueSource& source, const ValuePointer& pointer) {
  if (pointer.stored_size <= pointer.value_size) return Status::ok();
  return Status::corruption_at(source.name, pointer.offset,
                               "at most " + std::to_string(pointer.value_size) + " bytes stored",
                               std::to_string(pointer.stored_size));
}

}  // namespace

size_t value_record_front_size(size_t key_size, size_t value_size) {
  return kValueRecordHeadSize + key_size +
         (has_chunks(value_size) ? chunk_count(value_size) * kValueChunkRowSize : 0);
}

EncodedValue::EncodedValue(uint32_t keyspace, Bytes key, Bytes value, const Codec* codec)
    : key_size_(key.size()), value_(value), data_(value) {
  front_.resize(value_record_front_size(key.size(), value.size()));
  char* const head = front_.data();
  store_le<uint32_t>(head + 16, static_cast<uint32_t>(value.size()));
  store_le<uint32_t>(head + 24, keyspace);
  store_le<uint16_t>(head + 28, static_cast<uint16_t>(key.size()));
  if (!key.empty()) std::memcpy(head + kValueRecordHeadSize, key.data(), key.size());
  char* row = head + kValueRecordHeadSize + key.size();
  if (has_chunks(value.size())) {
    for (size_t at = 0; at < value.size(); at += kValueChunkSize, row += kValueChunkRowSize)
      store_le<uint32_t>(row, static_cast<uint32_t>(std::min(kValueChunkSize, value.size() - at)));
  }
  if (codec != nullptr) pack(value, *codec);
  store_le<uint32_t>(head + 20, static_cast<uint32_t>(data_.size()));
}

/// Each chunk by itself, where that saves at least an eighth.
void EncodedValue::pack(Bytes value, const Codec& codec) {
  const std::unique_ptr<Compressor> compressor = codec.new_compressor(0, Bytes());
  packed_.reserve(value.size());
  char* row = front_.data() + kValueRecordHeadSize + key_size_;
  bool has_shrunk = false;
  for (size_t at = 0; at < value.size(); at += kValueChunkSize) {
    const Bytes chunk = value.substr(at, kValueChunkSize);
    const size_t before = packed_.size();
    if (compressor->compress(chunk, chunk.size() - chunk.size() / 8, &packed_)) {
      has_shrunk = true;
    } else {
      packed_.resize(before);
      packed_.append(chunk);
    }
    if (has_chunks(value.size())) {
      store_le<uint32_t>(row, static_cast<uint32_t>(packed_.size() - before));
      row += kValueChunkRowSize;
    }
  }
  if (!has_shrunk) {
    packed_.clear();
    return;
  }
  data_ = packed_;
  front_[30] = static_cast<char>(codec.id());
}

void EncodedValue::place(const ChecksumContext& context, uint64_t offset, ValuePointer* pointer) {
  char* const head = front_.data();
  uint64_t at = offset + front_.size();
  if (has_chunks(value_.size())) {
    char* row = head + kValueRecordHeadSize + key_size_;
    for (size_t begin = 0; begin < data_.size(); row += kValueChunkRowSize) {
      const size_t size = load_le<uint32_t>(row);
      store_le<uint64_t>(row + 8, checksum64(data_.substr(begin, size), context.seed_at(at + begin)));
      begin += size;
    }
  } else {
    store_le<uint64_t>(head + 8, checksum64(data_, context.seed_at(at)));
  }
  pointer->offset = offset;
  pointer->stored_size = static_cast<uint32_t>(data_.size());
  pointer->value_size = static_cast<uint32_t>(value_.size());
  pointer->digest = checksum64(Bytes(front_).substr(sizeof(uint64_t)), context.seed_at(offset));
  store_le<uint64_t>(head, pointer->digest);
}

Status check_value(const ValueSource& source, Bytes key, const ValuePointer& pointer, Bytes record) {
  const size_t front_size = value_record_front_size(key.size(), pointer.value_size);
  Front front(source, pointer);
  WOMBAT_TRY(front.check(key, record.substr(0, front_size)));
  std::vector<Chunk> chunks;
  WOMBAT_TRY(front.chunks(&chunks));
  for (const Chunk& chunk : chunks) {
    const Bytes stored = record.substr(front_size + static_cast<size_t>(chunk.offset), chunk.stored_size);
    WOMBAT_TRY(front.check(chunk, pointer.offset + front_size, stored));
  }
  return Status::ok();
}

Status read_value(const ValueSource& source, Bytes key, const ValuePointer& pointer, std::string* memory,
                  Bytes* value) {
  WOMBAT_TRY(check_sizes(source, pointer));
  const size_t front_size = value_record_front_size(key.size(), pointer.value_size);
  memory->resize(front_size + pointer.stored_size);
  WOMBAT_TRY(read_exactly(source.file, source.name, pointer.offset, memory->size(), memory->data()));
  Front front(source, pointer);
  WOMBAT_TRY(front.check(key, Bytes(*memory).substr(0, front_size)));
  std::vector<Chunk> chunks;
  WOMBAT_TRY(front.chunks(&chunks));
  const uint64_t data_offset = pointer.offset + front_size;
  const Bytes data = Bytes(*memory).substr(front_size);
  for (const Chunk& chunk : chunks)
    WOMBAT_TRY(front.check(chunk, data_offset, data.substr(chunk.offset, chunk.stored_size)));
  if (pointer.stored_size == pointer.value_size) {
    *value = data;
    return Status::ok();
  }
  std::string unpacked(pointer.value_size, '\0');
  size_t filled = 0;
  for (const Chunk& chunk : chunks) {
    const Bytes stored = data.substr(chunk.offset, chunk.stored_size);
    if (chunk.stored_size == chunk.size)
      std::memcpy(unpacked.data() + filled, stored.data(), stored.size());
    else
      WOMBAT_TRY(front.unpack(chunk, data_offset, stored, unpacked.data() + filled));
    filled += chunk.size;
  }
  memory->swap(unpacked);
  *value = *memory;
  return Status::ok();
}

Status read_value_part(const ValueSource& source, Bytes key, const ValuePointer& pointer, uint64_t offset,
                       size_t size, std::string* memory, Bytes* part) {
  offset = std::min<uint64_t>(offset, pointer.value_size);
  size = std::min<size_t>(size, pointer.value_size - static_cast<size_t>(offset));
  if (!has_chunks(pointer.value_size)) {
    WOMBAT_TRY(read_value(source, key, pointer, memory, part));
    *part = part->substr(static_cast<size_t>(offset), size);
    return Status::ok();
  }
  WOMBAT_TRY(check_sizes(source, pointer));
  std::string head(value_record_front_size(key.size(), pointer.value_size), '\0');
  WOMBAT_TRY(read_exactly(source.file, source.name, pointer.offset, head.size(), head.data()));
  Front front(source, pointer);
  WOMBAT_TRY(front.check(key, head));
  std::vector<Chunk> chunks;
  WOMBAT_TRY(front.chunks(&chunks));
  memory->clear();
  *part = Bytes();
  if (size == 0) return Status::ok();
  const auto first = static_cast<size_t>(offset / kValueChunkSize);
  const auto last = static_cast<size_t>((offset + size - 1) / kValueChunkSize);
  const uint64_t data_offset = pointer.offset + head.size();
  const uint64_t begin = chunks[first].offset;
  std::string stored(static_cast<size_t>(chunks[last].offset + chunks[last].stored_size - begin), '\0');
  WOMBAT_TRY(read_exactly(source.file, source.name, data_offset + begin, stored.size(), stored.data()));
  for (size_t i = first; i <= last; ++i) {
    const Bytes bytes =
        Bytes(stored).substr(static_cast<size_t>(chunks[i].offset - begin), chunks[i].stored_size);
    WOMBAT_TRY(front.check(chunks[i], data_offset, bytes));
    const size_t filled = memory->size();
    if (bytes.size() == chunks[i].size) {
      memory->append(bytes);
    } else {
      memory->resize(filled + chunks[i].size);
      WOMBAT_TRY(front.unpack(chunks[i], data_offset, bytes, memory->data() + filled));
    }
  }
  *part = Bytes(*memory).substr(static_cast<size_t>(offset - first * kValueChunkSize), size);
  return Status::ok();
}

Status read_value_head(const ValueSource& source, uint64_t offset, uint64_t file_size,
                       ValueRecordHead* head) {
  if (offset >= file_size) return Status::outcome(Code::kEnd);
  const auto cut_short = [&](uint64_t needed) {
    return Status::corruption_at(source.name, offset,
                                 "a record of at least " + std::to_string(needed) + " bytes",
                                 std::to_string(file_size - offset) + " bytes to the end of the file");
  };
  if (file_size - offset < kValueRecordHeadSize) return cut_short(kValueRecordHeadSize);
  std::string front(kValueRecordHeadSize, '\0');
  WOMBAT_TRY(read_exactly(source.file, source.name, offset, front.size(), front.data()));
  head->offset = offset;
  head->digest = load_le<uint64_t>(front.data());
  head->value_size = load_le<uint32_t>(front.data() + 16);
  head->stored_size = load_le<uint32_t>(front.data() + 20);
  head->keyspace = load_le<uint32_t>(front.data() + 24);
  const size_t key_size = load_le<uint16_t>(front.data() + 28);
  head->codec = static_cast<uint8_t>(front[30]);
  const bool is_possible = head->value_size <= kValueSizeMax && head->stored_size <= head->value_size;
  const size_t front_size = is_possible ? value_record_front_size(key_size, head->value_size) : 0;
  head->size = uint64_t{front_size} + head->stored_size;
  if (is_possible && head->size > file_size - offset) return cut_short(head->size);
  if (is_possible) {
    front.resize(front_size);
    WOMBAT_TRY(read_exactly(source.file, source.name, offset, front.size(), front.data()));
    head->key = front.substr(kValueRecordHeadSize, key_size);
  }
  const uint64_t computed = checksum64(Bytes(front).substr(sizeof(uint64_t)), source.context.seed_at(offset));
  if (is_possible && computed == head->digest) return Status::ok();
  return Status::corruption_at(source.name, offset, "a record with digest " + hex(head->digest),
                               hex(computed));
}

}  // namespace wombat
