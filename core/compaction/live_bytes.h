/// How much of a tree is alive: what a ceiling on space is a multiple of. A pure function of a version.
#pragma once

#include "version/version.h"

namespace wombat {

/// Bytes of files that hold what the newest readers see, at least: of tables below which no older run has any of their
/// keys, with what they point to in value files; without what is superseded within them (kept for snapshots and history),
/// and without about as much as the deletes above them hide. What lies above other tables may supersede them, and does not
/// count before a merge has shown what is new of it.
struct LiveBytes {
  uint64_t tables = 0;
  uint64_t values = 0;
  uint64_t total() const { return tables + values; }
};

LiveBytes live_bytes(const Version& version);

/// Bytes that entries keep which only older readers see, in tables and in value files.
uint64_t shadowed_bytes(const Version& version);

/// The share of a table's file that its newest entries of each key take.
double live_share(const TableInfo& table);

}  // namespace wombat
