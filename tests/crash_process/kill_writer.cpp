#include <unistd.h>

#include <cstdio>
#include <thread>
#include <vector>

#include "base/random.h"
#include "crash_process/kill_protocol.h"
#include "wombat.h"

namespace wombat {

namespace {

[[noreturn]] void give_up(const char* call, const wombat_error& error) {
  std::fprintf(stderr, "the writer: %s: %s: %s\n", call, wombat_status_name(error.status), error.message);
  std::_Exit(1);
}

wombat_db* open_small(const char* path) {
  wombat_error error = {};
  wombat_options* options = nullptr;
  wombat_db* db = nullptr;
  if (wombat_options_create(&options, &error) != WOMBAT_OK) give_up("options", error);
  const char* const text =
      "memtable.size=64KiB; table.size=32KiB; levels.base_size=128KiB; compaction.min_compaction_files=2;"
      "manifest.rewrite_size=8KiB; wal.sync=os";
  if (wombat_options_parse(options, text, &error) != WOMBAT_OK) give_up("parse", error);
  if (wombat_open(path, options, &db, &error) != WOMBAT_OK) give_up("open", error);
  wombat_options_destroy(options);
  return db;
}

void tell(const KillMessage& message) {
  if (::write(kWriterPipe, &message, sizeof message) != static_cast<ssize_t>(sizeof message)) std::_Exit(2);
}

void apply(wombat_db* db, const KillMessage& message, const wombat_write_options& how) {
  wombat_error error = {};
  if (message.count + message.delete_count == 1) {
    const std::string key = kill_key(message.thread, message.first_key);
    const std::string value = kill_value(key, message.stamp);
    const wombat_status status =
        message.count == 1 ? wombat_put(db, key.data(), key.size(), value.data(), value.size(), &how, &error)
                           : wombat_delete(db, key.data(), key.size(), &how, &error);
    if (status != WOMBAT_OK) give_up("put or delete", error);
    return;
  }
  wombat_batch* batch = nullptr;
  if (wombat_batch_create(&batch, &error) != WOMBAT_OK) give_up("batch", error);
  for (uint32_t i = 0; i < message.count + message.delete_count; ++i) {
    const std::string key = kill_key(message.thread, message.first_key + i);
    const std::string value = kill_value(key, message.stamp);
    const wombat_status status =
        i < message.count
            ? wombat_batch_put(batch, key.data(), key.size(), value.data(), value.size(), &error)
            : wombat_batch_delete(batch, key.data(), key.size(), &error);
    if (status != WOMBAT_OK) give_up("batch", error);
  }
  if (wombat_write(db, batch, &how, &error) != WOMBAT_OK) give_up("write", error);
  wombat_batch_destroy(batch);
}

void write_for_ever(wombat_db* db, uint32_t thread, uint64_t seed) {
  Random random(seed + thread);
  for (uint64_t n = 1;; ++n) {
    KillMessage message = {};
    message.thread = thread;
    message.stamp = (seed << 32 | n) * kWriterThreadCount + thread;
    message.first_key = static_cast<uint32_t>(random.below(kKeysPerThread));
    const uint64_t kind = random.below(10);
    message.count = kind < 5 ? 1 : kind < 7 ? 0 : static_cast<uint32_t>(1 + random.below(30));
    message.delete_count = kind < 5 ? 0 : kind < 7 ? 1 : static_cast<uint32_t>(random.below(5));
    wombat_write_options how = {};
    how.size = sizeof how;
    how.sync = random.below(4) == 0 ? WOMBAT_SYNC_ALWAYS : WOMBAT_SYNC_NEVER;
    tell(message);
    apply(db, message, how);
    message.is_acknowledged = 1;
    tell(message);
  }
}

}  // namespace

int run_kill_writer(const char* path, uint64_t seed) {
  wombat_db* const db = open_small(path);
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < kWriterThreadCount; ++t)
    threads.emplace_back([=] { write_for_ever(db, t, seed); });
  for (std::thread& thread : threads) thread.join();
  return 0;
}

int run_kill_opener(const char* path) {
  wombat_error error = {};
  if (wombat_close(open_small(path), &error) != WOMBAT_OK) give_up("close", error);
  return 0;
}

}  // namespace wombat
