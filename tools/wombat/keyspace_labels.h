/// Names for the keyspaces that a file mentions by number, from the manifest beside it. For dump-file: what cannot be read
/// leaves the numbers alone.
#pragma once

#include <map>
#include <string>

#include "env/file_system.h"

namespace wombat::cli {

class KeyspaceLabels {
 public:
  /// From the manifest that CURRENT names.
  static KeyspaceLabels read(Directory& directory);

  /// Empty: not known.
  std::string name(uint32_t keyspace) const;
  /// Where the present or a former tree has the table; the default keyspace when not known.
  uint32_t of_table(uint64_t number) const;
  bool is_system(uint32_t keyspace) const;
  /// `keyspace 2 "visits"`, or, for the system keyspace, `system keyspace 3`.
  std::string text(uint32_t keyspace) const;

 private:
  std::map<uint32_t, std::string> names_;
  std::map<uint64_t, uint32_t> tables_;
};

}  // namespace wombat::cli
