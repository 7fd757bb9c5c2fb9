/// All statistics and properties of a database, for people and for programs.
#pragma once

#include <string>

#include "db/db.h"

namespace wombat {

/// Statistics flattened into one list of numbers: counters, then six values for each histogram.
size_t statistic_count();
struct StatisticName {
  const char* name;
  const char* help;
};
StatisticName statistic_name(size_t index);
/// Writes the first `count` values.
void read_statistics(Db& db, uint64_t* values, size_t count);

/// The properties are those of one keyspace.
std::string text_report(Tree& tree);
/// The same without what would have to open tables: for reports that nobody has asked for.
std::string light_report(Tree& tree);
std::string json_report(Tree& tree);

/// Properties (see properties.cpp).
size_t property_count();
StatisticName property_name(size_t index);
bool property_opens_tables(size_t index);

}  // namespace wombat
