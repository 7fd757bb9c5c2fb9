#include "crash/style_scenarios.h"

namespace wombat {

namespace {

void rows_in_levels(Session& s) {
  s.open("wal.sync=os");
  for (int round = 0; round < 3; ++round) {
    s.fill("k" + std::to_string(round), 12, 800);
    s.fill("m", 4, 800);
    s.flush();
  }
  s.wait();
  s.close();
}

/// A few runs with overwrites and deletes, merged as the style has it.
void work(Session& s, const std::string& style) {
  s.open("wal.sync=os; compaction.min_compaction_files=2; compaction.style=" + style);
  s.start();
  for (int i = 0; i < 3; ++i) {
    s.fill("m", 6, 500);
    s.fill("n" + std::to_string(i), 3, 500);
    s.erase("m00001");
    s.flush();
    s.wait();
  }
  s.check_reads();
}

void size_tiered(Session& s) { work(s, "size_tiered"); }
void universal(Session& s) { work(s, "universal; compaction.max_size_amplification_percent=50"); }
/// Without limits nothing goes; tables have times.
void fifo(Session& s) { work(s, "fifo"); }

void parts(Session& s) {
  s.open(
      "wal.sync=os; table.size=4096; compaction.max_parts=3; compaction.threads=1; "
      "compaction.min_compaction_files=2");
  s.start();
  for (int i = 0; i < 3; ++i) {
    s.fill("k" + std::to_string(i), 10, 1500);
    s.fill("m", 10, 1500);
    s.flush();
  }
  s.wait();
  s.compact();
  s.check_reads();
}

/// Near the ceiling: small memtables and tables, merges in pieces, values written again early.
void ceiling(Session& s, const char* more) {
  s.open(std::string("wal.sync=os; space.max_amplification=1.1; ") + more);
  s.start();
  for (int i = 0; i < 6; ++i) {
    s.fill("k" + std::to_string(i % 2), 10, 1500);
    s.fill("m", 10, 1500);
    s.flush();
  }
  s.wait();
  s.compact();
  s.check_reads();
}
void ceiling_of_tables(Session& s) { ceiling(s, ""); }
void ceiling_of_values(Session& s) { ceiling(s, "value_log.threshold=1000; value_log.file_size=16KiB"); }

constexpr Scenario kScenarios[] = {
    {"space_ceiling", rows_in_levels, ceiling_of_tables},
    {"space_ceiling_values", rows_in_levels, ceiling_of_values},
    {"size_tiered", rows_in_levels, size_tiered},
    {"universal", rows_in_levels, universal},
    {"fifo", rows_in_levels, fifo},
    {"compaction_parts", rows_in_levels, parts},
};

}  // namespace

std::vector<Scenario> style_scenarios() { return {std::begin(kScenarios), std::end(kScenarios)}; }

}  // namespace wombat
