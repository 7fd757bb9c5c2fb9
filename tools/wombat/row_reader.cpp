/// The parts of database.h that carry many rows at once.
#include <cstring>

#include "database.h"
#include "little_endian.h"
#include "progress.h"
#include "terminal.h"

namespace wombat::cli {

namespace {

constexpr size_t kRowBufferSize = size_t{1} << 18;
constexpr size_t kRowHeaderSize = 8;

}  // namespace

wombat_iterator_options RowQuery::iterator_options() const {
  wombat_iterator_options options = {};
  options.size = sizeof options;
  // A scan over everything must not push out what point reads use.
  options.flags = WOMBAT_READ_KEEP_CACHE | (keys_only ? WOMBAT_READ_KEYS_ONLY : 0);
  if (range.has_from) {
    options.lower = range.from.data();
    options.lower_size = range.from.size();
  }
  if (range.has_to) {
    options.upper = range.to.data();
    options.upper_size = range.to.size();
  }
  if (range.has_prefix) {
    options.prefix = range.prefix.data();
    options.prefix_size = range.prefix.size();
  }
  options.as_of_timestamp = as_of.timestamp;
  options.as_of_time_us = as_of.time_us;
  return options;
}

RowReader::RowReader(wombat_iterator* iterator, const RowQuery& query)
    : iterator_(iterator),
      backward_(query.backward),
      is_limited_(query.limit != 0),
      rows_left_(query.limit),
      buffer_(kRowBufferSize, '\0') {}

RowReader::RowReader(wombat_db* keyspace, const RowQuery& query)
    : RowReader(static_cast<wombat_iterator*>(nullptr), query) {
  const wombat_iterator_options options = query.iterator_options();
  wombat_error error;
  check(wombat_iterator_create(keyspace, &options, &iterator_, &error), error, "scan");
}

RowReader::~RowReader() { wombat_iterator_destroy(iterator_); }

bool RowReader::fill() {
  const int32_t direction = backward_ ? WOMBAT_BACKWARD : WOMBAT_FORWARD;
  if (is_limited_ && rows_left_ == 0) return false;
  for (;;) {
    size_t row_count = 0;
    wombat_error error;
    position_ = 0;
    const wombat_status status =
        check(wombat_iterator_read_batch(iterator_, direction, rows_left_, buffer_.data(), buffer_.size(),
                                         &used_, &row_count, &error),
              error, "scan");
    if (is_limited_) rows_left_ -= row_count;
    if (status == WOMBAT_OK) return true;
    if (status != WOMBAT_BUFFER_TOO_SMALL) return false;
    buffer_.resize(used_);
  }
}

bool RowReader::next(Bytes* key, Bytes* value) {
  if (position_ >= used_) {
    used_ = 0;
    if (!fill()) return false;
  }
  const char* row = buffer_.data() + position_;
  const size_t key_size = load_u32(row);
  const size_t value_size = load_u32(row + 4);
  *key = Bytes(row + kRowHeaderSize, key_size);
  *value = Bytes(row + kRowHeaderSize + key_size, value_size);
  position_ += kRowHeaderSize + key_size + value_size;
  return true;
}

ExpiringRowReader::ExpiringRowReader(wombat_db* keyspace, const RowQuery& query) {
  const wombat_iterator_options options = query.iterator_options();
  wombat_error error;
  check(wombat_iterator_create(keyspace, &options, &iterator_, &error), error, "scan");
}

bool ExpiringRowReader::next(Bytes* key, Bytes* value, uint64_t* expires_at_us) {
  const void* key_data = nullptr;
  const void* value_data = nullptr;
  size_t key_size = 0;
  size_t value_size = 0;
  wombat_error error;
  const wombat_status moved =
      wombat_iterator_next(iterator_, &key_data, &key_size, &value_data, &value_size, &error);
  if (check(moved, error, "scan") == WOMBAT_END) return false;
  check(wombat_iterator_expiry(iterator_, expires_at_us, &error), error, "scan");
  *key = Bytes(static_cast<const char*>(key_data), key_size);
  *value = Bytes(static_cast<const char*>(value_data), value_size);
  return true;
}

void PackedBatch::add(uint8_t kind, Bytes key, Bytes value) {
  const char head[4] = {static_cast<char>(kind), 0, 0, 0};
  bytes_.append(head, sizeof head);
  append_u32(static_cast<uint32_t>(key.size()), &bytes_);
  append_u32(static_cast<uint32_t>(value.size()), &bytes_);
  bytes_.append(key);
  bytes_.append(value);
  ++count_;
}

void PackedBatch::put(Bytes key, Bytes value) { add(1, key, value); }
void PackedBatch::remove(Bytes key) { add(0, key, Bytes()); }

void PackedBatch::put_until(Bytes key, Bytes value, uint64_t expires_at_us) {
  move_to_mixed();
  wombat_error error;
  check(wombat_batch_put_until(mixed_.get(), key.data(), key.size(), value.data(), value.size(),
                               expires_at_us, &error),
        error, "write");
  moved_bytes_ += key.size() + value.size();
  ++count_;
}

void PackedBatch::move_to_mixed() {
  wombat_error error;
  if (mixed_ == nullptr) {
    wombat_batch* batch = nullptr;
    check(wombat_batch_create(&batch, &error), error, "write");
    mixed_.reset(batch);
  }
  if (!is_mixed_) check(wombat_batch_clear(mixed_.get(), &error), error, "write");
  is_mixed_ = true;
  check(wombat_batch_add_packed(mixed_.get(), bytes_.data(), bytes_.size(), &error), error, "write");
  moved_bytes_ += bytes_.size();
  bytes_.clear();
}

void PackedBatch::clear() {
  bytes_.clear();
  count_ = 0;
  is_mixed_ = false;
  moved_bytes_ = 0;
}

void PackedBatch::commit(wombat_db* keyspace, const wombat_write_options& options) {
  if (count_ == 0) return;
  wombat_error error;
  if (is_mixed_) {
    move_to_mixed();
    check(wombat_write(keyspace, mixed_.get(), &options, &error), error, "write");
    return clear();
  }
  check(wombat_write_packed(keyspace, bytes_.data(), bytes_.size(), &options, &error), error, "write");
  clear();
}

void run_long_call(const std::string& what, const Settings& settings, const LongCall& call) {
  catch_interrupts();
  Progress progress(what, Progress::Unit::kBytes, settings);
  wombat_task_options options = {};
  options.size = sizeof options;
  options.timeout_us = settings.timeout_us();
  options.user_data = &progress;
  options.progress = [](void* user_data, uint64_t done, uint64_t total) -> int32_t {
    auto* display = static_cast<Progress*>(user_data);
    display->set_total(total);
    display->update(done);
    return is_interrupted() ? 1 : 0;
  };
  wombat_error error;
  const wombat_status status = call(&options, &error);
  progress.clear();
  check(status, error, what);
}

}  // namespace wombat::cli
