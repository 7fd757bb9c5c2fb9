// Iterators.
#include "base/bytes.h"
#include "kv/packed.h"
#include "request_options.h"

using namespace wombat;

namespace {

struct RowOut {
  const void** key;
  size_t* key_size;
  const void** value;
  size_t* value_size;

  void set(Bytes key_bytes, Bytes value_bytes) const {
    set(key_bytes, value_bytes.data(), value_bytes.size());
  }
  void set(Bytes key_bytes, const char* value_data, size_t size) const {
    if (key != nullptr) *key = key_bytes.data();
    if (key_size != nullptr) *key_size = key_bytes.size();
    if (value != nullptr) *value = value_data;
    if (value_size != nullptr) *value_size = size;
  }
};

/// How far ahead of a value that is copied more is asked for.
constexpr uintptr_t kCopyAhead = 1088;

void narrow_to_prefix(Bytes prefix, IteratorSettings* settings) {
  if (!settings->lower || *settings->lower < prefix) settings->lower = std::string(prefix);
  std::string end = prefix_successor(prefix);
  if (!end.empty() && (!settings->upper || end < *settings->upper)) settings->upper = std::move(end);
}

}  // namespace

Status wombat::read_iterator_options(const EpochGuard& guard, const wombat_iterator_options* options,
                                     const Db& db, IteratorSettings* settings, RowParts* parts) {
  settings->readahead_size_bytes = 0;
  if (options == nullptr) return Status::ok();
  wombat_iterator_options known;
  WOMBAT_TRY(read_struct(options, "wombat_iterator_options", &known));
  constexpr uint32_t kKnown = WOMBAT_READ_KEEP_CACHE | WOMBAT_READ_KEYS_ONLY | WOMBAT_READ_LAZY_VALUES;
  if ((known.flags & ~kKnown) != 0) {
    return Status::unsupported("wombat_iterator_options.flags has a bit that this version does not know");
  }
  Bytes lower;
  Bytes upper;
  Bytes prefix;
  WOMBAT_TRY(read_bytes(known.lower, known.lower_size, "lower", &lower));
  WOMBAT_TRY(read_bytes(known.upper, known.upper_size, "upper", &upper));
  WOMBAT_TRY(read_bytes(known.prefix, known.prefix_size, "prefix", &prefix));
  if (known.lower != nullptr) settings->lower = std::string(lower);
  if (known.upper != nullptr) settings->upper = std::string(upper);
  if (settings->lower && settings->upper && *settings->lower > *settings->upper) {
    return Status::invalid_argument("lower is greater than upper: no key can lie between them");
  }
  if (known.prefix != nullptr) narrow_to_prefix(prefix, settings);
  settings->fill_cache = (known.flags & WOMBAT_READ_KEEP_CACHE) == 0;
  settings->readahead_size_bytes = known.readahead_size;
  if ((known.flags & WOMBAT_READ_LAZY_VALUES) != 0) *parts = RowParts::kLazyValues;
  if ((known.flags & WOMBAT_READ_KEYS_ONLY) != 0) *parts = RowParts::kKeys;
  settings->leaves_values = *parts != RowParts::kAll;
  return read_moment(guard, known.snapshot, known.as_of_timestamp, known.as_of_time_us, db,
                     &settings->snapshot, &settings->is_past);
}

namespace {

Status enter_iterator(const wombat_iterator* handle, IteratorObject** object) {
  *object = resolve<IteratorObject>(handle);
  if (*object == nullptr) [[unlikely]]
    return no_such_handle(handle, "iterator");
  if ((*object)->in_transaction != nullptr) return Status::ok();  // the transaction knows
  const Db& db = (*object)->plain->db();
  if (db.is_closed()) [[unlikely]]
    return Status(Code::kClosed, db.path() + " is closed");
  if (db.is_forked()) [[unlikely]]
    return Status(Code::kForked, "the database was opened by the parent process; open it in this one");
  return Status::ok();
}

/// A row, without its value where that was not asked for.
template <typename Rows>
void show_row(const IteratorObject& object, const Rows& rows, const RowOut& out) {
  if (object.parts == RowParts::kAll) [[likely]]
    return out.set(rows.key(), rows.value());
  if (object.parts == RowParts::kKeys) return out.set(rows.key(), Bytes());
  out.set(rows.key(), rows.value().data(), rows.value_size());
}

/// What a move came to: a row, an end or a failure.
template <typename Rows>
Status show(const IteratorObject& object, const Rows& rows, const RowOut& out) {
  if (rows.valid()) [[likely]] {
    show_row(object, rows, out);
    return Status::ok();
  }
  out.set(Bytes(), Bytes());
  return rows.status().is_ok() ? Status::outcome(Code::kEnd) : rows.status();
}

template <typename Move>
Status move_plain(IteratorObject& object, const RowOut& out, Move& move_to) {
  DbIterator& cursor = *object.plain;
  WOMBAT_TRY(move_to(cursor));
  if (cursor.rows().valid()) cursor.count_rows(1);
  return show(object, cursor.rows(), out);
}

template <typename Move>
Status move_in_transaction(IteratorObject& object, const RowOut& out, Move& move_to) {
  TransactionIterator& cursor = *object.in_transaction;
  const Transaction::Entry entry(cursor.transaction());
  WOMBAT_TRY(entry.check());
  WOMBAT_TRY(move_to(cursor));
  return show(object, cursor, out);
}

/// `move_to` takes either kind of cursor.
template <typename Move>
wombat_status move(wombat_iterator* handle, const RowOut& out, wombat_error* error, Move move_to) {
  return guarded(error, [&] {
    IteratorObject* object = nullptr;
    WOMBAT_TRY(enter_iterator(handle, &object));
    return object->in_transaction == nullptr ? move_plain(*object, out, move_to)
                                             : move_in_transaction(*object, out, move_to);
  });
}

/// A step is the call that is made for every row: it does only what a row needs.
template <bool kForward>
wombat_status step(wombat_iterator* handle, const RowOut& out, wombat_error* error) {
  return guarded(error, [&] {
    IteratorObject* object = resolve<IteratorObject>(handle);
    if (object == nullptr || object->in_transaction != nullptr || object->plain->db().is_closed() ||
        object->plain->db().is_forked()) [[unlikely]] {
      WOMBAT_TRY(enter_iterator(handle, &object));
      if (object->in_transaction != nullptr) {
        const auto step_once = [](TransactionIterator& cursor) {
          cursor.step(kForward);
          return Status::ok();
        };
        return move_in_transaction(*object, out, step_once);
      }
    }
    DbIterator& cursor = *object->plain;
    const VisibleIterator& rows = cursor.rows();
    if (!cursor.steps_plainly(kForward)) [[unlikely]] {
      cursor.step(kForward);
      if (!rows.valid()) [[unlikely]]
        return show(*object, rows, out);
    }
    cursor.count_rows(1);
    show_row(*object, rows, out);
    return Status::ok();
  });
}

/// Room for the rows of wombat_iterator_read_batch, and what became of it.
struct RowBatch {
  bool forward;
  size_t row_count_max;
  PackedRowWriter writer;
  size_t size_needed = 0;  // of the row that did not fit
  /// Of the row that the cursor ends up on, should it be led back to it.
  std::optional<uint64_t> expires_at_us{};

  /// Steps of a cursor that is shown by `rows`.
  template <typename Cursor, typename Rows>
  Status fill(Cursor& cursor, const Rows& rows, RowParts parts) {
    while (writer.count() < row_count_max) {
      if (!cursor.steps_plainly(forward)) cursor.step(forward);
      if (rows.valid()) {
        Bytes value = parts == RowParts::kKeys ? Bytes() : rows.value();
        if (parts == RowParts::kLazyValues && rows.is_elsewhere()) [[unlikely]] {
          if (Status read = cursor.value_here(&value); !read) {
            cursor.unread(forward);
            if (writer.count() == 0) return read;
            break;  // the next call comes to it again
          }
        }
        // All of the value is copied, and values in a block follow each other: of those some rows on, a step asks
        // for the first line only.
        const auto at = reinterpret_cast<uintptr_t>(value.data());
        __builtin_prefetch(reinterpret_cast<const void*>(forward ? at + kCopyAhead : at - kCopyAhead));
        if (writer.try_add(rows.key(), value)) {
          expires_at_us = rows.expires_at_us();
          continue;
        }
        size_needed = PackedRowWriter::size_of(rows.key(), value);
      }
      if (rows.valid() || writer.count() != 0) cursor.unread(forward);
      break;
    }
    if (writer.count() != 0) return Status::ok();
    if (rows.valid()) return Status::outcome(Code::kBufferTooSmall);
    return rows.status().is_ok() ? Status::outcome(Code::kEnd) : rows.status();
  }
};

/// When the row that the iterator stands on expires. Nothing: it stands on none.
template <typename Cursor, typename Rows>
std::optional<uint64_t> expiry_here(const IteratorObject& object, const Cursor& cursor, const Rows& rows) {
  if (cursor.is_unread()) return object.expires_before_unread_us;
  return rows.valid() ? std::optional(rows.expires_at_us()) : std::nullopt;
}

template <typename Cursor, typename Rows>
Status fill_from(IteratorObject& object, Cursor& cursor, const Rows& rows, RowBatch* batch) {
  batch->expires_at_us = expiry_here(object, cursor, rows);
  const Status status = batch->fill(cursor, rows, object.parts);
  object.expires_before_unread_us = batch->expires_at_us;
  return status;
}

Status fill_batch(IteratorObject& object, RowBatch* batch) {
  if (object.in_transaction != nullptr) {
    TransactionIterator& cursor = *object.in_transaction;
    const Transaction::Entry entry(cursor.transaction());
    WOMBAT_TRY(entry.check());
    return fill_from(object, cursor, cursor, batch);
  }
  DbIterator& cursor = *object.plain;
  const Status status = fill_from(object, cursor, cursor.rows(), batch);
  cursor.count_rows(batch->writer.count());
  return status;
}

}  // namespace

wombat_status wombat_iterator_create(wombat_db* db, const wombat_iterator_options* options,
                                     wombat_iterator** iterator, wombat_error* error) {
  return guarded(error, [&] {
    if (iterator == nullptr) return Status::invalid_argument("iterator is NULL");
    *iterator = nullptr;
    // Outside the epoch: the end of a database waits for all who are inside.
    std::shared_ptr<Db> shared;
    std::unique_ptr<IteratorObject> object;
    IteratorSettings settings;
    {
      EpochGuard guard(process_epochs());
      Tree* tree = nullptr;
      WOMBAT_TRY(share_database(guard, db, &shared, &tree));
      RowParts parts = RowParts::kAll;
      WOMBAT_TRY(read_iterator_options(guard, options, *shared, &settings, &parts));
      object = std::make_unique<IteratorObject>(guard, std::move(shared), *tree, settings, parts);
    }
    if (settings.is_past) WOMBAT_TRY(object->db().check_history(settings.snapshot));
    publish(std::move(object), iterator);
    return Status::ok();
  });
}

wombat_status wombat_iterator_first(wombat_iterator* iterator, const void** key, size_t* key_size,
                                    const void** value, size_t* value_size, wombat_error* error) {
  return move(iterator, {key, key_size, value, value_size}, error, [&](auto& cursor) {
    cursor.seek_first();
    return Status::ok();
  });
}

wombat_status wombat_iterator_last(wombat_iterator* iterator, const void** key, size_t* key_size,
                                   const void** value, size_t* value_size, wombat_error* error) {
  return move(iterator, {key, key_size, value, value_size}, error, [&](auto& cursor) {
    cursor.seek_last();
    return Status::ok();
  });
}

wombat_status wombat_iterator_seek(wombat_iterator* iterator, const void* target, size_t target_size,
                                   const void** key, size_t* key_size, const void** value, size_t* value_size,
                                   wombat_error* error) {
  return move(iterator, {key, key_size, value, value_size}, error, [&](auto& cursor) {
    Bytes bytes;
    WOMBAT_TRY(read_bytes(target, target_size, "target", &bytes));
    cursor.seek(bytes);
    return Status::ok();
  });
}

wombat_status wombat_iterator_seek_for_prev(wombat_iterator* iterator, const void* target, size_t target_size,
                                            const void** key, size_t* key_size, const void** value,
                                            size_t* value_size, wombat_error* error) {
  return move(iterator, {key, key_size, value, value_size}, error, [&](auto& cursor) {
    Bytes bytes;
    WOMBAT_TRY(read_bytes(target, target_size, "target", &bytes));
    cursor.seek_for_prev(bytes);
    return Status::ok();
  });
}

wombat_status wombat_iterator_next(wombat_iterator* iterator, const void** key, size_t* key_size,
                                   const void** value, size_t* value_size, wombat_error* error) {
  return step<true>(iterator, {key, key_size, value, value_size}, error);
}

wombat_status wombat_iterator_prev(wombat_iterator* iterator, const void** key, size_t* key_size,
                                   const void** value, size_t* value_size, wombat_error* error) {
  return step<false>(iterator, {key, key_size, value, value_size}, error);
}

wombat_status wombat_iterator_read_batch(wombat_iterator* iterator, int32_t direction, size_t row_count_max,
                                         void* buffer, size_t capacity, size_t* used, size_t* row_count,
                                         wombat_error* error) {
  return guarded(error, [&] {
    if (used != nullptr) *used = 0;
    if (row_count != nullptr) *row_count = 0;
    IteratorObject* object = nullptr;
    WOMBAT_TRY(enter_iterator(iterator, &object));
    if (direction != WOMBAT_FORWARD && direction != WOMBAT_BACKWARD) {
      return Status::invalid_argument("direction is " + std::to_string(direction) +
                                      "; expected WOMBAT_FORWARD or WOMBAT_BACKWARD");
    }
    if (buffer == nullptr && capacity != 0)
      return Status::invalid_argument("buffer is NULL, but its capacity is not 0");
    RowBatch batch{direction == WOMBAT_FORWARD, row_count_max == 0 ? SIZE_MAX : row_count_max,
                   PackedRowWriter(buffer, capacity)};
    const Status status = fill_batch(*object, &batch);
    if (row_count != nullptr) *row_count = batch.writer.count();
    if (used != nullptr) *used = batch.writer.count() != 0 ? batch.writer.size_bytes() : batch.size_needed;
    return status;
  });
}

wombat_status wombat_iterator_value(wombat_iterator* iterator, const void** value, size_t* value_size,
                                    wombat_error* error) {
  return guarded(error, [&] {
    const RowOut out{nullptr, nullptr, value, value_size};
    out.set(Bytes(), Bytes());
    IteratorObject* object = nullptr;
    WOMBAT_TRY(enter_iterator(iterator, &object));
    const auto read = [&](auto& cursor, const auto& rows) {
      if (!rows.valid() || cursor.is_unread()) return Status::outcome(Code::kEnd);
      Bytes bytes;
      WOMBAT_TRY(cursor.value_here(&bytes));
      out.set(Bytes(), bytes);
      return Status::ok();
    };
    if (object->in_transaction == nullptr) return read(*object->plain, object->plain->rows());
    TransactionIterator& cursor = *object->in_transaction;
    const Transaction::Entry entry(cursor.transaction());
    WOMBAT_TRY(entry.check());
    return read(cursor, cursor);
  });
}

wombat_status wombat_iterator_expiry(wombat_iterator* iterator, uint64_t* expires_at_us,
                                     wombat_error* error) {
  return guarded(error, [&] {
    if (expires_at_us != nullptr) *expires_at_us = 0;
    IteratorObject* object = nullptr;
    WOMBAT_TRY(enter_iterator(iterator, &object));
    std::optional<uint64_t> expiry;
    if (object->in_transaction != nullptr) {
      const TransactionIterator& cursor = *object->in_transaction;
      const Transaction::Entry entry(cursor.transaction());
      WOMBAT_TRY(entry.check());
      expiry = expiry_here(*object, cursor, cursor);
    } else {
      expiry = expiry_here(*object, *object->plain, object->plain->rows());
    }
    if (!expiry) return Status::outcome(Code::kEnd);
    if (expires_at_us != nullptr) *expires_at_us = *expiry == kNeverExpires ? 0 : *expiry;
    return Status::ok();
  });
}

void wombat_iterator_destroy(wombat_iterator* iterator) {
  guarded_free([&] {
    auto* const object = static_cast<IteratorObject*>(end_handle(iterator, HandleKind::kIterator));
    // In a forked child the blocks and tables belong to the parent: given up, not destroyed.
    if (object != nullptr && !object->db().is_forked()) delete object;
  });
}
