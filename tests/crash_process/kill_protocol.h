/// What the writing process tells the one that kills it: one message of fixed size through a pipe before each
/// operation and one after its acknowledgement. Each thread of the writer owns a range of keys.
#pragma once

#include <cstdint>
#include <string>

namespace wombat {

inline constexpr int kWriterThreadCount = 4;
inline constexpr uint32_t kKeysPerThread = 250;
inline constexpr int kWriterPipe = 3;  // descriptor in the writer
inline constexpr uint64_t kNoStamp = 0;

/// One write: `count` keys from `first_key` on (round the end of the thread's range) get the value of `stamp`; the
/// keys behind them, as many as `delete_count`, are deleted. Small enough to go through a pipe in one piece.
struct KillMessage {
  uint32_t is_acknowledged;
  uint32_t thread;
  uint32_t first_key;
  uint32_t count;
  uint32_t delete_count;
  uint32_t reserved;
  uint64_t stamp;  // a different one for each write of a run
};

std::string kill_key(uint32_t thread, uint32_t number);
/// The only value that a write with this stamp can have put under this key.
std::string kill_value(const std::string& key, uint64_t stamp);
/// The stamp that a value carries; kNoStamp when it is not whole.
uint64_t kill_stamp(const std::string& key, const std::string& value);

/// The writing process: never returns, unless with 1 when a call failed.
int run_kill_writer(const char* path, uint64_t seed);
/// Opens the database and closes it: a process to be killed during recovery.
int run_kill_opener(const char* path);

}  // namespace wombat
