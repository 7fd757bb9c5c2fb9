#include <wombat.h>

#include <cstring>

#include "bench_database.h"
#include "floor_engine.h"

namespace wombat::bench {
namespace {

std::vector<std::string> all_options(const FloorSettings& settings) {
  std::vector<std::string> options = {"memtable.size=" + std::to_string(settings.write_buffer_bytes),
                                      "cache.size=" + std::to_string(settings.cache_bytes),
                                      "filter.bits_per_key=10", "compression.codec=none", "wal.sync=os"};
  options.insert(options.end(), settings.wombat_options.begin(), settings.wombat_options.end());
  return options;
}

class FloorWombat final : public FloorEngine {
 public:
  explicit FloorWombat(FloorSettings settings) : settings_(std::move(settings)) {}

  std::string version() const override { return std::string("Wombat ") + wombat_version_string(); }
  void open(const std::string& directory) override {
    database_ = std::make_unique<BenchDatabase>(directory, "default", all_options(settings_));
    database_->open();
    db_ = database_->get();
  }
  void close() override {
    database_->close();
    database_.reset();
  }

  void put_all(const KeySequence& keys, const ValueSource& values) override {
    wombat_error error;
    const size_t key_size = keys.key_size(), value_size = values.value_size(), count = keys.count();
    for (size_t i = 0; i < count; ++i) {
      const wombat_status status =
          wombat_put(db_, keys.key(i), key_size, values.value(i), value_size, nullptr, &error);
      if (status < 0) require(status, error, "put");
    }
  }
  void settle() override {
    database_->flush();
    database_->wait();
  }
  void compact() override {
    database_->compact();
    database_->wait();
  }

  ReadSummary get_all(const KeySequence& keys, size_t, size_t value_size) override {
    ReadSummary summary;
    std::vector<char> buffer(value_size + 1, 1);
    wombat_error error;
    const size_t key_size = keys.key_size(), count = keys.count();
    for (size_t i = 0; i < count; ++i) {
      size_t size = 0;
      const wombat_status status =
          wombat_get(db_, keys.key(i), key_size, nullptr, buffer.data(), buffer.size(), &size, &error);
      if (status == WOMBAT_OK) {
        ++summary.found;
        summary.digest += static_cast<unsigned char>(buffer[size - 1]);
      } else if (status < 0) {
        require(status, error, "get");
      }
    }
    return summary;
  }

  ReadSummary seek_all(const KeySequence& keys, unsigned step_count, bool reuse_iterator) override {
    ReadSummary summary;
    IteratorHandle iterator;
    wombat_error error;
    const void *key, *value;
    size_t key_size, value_size;
    for (size_t i = 0; i < keys.count(); ++i) {
      if (!iterator || !reuse_iterator) iterator = new_iterator();
      wombat_status status = wombat_iterator_seek(iterator.get(), keys.key(i), keys.key_size(), &key,
                                                  &key_size, &value, &value_size, &error);
      for (unsigned step = 0; status == WOMBAT_OK; ++step) {
        see(value, value_size, &summary);
        if (step == step_count) break;
        status = wombat_iterator_next(iterator.get(), &key, &key_size, &value, &value_size, &error);
      }
      if (status < 0) require(status, error, "seek");
    }
    return summary;
  }

  ReadSummary scan_all(bool reverse) override {
    ReadSummary summary;
    const IteratorHandle iterator = new_iterator();
    wombat_error error;
    const void *key, *value;
    size_t key_size, value_size;
    const auto move = reverse ? wombat_iterator_prev : wombat_iterator_next;
    wombat_status status;
    while ((status = move(iterator.get(), &key, &key_size, &value, &value_size, &error)) == WOMBAT_OK)
      see(value, value_size, &summary);
    require(status, error, "scan");
    return summary;
  }

  std::string shape() override {
    std::string text(4096, '\0');
    size_t length = 0;
    if (wombat_property(db_, "levels", text.data(), text.size(), &length, nullptr) != WOMBAT_OK)
      return "unknown";
    text.resize(length);
    return text;
  }

 private:
  IteratorHandle new_iterator() {
    wombat_error error;
    wombat_iterator* created = nullptr;
    const wombat_status status = wombat_iterator_create(db_, nullptr, &created, &error);
    if (status < 0) require(status, error, "iterator");
    return IteratorHandle(created);
  }
  static void see(const void* value, size_t value_size, ReadSummary* summary) {
    ++summary->found;
    summary->digest += static_cast<const unsigned char*>(value)[value_size - 1];
  }

  FloorSettings settings_;
  std::unique_ptr<BenchDatabase> database_;
  wombat_db* db_ = nullptr;
};

}  // namespace

std::unique_ptr<FloorEngine> make_floor_wombat(const FloorSettings& settings) {
  return std::make_unique<FloorWombat>(settings);
}

}  // namespace wombat::bench
