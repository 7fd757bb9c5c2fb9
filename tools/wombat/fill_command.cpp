/// Command fill: writes made-up records, or checks that they are there.
#include <algorithm>
#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "command_line.h"
#include "database.h"
#include "generated_record.h"
#include "input.h"
#include "output.h"
#include "progress.h"
#include "terminal.h"

namespace wombat::cli {

namespace {

struct Arguments {
  std::string db;
  std::string key_prefix;
  std::string order = "seq";
  std::string sync = "default";
  uint64_t entries = 1000000;
  uint64_t start = 0;
  uint64_t value_size = 100;
  uint64_t threads = 1;
  uint64_t batch_size = 1;
  uint64_t seed = 0;
  bool ack = false;
  bool check = false;
};

/// Threads that share the numbers to write. The first failure stops all of them.
class Filler {
 public:
  Filler(const Database& db, const Arguments& arguments, const Settings& settings)
      : db_(db), arguments_(arguments), progress_("fill", Progress::Unit::kRecords, settings) {
    write_options_.size = sizeof write_options_;
    write_options_.sync = arguments.sync == "always"  ? WOMBAT_SYNC_ALWAYS
                          : arguments.sync == "never" ? WOMBAT_SYNC_NEVER
                                                      : WOMBAT_SYNC_DEFAULT;
    write_options_.timeout_us = settings.timeout_us();
    progress_.set_total(arguments.entries);
  }

  void run() {
    std::vector<std::thread> threads;
    for (uint64_t i = 1; i < arguments_.threads; ++i) threads.emplace_back([this] { work(); });
    work();
    for (std::thread& thread : threads) thread.join();
    progress_.clear();
    if (failure_) std::rethrow_exception(failure_);
  }

  uint64_t written() const { return written_; }
  double seconds() const { return progress_.seconds(); }

 private:
  void work() noexcept {
    try {
      fill();
    } catch (...) {
      const std::lock_guard lock(failure_mutex_);
      if (!failure_) failure_ = std::current_exception();
      stop_ = true;
    }
  }

  void fill() {
    PackedBatch batch;
    std::string key, value;
    std::vector<uint64_t> numbers;
    while (!stop_ && !is_interrupted()) {
      const uint64_t first = next_.fetch_add(arguments_.batch_size);
      if (first >= arguments_.entries) return;
      const uint64_t count = std::min(arguments_.batch_size, arguments_.entries - first);
      numbers.clear();
      for (uint64_t i = first; i < first + count; ++i) {
        const uint64_t position =
            arguments_.order == "random" ? shuffled(i, arguments_.entries, arguments_.seed) : i;
        numbers.push_back(arguments_.start + position);
        make_key(arguments_.key_prefix, numbers.back(), &key);
        make_value(arguments_.seed, numbers.back(), arguments_.value_size, &value);
        if (count > 1) batch.put(key, value);
      }
      if (count > 1) {
        batch.commit(db_.handle(), write_options_);
      } else {
        db_.put(key, value, write_options_);
      }
      if (arguments_.ack) acknowledge(numbers);
      const uint64_t done = written_.fetch_add(count) + count;
      if (done % 64 < count) progress_.update(done);
    }
  }

  /// One line, one system call: a kill between two records leaves no half line.
  void acknowledge(const std::vector<uint64_t>& numbers) {
    for (const uint64_t number : numbers) std::printf("%" PRIu64 "\n", number);
    if (std::ferror(stdout)) throw Failure(ExitCode::kIo, "fill", "standard output cannot be written");
  }

  const Database& db_;
  const Arguments& arguments_;
  Progress progress_;
  wombat_write_options write_options_ = {};
  std::atomic<uint64_t> next_{0};
  std::atomic<uint64_t> written_{0};
  std::atomic<bool> stop_{false};
  std::mutex failure_mutex_;
  std::exception_ptr failure_;
};

ExitCode fill(const Arguments& arguments, const Settings& settings) {
  if (arguments.ack) std::setvbuf(stdout, nullptr, _IOLBF, 4096);
  catch_interrupts();
  Database db(arguments.db, Access::kCreate, settings);
  Filler filler(db, arguments, settings);
  filler.run();
  const double seconds = std::max(filler.seconds(), 1e-6);
  db.close();
  if (is_interrupted()) {
    throw Failure(ExitCode::kCancelled, "fill", "cancelled",
                  with_commas(filler.written()) + " records were written and stay");
  }
  const double rate = static_cast<double>(filler.written()) / seconds;
  if (settings.json && !arguments.ack) {
    write_out("{\"records\":" + std::to_string(filler.written()) + ",\"seconds\":" + std::to_string(seconds) +
              ",\"records_per_second\":" + std::to_string(static_cast<uint64_t>(rate)) + "}\n");
  } else {
    note(settings, "fill: " + with_commas(filler.written()) + " records in " + human_seconds(seconds) + " (" +
                       with_commas(static_cast<uint64_t>(rate)) + "/s)");
  }
  return ExitCode::kOk;
}

struct CheckCounts {
  uint64_t right = 0;
  uint64_t missing = 0;
  uint64_t wrong = 0;
};

void check_number(const Database& db, const Arguments& arguments, uint64_t number, CheckCounts* counts) {
  std::string key, expected, found;
  make_key(arguments.key_prefix, number, &key);
  make_value(arguments.seed, number, arguments.value_size, &expected);
  if (!db.get(key, Moment(), &found)) {
    if (++counts->missing <= 10)
      std::fprintf(stderr, "wombat: fill: record %" PRIu64 " is missing\n", number);
  } else if (found != expected) {
    if (++counts->wrong <= 10)
      std::fprintf(stderr, "wombat: fill: record %" PRIu64 " has another value\n", number);
  } else {
    ++counts->right;
  }
}

/// Reads numbers, as --ack printed them, from standard input.
ExitCode check_records(const Arguments& arguments, const Settings& settings) {
  const Database db(arguments.db, Access::kRead, settings);
  Input input("-");
  CheckCounts counts;
  Bytes line;
  while (input.next_line(&line)) {
    const auto number = parse_size(line);
    if (!number) {
      throw Failure(ExitCode::kMalformedInput, "standard input, line " + std::to_string(input.line_number()),
                    "expected a record number, found '" + escaped(line.substr(0, 40)) + "'");
    }
    check_number(db, arguments, *number, &counts);
  }
  if (settings.json) {
    write_out("{\"right\":" + std::to_string(counts.right) + ",\"missing\":" +
              std::to_string(counts.missing) + ",\"wrong\":" + std::to_string(counts.wrong) + "}\n");
  } else if (!settings.quiet) {
    write_out(with_commas(counts.right) + " right, " + with_commas(counts.missing) + " missing, " +
              with_commas(counts.wrong) + " wrong\n");
  }
  return counts.wrong > 0 ? ExitCode::kCorruption : counts.missing > 0 ? ExitCode::kNotFound : ExitCode::kOk;
}

}  // namespace

void add_fill_command(CommandLine& command_line) {
  auto arguments = std::make_shared<Arguments>();
  command_line.add("fill", "Trying out", "Write made-up records, or check that they are there")
      .positional("DB", &arguments->db, "Directory of the database")
      .number("-n,--entries", &arguments->entries, "Records to write")
      .number("--start", &arguments->start, "Number of the first record", 0, 1000000000000000)
      .number("--value-size", &arguments->value_size, "Bytes of a value", 0, WOMBAT_VALUE_SIZE_MAX)
      .text("--key-prefix", &arguments->key_prefix, "TEXT",
            "Put this before the sixteen digits that are the key")
      .choice("--order", &arguments->order, {"seq", "random"}, "Order of the keys")
      .choice("--sync", &arguments->sync, {"default", "always", "never"}, "When a write is acknowledged")
      .number("--threads", &arguments->threads, "Threads that write", 1, 1024)
      .number("--batch-size", &arguments->batch_size, "Records that are committed together", 1, 1000000)
      .number("--seed", &arguments->seed, "Another seed makes other values")
      .flag("--ack", &arguments->ack, "Print the number of each record once it is acknowledged")
      .flag("--check", &arguments->check,
            "Write nothing: read numbers from standard input and check these records")
      .examples({"wombat fill scratch --entries 1M --order random",
                 "wombat fill scratch --ack > acknowledged & kill -9 $!",
                 "wombat fill scratch --check < acknowledged"})
      .action([arguments](const Settings& settings) {
        return arguments->check ? check_records(*arguments, settings) : fill(*arguments, settings);
      });
}

}  // namespace wombat::cli
