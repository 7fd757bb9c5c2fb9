#include "run_sorter.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include "failure.h"
#include "terminal.h"

namespace wombat::cli {

namespace {

constexpr uint64_t kChunkBytesMin = uint64_t{1} << 20;
constexpr size_t kRangesPerThread = 4;
constexpr uint64_t kProgressStep = 4096;

/// The entries of several runs at once; of those in one place the one of the latest run.
class Merger {
 public:
  Merger(const std::vector<std::unique_ptr<SortedRun>>& runs, const std::string& lower) {
    for (size_t i = 0; i < runs.size(); ++i) {
      Source source{runs[i]->cursor_from(lower), {}, i};
      if (source.cursor->next(&source.entry)) sources_.push_back(std::move(source));
    }
    std::make_heap(sources_.begin(), sources_.end(), comes_later);
  }

  bool at_end() const { return sources_.empty(); }
  const BulkEntry& entry() const { return sources_.front().entry; }
  /// To the next place.
  void next() {
    place_.assign(entry().place);
    do step();
    while (!at_end() && entry().place == Bytes(place_));
  }

 private:
  struct Source {
    std::unique_ptr<SortedRun::Cursor> cursor;
    BulkEntry entry;
    size_t number;
  };
  static bool comes_later(const Source& a, const Source& b) {
    const int order = a.entry.place.compare(b.entry.place);
    return order != 0 ? order > 0 : a.number < b.number;
  }
  void step() {
    std::pop_heap(sources_.begin(), sources_.end(), comes_later);
    if (sources_.back().cursor->next(&sources_.back().entry)) {
      std::push_heap(sources_.begin(), sources_.end(), comes_later);
    } else {
      sources_.pop_back();
    }
  }

  std::vector<Source> sources_;
  std::string place_;
};

[[noreturn]] void fail_cancelled() {
  throw Failure(ExitCode::kCancelled, "load", "cancelled", "nothing was loaded");
}

}  // namespace

RunSorter::RunSorter(BulkFiles& files, const BulkSpaces& spaces, uint64_t memory_bytes, unsigned threads)
    : files_(files),
      spaces_(spaces),
      // One is filled, one waits, the others are being sorted; half of the memory is for runs that are kept in it.
      chunk_bytes_(std::max(kChunkBytesMin, memory_bytes / 2 / (threads + 2))),
      kept_bytes_max_(memory_bytes / 2),
      thread_count_(threads) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { sort_chunks(); });
}

RunSorter::~RunSorter() { stop_sorting(); }

void RunSorter::stop_sorting() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void RunSorter::note_failure() noexcept {
  const std::lock_guard lock(mutex_);
  if (failure_ == nullptr) failure_ = std::current_exception();
  changed_.notify_all();
}

void RunSorter::rethrow() {
  const std::lock_guard lock(mutex_);
  if (failure_ != nullptr) std::rethrow_exception(failure_);
}

void RunSorter::add(uint32_t space, Bytes key, uint64_t expires_at_us, Bytes value) {
  chunk_.add(space, key, expires_at_us, value);
  if (chunk_.size_bytes() >= chunk_bytes_) hand_over();
}

void RunSorter::hand_over() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.empty() || failure_ != nullptr; });
  if (failure_ != nullptr) std::rethrow_exception(failure_);
  waiting_.push_back({runs_.size(), std::move(chunk_)});
  runs_.emplace_back();
  chunk_ = SortChunk();
  changed_.notify_all();
}

void RunSorter::sort_chunks() {
  try {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return !waiting_.empty() || ends_ || failure_ != nullptr; });
      if (waiting_.empty() || failure_ != nullptr) return;
      Waiting work = std::move(waiting_.front());
      waiting_.pop_front();
      changed_.notify_all();
      lock.unlock();
      work.chunk.sort();
      lock.lock();
      const uint64_t bytes = work.chunk.memory_usage();
      const bool stays = kept_bytes_ + bytes <= kept_bytes_max_;
      if (stays) kept_bytes_ += bytes;
      lock.unlock();
      std::unique_ptr<SortedRun> run =
          stays ? SortChunk::keep(std::move(work.chunk)) : SortChunk::spill(work.chunk, files_);
      lock.lock();
      runs_[work.number] = std::move(run);
    }
  } catch (...) {
    note_failure();
  }
}

/// Where ranges of about the same size begin, but for the first one.
std::vector<std::string> RunSorter::choose_borders() const {
  std::vector<std::string> samples;
  for (const auto& run : runs_) {
    std::vector<std::string> of_run = run->samples();
    std::move(of_run.begin(), of_run.end(), std::back_inserter(samples));
  }
  std::sort(samples.begin(), samples.end());
  std::vector<std::string> borders;
  const size_t ranges = std::min<size_t>(thread_count_ * kRangesPerThread, samples.size());
  for (size_t i = 1; i < ranges; ++i) borders.push_back(samples[i * samples.size() / ranges]);
  borders.erase(std::unique(borders.begin(), borders.end()), borders.end());
  return borders;
}

void RunSorter::merge_range(const std::string& lower, const std::string* upper, TableSink* sink,
                            const std::function<void(uint64_t)>& progress) const {
  uint64_t untold = 0;
  for (Merger merger(runs_, lower); !merger.at_end(); merger.next()) {
    if (upper != nullptr && merger.entry().place >= Bytes(*upper)) break;
    sink->add(merger.entry());
    if (++untold < kProgressStep) continue;
    if (is_interrupted()) fail_cancelled();
    progress(untold);
    untold = 0;
  }
  sink->finish();
  progress(untold);
}

std::vector<TableSink::File> RunSorter::merge(const std::function<void(uint64_t)>& progress) {
  if (!chunk_.is_empty()) hand_over();
  stop_sorting();
  rethrow();
  if (is_interrupted()) fail_cancelled();
  const std::vector<std::string> borders = choose_borders();
  std::vector<std::unique_ptr<TableSink>> sinks;
  for (size_t i = 0; i <= borders.size(); ++i) sinks.push_back(std::make_unique<TableSink>(files_, spaces_));
  std::atomic<size_t> next{0};
  std::atomic<uint64_t> merged{0};
  const auto work = [&] {
    try {
      for (size_t i = next.fetch_add(1); i < sinks.size(); i = next.fetch_add(1)) {
        merge_range(i == 0 ? std::string() : borders[i - 1], i < borders.size() ? &borders[i] : nullptr,
                    sinks[i].get(), [&](uint64_t count) { progress(merged.fetch_add(count) + count); });
      }
    } catch (...) {
      next.store(sinks.size());  // the others end with the range that they have begun
      note_failure();
    }
  };
  for (unsigned i = 0; i < thread_count_; ++i) threads_.emplace_back(work);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  rethrow();
  std::vector<TableSink::File> files;
  for (const auto& sink : sinks) {
    files.insert(files.end(), sink->files().begin(), sink->files().end());
    merged_count_ += sink->entry_count();
  }
  return files;
}

}  // namespace wombat::cli
