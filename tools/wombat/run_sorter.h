/// Sorts more than memory holds: pieces of the input are sorted beside the reader, then merged range by range, each range
/// into files of its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "sort_run.h"
#include "table_sink.h"

namespace wombat::cli {

class RunSorter {
 public:
  /// `memory_bytes`: about what may be taken in all. `files` and `spaces` outlive this.
  RunSorter(BulkFiles& files, const BulkSpaces& spaces, uint64_t memory_bytes, unsigned threads);
  ~RunSorter();
  RunSorter(const RunSorter&) = delete;
  RunSorter& operator=(const RunSorter&) = delete;

  /// Called by one thread. Throws what a sorting thread met, too. An entry replaces earlier ones in its place.
  void add(uint32_t space, Bytes key, uint64_t expires_at_us, Bytes value);
  /// Merges everything, on several threads, and returns the files in order. `progress` is told, by any thread, how many
  /// entries were merged; it may throw to end it. Once, after the last add().
  std::vector<TableSink::File> merge(const std::function<void(uint64_t merged)>& progress);
  uint64_t merged_count() const { return merged_count_; }

 private:
  void sort_chunks();
  void hand_over();
  void stop_sorting();
  void rethrow();
  std::vector<std::string> choose_borders() const;
  void merge_range(const std::string& lower, const std::string* upper, TableSink* sink,
                   const std::function<void(uint64_t)>& progress) const;
  void note_failure() noexcept;

  BulkFiles& files_;
  const BulkSpaces& spaces_;
  const uint64_t chunk_bytes_;
  const uint64_t kept_bytes_max_;
  const unsigned thread_count_;
  SortChunk chunk_;
  uint64_t merged_count_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  struct Waiting {
    size_t number;
    SortChunk chunk;
  };
  std::deque<Waiting> waiting_;                   // guarded by mutex_, as are the next ones
  std::vector<std::unique_ptr<SortedRun>> runs_;  // in the order of the input
  size_t sorting_count_ = 0;
  uint64_t kept_bytes_ = 0;  // of runs in memory
  bool ends_ = false;
  std::exception_ptr failure_;
  std::vector<std::thread> threads_;
};

}  // namespace wombat::cli
