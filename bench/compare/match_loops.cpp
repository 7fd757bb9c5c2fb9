#include "match_loops.h"

#include <algorithm>

namespace wombat::bench {
namespace {

std::string_view key_at(const KeySequence& keys, size_t index) { return {keys.key(index), keys.key_size()}; }
std::string_view value_at(const ValueSource& values, size_t index) {
  return {values.value(index), values.value_size()};
}

void put_loop(StoreSession& session, const MatchTask& task, MatchTally* tally) {
  const KeySequence& keys = task.plan.keys;
  const size_t count = keys.count();
  for (size_t i = 0; i < count; ++i) {
    const bool timed = tally->sampler.begin();
    session.put(key_at(keys, i), value_at(task.values, i));
    if (timed) tally->sampler.end();
  }
  tally->operations += count;
  tally->given_bytes += count * (keys.key_size() + task.values.value_size());
}

void batch_loop(StoreSession& session, const MatchTask& task, MatchTally* tally) {
  const KeySequence& keys = task.plan.keys;
  const size_t count = keys.count();
  std::vector<StoreEntry> batch;
  batch.reserve(task.workload.batch_size);
  for (size_t i = 0; i < count;) {
    const size_t end = std::min(count, i + task.workload.batch_size);
    const bool timed = tally->sampler.begin();
    batch.clear();
    for (; i < end; ++i) batch.push_back({key_at(keys, i), value_at(task.values, i)});
    session.put_batch(batch);
    if (timed) tally->sampler.end();
  }
  tally->operations += count;
  tally->given_bytes += count * (keys.key_size() + task.values.value_size());
}

void delete_loop(StoreSession& session, const MatchTask& task, MatchTally* tally) {
  const KeySequence& keys = task.plan.keys;
  const size_t count = keys.count();
  for (size_t i = 0; i < count; ++i) {
    const bool timed = tally->sampler.begin();
    session.remove(key_at(keys, i));
    if (timed) tally->sampler.end();
  }
  tally->operations += count;
  tally->given_bytes += count * keys.key_size();
}

void get_loop(StoreSession& session, const MatchTask& task, MatchTally* tally) {
  const KeySequence& keys = task.plan.keys;
  const size_t count = keys.count(), value_size = task.values.value_size();
  ReadBuffer buffer;
  buffer.memory.resize(value_size);
  for (size_t i = 0; i < count; ++i) {
    const bool timed = tally->sampler.begin();
    const bool found = session.get(key_at(keys, i), &buffer);
    if (timed) tally->sampler.end();
    if (found) tally->see(buffer.value, value_size);
  }
  tally->operations += count;
}

void get_view_loop(StoreSession& session, const MatchTask& task, MatchTally* tally) {
  const KeySequence& keys = task.plan.keys;
  const size_t count = keys.count(), value_size = task.values.value_size();
  std::string_view value;
  for (size_t i = 0; i < count; ++i) {
    const bool timed = tally->sampler.begin();
    const bool found = session.get_view(key_at(keys, i), &value);
    if (timed) tally->sampler.end();
    if (found) tally->see(value, value_size);
  }
  tally->operations += count;
}

void multi_get_loop(StoreSession& session, const MatchTask& task, MatchTally* tally) {
  const KeySequence& keys = task.plan.keys;
  const size_t count = keys.count(), value_size = task.values.value_size();
  std::vector<std::string_view> group(task.multi_get_size), values(task.multi_get_size);
  ReadBuffer buffer;
  buffer.memory.resize(task.multi_get_size * value_size);
  for (size_t i = 0; i < count;) {
    const size_t size = std::min(task.multi_get_size, count - i);
    for (size_t j = 0; j < size; ++j) group[j] = key_at(keys, i + j);
    const bool timed = tally->sampler.begin();
    session.multi_get({group.data(), size}, &buffer, {values.data(), size});
    if (timed) tally->sampler.end();
    for (size_t j = 0; j < size; ++j)
      if (values[j].data() != nullptr) tally->see(values[j], value_size);
    i += size;
  }
  tally->operations += count;
}

void scan_loop(StoreSession& session, const MatchTask& task, MatchTally* tally) {
  const size_t value_size = task.values.value_size();
  const bool back = task.workload.work == MatchWork::kScanBack;
  StoreEntry row;
  StoreCursor& cursor = session.fresh_cursor();
  bool is_row = back ? cursor.last(&row) : cursor.first(&row);
  while (is_row) {
    tally->see(row.value, value_size);
    const bool timed = tally->sampler.begin();
    is_row = back ? cursor.prev(&row) : cursor.next(&row);
    if (timed) tally->sampler.end();
  }
  tally->operations += tally->found;
}

/// Shows at most `row_count` rows from `target` on.
void seek_and_step(StoreSession& session, std::string_view target, size_t row_count, size_t value_size,
                   MatchTally* tally) {
  StoreEntry row;
  StoreCursor& cursor = session.fresh_cursor();
  bool is_row = cursor.seek(target, &row);
  for (size_t step = 1; is_row; ++step) {
    tally->see(row.value, value_size);
    if (step == row_count) break;
    is_row = cursor.next(&row);
  }
}

void seek_loop(StoreSession& session, const MatchTask& task, MatchTally* tally) {
  const KeySequence& keys = task.plan.keys;
  const size_t count = keys.count();
  for (size_t i = 0; i < count; ++i) {
    const bool timed = tally->sampler.begin();
    seek_and_step(session, key_at(keys, i), task.seek_step_count + 1, task.values.value_size(), tally);
    if (timed) tally->sampler.end();
  }
  tally->operations += count;
}

void mixed_operation(StoreSession& session, const MatchTask& task, size_t i, ReadBuffer* buffer,
                     MatchTally* tally) {
  const Operation operation = task.plan.operations[i];
  const std::string_view key = key_at(task.plan.keys, i);
  const size_t value_size = task.values.value_size();
  if (operation.kind == OperationKind::kScan) {
    seek_and_step(session, key, operation.row_count, value_size, tally);
    return;
  }
  if (operation.kind != OperationKind::kWrite && session.get(key, buffer))
    tally->see(buffer->value, value_size);
  if (operation.kind == OperationKind::kRead) return;
  session.put(key, value_at(task.values, i));
  tally->given_bytes += key.size() + value_size;
}

void mixed_loop(StoreSession& session, const MatchTask& task, MatchTally* tally) {
  const size_t count = task.plan.keys.count();
  ReadBuffer buffer;
  buffer.memory.resize(task.values.value_size());
  for (size_t i = 0; i < count; ++i) {
    const bool timed = tally->sampler.begin();
    mixed_operation(session, task, i, &buffer, tally);
    if (timed) tally->sampler.end();
  }
  tally->operations += count;
}

void transact_loop(StoreSession& session, const MatchTask& task, MatchTally* tally) {
  const KeySequence& keys = task.plan.keys;
  const size_t count = keys.count() / kTransactionKeys, value_size = task.values.value_size();
  std::string_view reads[kTransactionReads];
  StoreEntry writes[kTransactionWrites];
  ReadBuffer values[kTransactionReads];
  for (ReadBuffer& buffer : values) buffer.memory.resize(value_size);
  for (size_t i = 0; i < count; ++i) {
    const size_t first = i * kTransactionKeys;
    for (size_t j = 0; j < kTransactionReads; ++j) reads[j] = key_at(keys, first + j);
    for (size_t j = 0; j < kTransactionWrites; ++j) {
      const size_t at = first + kTransactionReads + j;
      writes[j] = {key_at(keys, at), value_at(task.values, at)};
    }
    const bool timed = tally->sampler.begin();
    while (!session.transact(reads, writes, values)) ++tally->aborts;
    if (timed) tally->sampler.end();
    for (const ReadBuffer& buffer : values)
      if (buffer.value.data() != nullptr) tally->see(buffer.value, value_size);
  }
  tally->operations += count;
  tally->given_bytes += count * kTransactionWrites * (keys.key_size() + value_size);
}

void loop(StoreSession& session, const MatchTask& task, MatchTally* tally) {
  switch (task.workload.work) {
    case MatchWork::kPut:
      return put_loop(session, task, tally);
    case MatchWork::kBatch:
      return batch_loop(session, task, tally);
    case MatchWork::kDelete:
      return delete_loop(session, task, tally);
    case MatchWork::kGet:
      return get_loop(session, task, tally);
    case MatchWork::kGetView:
      return get_view_loop(session, task, tally);
    case MatchWork::kMultiGet:
      return multi_get_loop(session, task, tally);
    case MatchWork::kScan:
    case MatchWork::kScanBack:
      return scan_loop(session, task, tally);
    case MatchWork::kSeek:
      return seek_loop(session, task, tally);
    case MatchWork::kMixed:
      return mixed_loop(session, task, tally);
    case MatchWork::kTransact:
      return transact_loop(session, task, tally);
    default:
      throw StoreFailure(std::string(task.workload.name) + " is not a loop");
  }
}

}  // namespace

void MatchTally::see(std::string_view value, size_t size) {
  if (value.size() != size)
    throw StoreFailure("a value has " + std::to_string(value.size()) + " bytes instead of " +
                       std::to_string(size));
  ++found;
  if (size > 0) digest += static_cast<unsigned char>(value[size - 1]);
}

void run_match_loop(StoreSession& session, const MatchTask& task, MatchTally* tally) {
  try {
    loop(session, task, tally);
  } catch (const std::exception& failure) {
    tally->failure = failure.what();
  }
}

void run_writer(StoreSession& session, const MatchTask& task, const std::atomic<bool>& stop,
                MatchTally* tally) {
  const KeySequence& keys = task.plan.keys;
  try {
    do {
      const size_t i = tally->operations++;
      session.put(key_at(keys, i % keys.count()), value_at(task.values, i));
    } while (!stop.load(std::memory_order_relaxed));
  } catch (const std::exception& failure) {
    tally->failure = failure.what();
  }
  tally->given_bytes = tally->operations * (keys.key_size() + task.values.value_size());
}

void scan_range(StoreSession& session, std::string_view lower, std::string_view upper, size_t value_size,
                MatchTally* tally) {
  StoreEntry row;
  StoreCursor& cursor = session.fresh_cursor();
  bool is_row = lower.empty() ? cursor.first(&row) : cursor.seek(lower, &row);
  while (is_row && (upper.empty() || row.key < upper)) {
    tally->see(row.value, value_size);
    const bool timed = tally->sampler.begin();
    is_row = cursor.next(&row);
    if (timed) tally->sampler.end();
  }
}

uint32_t sample_every(const MatchWorkload& workload, uint32_t usual) {
  switch (workload.work) {
    case MatchWork::kBatch:
      return 1;
    case MatchWork::kMultiGet:
    case MatchWork::kSeek:
      return std::max<uint32_t>(usual / 8, 1);
    case MatchWork::kScan:
    case MatchWork::kScanBack:
    case MatchWork::kScanDeleted:
      return usual * 8;
    default:
      return workload.data == MatchData::kOwnSync || workload.is_synced ? 1 : usual;
  }
}

}  // namespace wombat::bench
