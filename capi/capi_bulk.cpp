// Builders of tables, and databases that take these in.
#include "db/external_table.h"
#include "db/level_compression.h"
#include "request_options.h"

using namespace wombat;

namespace {

/// A sorted load goes to the deepest level mostly: the tables are made like those that lie there.
Result<TableOptions> table_options_of(const wombat_options* options) {
  Options values;
  if (options != nullptr) {
    OptionsObject* object = nullptr;
    WOMBAT_TRY(resolve(options, &object));
    values = object->options;
  }
  TableOptions table;
  table.block_size_bytes = static_cast<size_t>(values.integer(OptionId::kTableBlockSize));
  table.filter_bits_per_key = static_cast<uint32_t>(values.integer(OptionId::kFilterBits));
  WOMBAT_ASSIGN(const LevelCompression compression,
                compression_of_level(kLevelCountMax - 1, values.text(OptionId::kCompressionPerLevel),
                                     values.text(OptionId::kCompressionCodec),
                                     static_cast<int>(values.integer(OptionId::kCompressionLevel))));
  table.codec = compression.codec;
  table.codec_level = compression.level;
  table.picks_codec = compression.picks_codec;
  table.dictionary_size_max = static_cast<size_t>(values.integer(OptionId::kCompressionDictionarySize));
  table.is_bottom = true;
  return table;
}

struct Entry {
  Bytes key;
  Bytes value;

  Status read(const void* key_data, size_t key_size, const void* value_data, size_t value_size) {
    WOMBAT_TRY(read_bytes(key_data, key_size, "key", &key));
    return read_bytes(value_data, value_size, "value", &value);
  }
};

Status find_builder(wombat_builder* handle, ExternalTableBuilder** builder) {
  BuilderObject* object = nullptr;
  WOMBAT_TRY(resolve(handle, &object));
  *builder = object->builder.get();
  return Status::ok();
}

}  // namespace

wombat_status wombat_builder_open(const char* path, const wombat_options* options, wombat_builder** builder,
                                  wombat_error* error) {
  return guarded(error, [&] {
    if (builder == nullptr) return Status::invalid_argument("builder is NULL");
    *builder = nullptr;
    if (path == nullptr || *path == '\0') return Status::invalid_argument("path is NULL or empty");
    WOMBAT_ASSIGN(const TableOptions table, table_options_of(options));
    auto object = std::make_unique<BuilderObject>();
    WOMBAT_ASSIGN(object->builder, ExternalTableBuilder::create(posix_file_system(), path, table));
    publish(std::move(object), builder);
    return Status::ok();
  });
}

wombat_status wombat_builder_put(wombat_builder* builder, const void* key, size_t key_size, const void* value,
                                 size_t value_size, wombat_error* error) {
  return guarded(error, [&] {
    ExternalTableBuilder* table = nullptr;
    Entry entry;
    WOMBAT_TRY(find_builder(builder, &table));
    WOMBAT_TRY(entry.read(key, key_size, value, value_size));
    return table->put(entry.key, entry.value);
  });
}

wombat_status wombat_builder_put_until(wombat_builder* builder, const void* key, size_t key_size,
                                       const void* value, size_t value_size, uint64_t expires_at_us,
                                       wombat_error* error) {
  return guarded(error, [&] {
    ExternalTableBuilder* table = nullptr;
    Entry entry;
    WOMBAT_TRY(find_builder(builder, &table));
    WOMBAT_TRY(entry.read(key, key_size, value, value_size));
    return expires_at_us == 0 ? table->put(entry.key, entry.value)
                              : table->put_until(entry.key, entry.value, expires_at_us);
  });
}

wombat_status wombat_builder_delete(wombat_builder* builder, const void* key, size_t key_size,
                                    wombat_error* error) {
  return guarded(error, [&] {
    ExternalTableBuilder* table = nullptr;
    Entry entry;
    WOMBAT_TRY(find_builder(builder, &table));
    WOMBAT_TRY(entry.read(key, key_size, nullptr, 0));
    return table->remove(entry.key);
  });
}

wombat_status wombat_builder_size(wombat_builder* builder, uint64_t* entries, uint64_t* bytes,
                                  wombat_error* error) {
  return guarded(error, [&] {
    if (entries != nullptr) *entries = 0;
    if (bytes != nullptr) *bytes = 0;
    ExternalTableBuilder* table = nullptr;
    WOMBAT_TRY(find_builder(builder, &table));
    if (entries != nullptr) *entries = table->entry_count();
    if (bytes != nullptr) *bytes = table->size_bytes();
    return Status::ok();
  });
}

wombat_status wombat_builder_finish(wombat_builder* builder, wombat_error* error) {
  return guarded(error, [&] {
    ExternalTableBuilder* table = nullptr;
    WOMBAT_TRY(find_builder(builder, &table));
    return table->finish();
  });
}

void wombat_builder_destroy(wombat_builder* builder) { destroy<BuilderObject>(builder); }

wombat_status wombat_ingest(wombat_db* db, const char* const* paths, size_t count, uint32_t flags,
                            const wombat_task_options* options, wombat_error* error) {
  return guarded(error, [&] {
    SharedPlace place;
    TaskControl control;
    WOMBAT_TRY(share_database(db, &place));
    WOMBAT_TRY(read_task_options(options, &control));
    if ((flags & ~WOMBAT_INGEST_REMOVE_FILES) != 0)
      return Status::unsupported("flags of wombat_ingest that this version does not know");
    if (paths == nullptr && count != 0) return Status::invalid_argument("paths is NULL");
    std::vector<std::string> files;
    for (size_t i = 0; i < count; ++i) {
      if (paths[i] == nullptr) return Status::invalid_argument("a path is NULL");
      files.emplace_back(paths[i]);
    }
    return place.tree->ingest(files, (flags & WOMBAT_INGEST_REMOVE_FILES) != 0, control);
  });
}
