#include "workload_loops.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "bench_database.h"

namespace wombat::bench {
namespace {

bool failed(wombat_status status, const wombat_error& error, LoopOutput* out) {
  if (status >= 0) return false;
  out->failure = std::string(wombat_status_name(status)) + ": " + error.message;
  return true;
}

wombat_write_options write_options(const LoopInput& in) {
  wombat_write_options options = {};
  options.size = sizeof options;
  options.sync = in.config.sync || in.workload.sync ? WOMBAT_SYNC_ALWAYS : WOMBAT_SYNC_NEVER;
  return options;
}

void put_loop(const LoopInput& in, LoopOutput* out) {
  const wombat_write_options options = write_options(in);
  const KeySequence& keys = in.plan.keys;
  const size_t key_size = keys.key_size(), value_size = in.values.value_size(), count = keys.count();
  wombat_error error;
  for (size_t i = 0; i < count; ++i) {
    const bool timed = out->sampler.begin();
    const wombat_status status =
        wombat_put(in.db, keys.key(i), key_size, in.values.value(i), value_size, &options, &error);
    if (timed) out->sampler.end();
    if (failed(status, error, out)) return;
    ++out->operations;
  }
  out->bytes = out->operations * (key_size + value_size);
}

void batch_loop(const LoopInput& in, LoopOutput* out) {
  const wombat_write_options options = write_options(in);
  const KeySequence& keys = in.plan.keys;
  const size_t key_size = keys.key_size(), value_size = in.values.value_size(), count = keys.count();
  wombat_error error;
  wombat_batch* created = nullptr;
  if (failed(wombat_batch_create(&created, &error), error, out)) return;
  const BatchHandle batch(created);
  for (size_t i = 0; i < count;) {
    const size_t end = std::min(count, i + in.config.batch_size);
    const bool timed = out->sampler.begin();
    wombat_status status = wombat_batch_clear(batch.get(), &error);
    for (size_t j = i; j < end && status >= 0; ++j)
      status = wombat_batch_put(batch.get(), keys.key(j), key_size, in.values.value(j), value_size, &error);
    if (status >= 0) status = wombat_write(in.db, batch.get(), &options, &error);
    if (timed) out->sampler.end();
    if (failed(status, error, out)) return;
    out->operations += end - i;
    i = end;
  }
  out->bytes = out->operations * (key_size + value_size);
}

void delete_loop(const LoopInput& in, LoopOutput* out) {
  const wombat_write_options options = write_options(in);
  const KeySequence& keys = in.plan.keys;
  const size_t key_size = keys.key_size(), count = keys.count();
  wombat_error error;
  for (size_t i = 0; i < count; ++i) {
    const bool timed = out->sampler.begin();
    const wombat_status status = wombat_delete(in.db, keys.key(i), key_size, &options, &error);
    if (timed) out->sampler.end();
    if (failed(status, error, out)) return;
    ++out->operations;
  }
  out->bytes = out->operations * key_size;
}

void get_loop(const LoopInput& in, LoopOutput* out) {
  const KeySequence& keys = in.plan.keys;
  const size_t key_size = keys.key_size(), count = keys.count();
  std::vector<char> buffer(in.values.value_size() + 1, 1);
  wombat_error error;
  for (size_t i = 0; i < count; ++i) {
    size_t size = 0;
    const bool timed = out->sampler.begin();
    const wombat_status status =
        wombat_get(in.db, keys.key(i), key_size, nullptr, buffer.data(), buffer.size(), &size, &error);
    if (timed) out->sampler.end();
    if (failed(status, error, out)) return;
    ++out->operations;
    if (status == WOMBAT_OK) {
      ++out->found;
      out->bytes += size + key_size;
      out->digest += static_cast<unsigned char>(buffer[0]);
    }
  }
}

void multi_get_loop(const LoopInput& in, LoopOutput* out) {
  const KeySequence& keys = in.plan.keys;
  const size_t count = keys.count(), group_max = in.config.multi_get_size;
  std::vector<const void*> group_keys(group_max), found(group_max);
  std::vector<size_t> key_sizes(group_max, keys.key_size()), sizes(group_max);
  std::vector<wombat_status> statuses(group_max);
  wombat_error error;
  wombat_pin* created = nullptr;
  if (failed(wombat_pin_create(&created, &error), error, out)) return;
  const PinHandle pin(created);
  for (size_t i = 0; i < count;) {
    const size_t group = std::min(group_max, count - i);
    for (size_t j = 0; j < group; ++j) group_keys[j] = keys.key(i + j);
    const bool timed = out->sampler.begin();
    const wombat_status status =
        wombat_multi_get(in.db, group, group_keys.data(), key_sizes.data(), nullptr, pin.get(), found.data(),
                         sizes.data(), statuses.data(), &error);
    if (timed) out->sampler.end();
    if (failed(status, error, out)) return;
    for (size_t j = 0; j < group; ++j) {
      if (statuses[j] != WOMBAT_OK) continue;
      ++out->found;
      out->bytes += sizes[j] + key_sizes[j];
      if (sizes[j] > 0) out->digest += *static_cast<const unsigned char*>(found[j]);
    }
    out->operations += group;
    i += group;
  }
}

/// Looks at the first byte of key and value, so that their memory is really fetched.
void look_at(const void* key, size_t key_size, const void* value, size_t value_size, LoopOutput* out) {
  if (key_size > 0) out->digest += *static_cast<const unsigned char*>(key);
  if (value_size > 0) out->digest += *static_cast<const unsigned char*>(value);
  out->bytes += key_size + value_size;
}

IteratorHandle make_iterator(const LoopInput& in, LoopOutput* out) {
  wombat_error error;
  wombat_iterator* created = nullptr;
  failed(wombat_iterator_create(in.db, nullptr, &created, &error), error, out);
  return IteratorHandle(created);
}

void scan_loop(const LoopInput& in, LoopOutput* out) {
  const IteratorHandle iterator = make_iterator(in, out);
  if (!iterator) return;
  wombat_error error;
  const void *key, *value;
  size_t key_size, value_size;
  const auto move = in.workload.reverse ? wombat_iterator_prev : wombat_iterator_next;
  for (;;) {
    const bool timed = out->sampler.begin();
    const wombat_status status = move(iterator.get(), &key, &key_size, &value, &value_size, &error);
    if (timed) out->sampler.end();
    if (status == WOMBAT_END || failed(status, error, out)) return;
    look_at(key, key_size, value, value_size, out);
    ++out->operations;
  }
}

void scan_packed_loop(const LoopInput& in, LoopOutput* out) {
  const IteratorHandle iterator = make_iterator(in, out);
  if (!iterator) return;
  wombat_error error;
  std::vector<char> buffer(std::max<size_t>(64 * 1024, in.values.value_size() + 1024), 1);
  for (;;) {
    size_t used = 0, rows = 0;
    const bool timed = out->sampler.begin();
    const wombat_status status = wombat_iterator_read_batch(iterator.get(), WOMBAT_FORWARD, 0, buffer.data(),
                                                            buffer.size(), &used, &rows, &error);
    if (timed) out->sampler.end();
    if (status == WOMBAT_END || failed(status, error, out)) return;
    for (size_t at = 0; at + 8 <= used;) {
      uint32_t sizes[2];
      std::memcpy(sizes, buffer.data() + at, sizeof sizes);
      look_at(buffer.data() + at + 8, sizes[0], buffer.data() + at + 8 + sizes[0], sizes[1], out);
      at += 8 + size_t{sizes[0]} + sizes[1];
    }
    out->operations += rows;
  }
}

/// Seeks and steps `step_count` rows further. Returns false after a failure.
bool seek_and_step(wombat_iterator* iterator, const char* target, size_t target_size, size_t step_count,
                   LoopOutput* out) {
  wombat_error error;
  const void *key, *value;
  size_t key_size, value_size;
  wombat_status status =
      wombat_iterator_seek(iterator, target, target_size, &key, &key_size, &value, &value_size, &error);
  for (size_t step = 0; status == WOMBAT_OK; ++step) {
    look_at(key, key_size, value, value_size, out);
    ++out->found;
    if (step == step_count) break;
    status = wombat_iterator_next(iterator, &key, &key_size, &value, &value_size, &error);
  }
  return !failed(status, error, out);
}

void seek_loop(const LoopInput& in, LoopOutput* out) {
  const bool reuse = in.workload.action == Action::kSeekReuse;
  const KeySequence& keys = in.plan.keys;
  const size_t count = keys.count();
  IteratorHandle iterator;
  for (size_t i = 0; i < count; ++i) {
    const bool timed = out->sampler.begin();
    if (!reuse || !iterator) {
      iterator.reset();
      iterator = make_iterator(in, out);
      if (!iterator) return;
    }
    if (!seek_and_step(iterator.get(), keys.key(i), keys.key_size(), in.config.seek_step_count, out)) return;
    if (timed) out->sampler.end();
    ++out->operations;
  }
}

bool mixed_operation(const LoopInput& in, const wombat_write_options& options, size_t i,
                     std::vector<char>& buffer, LoopOutput* out) {
  const Operation operation = in.plan.operations[i];
  const char* const key = in.plan.keys.key(i);
  const size_t key_size = in.plan.keys.key_size(), value_size = in.values.value_size();
  wombat_error error;
  if (operation.kind == OperationKind::kScan) {
    const IteratorHandle iterator = make_iterator(in, out);
    return iterator && seek_and_step(iterator.get(), key, key_size, operation.row_count - 1u, out);
  }
  if (operation.kind != OperationKind::kWrite) {
    size_t size = 0;
    const wombat_status status =
        wombat_get(in.db, key, key_size, nullptr, buffer.data(), buffer.size(), &size, &error);
    if (failed(status, error, out)) return false;
    if (status == WOMBAT_OK) {
      ++out->found;
      out->bytes += key_size + size;
      out->digest += static_cast<unsigned char>(buffer[0]);
    }
    if (operation.kind == OperationKind::kRead) return true;
  }
  out->bytes += key_size + value_size;
  return !failed(wombat_put(in.db, key, key_size, in.values.value(i), value_size, &options, &error), error,
                 out);
}

void mixed_loop(const LoopInput& in, LoopOutput* out) {
  const wombat_write_options options = write_options(in);
  std::vector<char> buffer(in.values.value_size() + 1, 1);
  const size_t count = in.plan.keys.count();
  for (size_t i = 0; i < count; ++i) {
    const bool timed = out->sampler.begin();
    if (!mixed_operation(in, options, i, buffer, out)) return;
    if (timed) out->sampler.end();
    ++out->operations;
  }
}

using Loop = void (*)(const LoopInput&, LoopOutput*);

Loop loop_of(Action action) {
  switch (action) {
    case Action::kPut:
      return put_loop;
    case Action::kBatchPut:
      return batch_loop;
    case Action::kDelete:
      return delete_loop;
    case Action::kGet:
      return get_loop;
    case Action::kMultiGet:
      return multi_get_loop;
    case Action::kScan:
      return scan_loop;
    case Action::kScanPacked:
      return scan_packed_loop;
    case Action::kSeek:
    case Action::kSeekReuse:
      return seek_loop;
    default:
      return mixed_loop;
  }
}

}  // namespace

size_t operations_per_call(const Workload& workload, const BenchConfig& config) {
  if (workload.action == Action::kBatchPut) return config.batch_size;
  if (workload.action == Action::kMultiGet) return config.multi_get_size;
  return 1;
}

void run_loop(const LoopInput& input, LoopOutput* output) {
  const uint64_t start = thread_cpu_ns();
  loop_of(input.workload.action)(input, output);
  output->cpu_ns += thread_cpu_ns() - start;
}

void overwrite_until(const LoopInput& in, const std::atomic<bool>& stop, std::atomic<uint64_t>* written,
                     std::string* failure) {
  const wombat_write_options options = write_options(in);
  const KeySequence& keys = in.plan.keys;
  wombat_error error;
  for (uint64_t i = 0; !stop.load(std::memory_order_relaxed); ++i) {
    const char* const key = keys.key(i % keys.count());
    const wombat_status status =
        wombat_put(in.db, key, keys.key_size(), in.values.value(i), in.values.value_size(), &options, &error);
    if (status < 0) {
      *failure = std::string("writer: ") + error.message;
      return;
    }
    written->store(i + 1, std::memory_order_relaxed);
  }
}

}  // namespace wombat::bench
