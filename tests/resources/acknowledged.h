/// What a database must hold, its keyspace "side" included, whose keys have "side/" in front: every write that was
/// acknowledged, none that failed. A write that failed with
/// IO_ERROR or DEGRADED is in doubt: it may be there or not. One thread at a time; its memory is exempt from the
/// fault allocator.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/allocation_exempt.h"
#include "wombat.h"

namespace wombat {

class Acknowledged {
 public:
  using Value = std::optional<std::string>;  // nothing: the key is absent

  Acknowledged() = default;
  Acknowledged(const Acknowledged& other) = default;
  Acknowledged& operator=(const Acknowledged& other) = default;

  /// One operation of a write that ended with `status`.
  void note(const std::string& key, Value value, wombat_status status);
  /// The same of a merge "append", and of a range delete.
  void note_append(const std::string& key, const std::string& operand, wombat_status status);
  void note_range(const std::string& lower, const std::string& upper, wombat_status status);
  /// Compares a scan and a look-up of every key with what must be there. Returns what differs; empty when
  /// nothing does.
  std::string difference(wombat_db* db) const;
  size_t key_count() const { return values_.size(); }

 private:
  void note_possible(std::vector<Value>* allowed, std::vector<Value> next, wombat_status status);
  bool allows(const std::string& key, const Value& found) const;

  std::map<std::string, std::vector<Value>> values_;  // by key: what it may hold
};

}  // namespace wombat
