/// What a transaction itself has written so far, as its own reads must show it.
#pragma once

#include <cstdint>
#include <vector>

#include "isolation/history.h"

namespace wombat::isolation {

struct OwnWrite {
  uint32_t key = 0;       // index among the keys
  bool is_whole = false;  // all that the key holds; else the end of a list
  Content values;         // nothing in a whole one: deleted
};

class OwnWrites {
 public:
  /// For the next transaction.
  void clear();
  void put(uint32_t key, Value value) { find_or_add(key) = {key, true, {note(value)}}; }
  void remove(uint32_t key) { find_or_add(key) = {key, true, {}}; }
  void append(uint32_t key, Value value) { find_or_add(key).values.push_back(note(value)); }

  void set_savepoint() { savepoints_.push_back({writes_, written_.size()}); }
  /// To the newest savepoint, which ends.
  void roll_back();
  void release();

  /// nullptr: the transaction has left the key as it was.
  const OwnWrite* find(uint32_t key) const;
  /// Whether it was rolled back.
  bool is_undone(Value value) const;

 private:
  struct Savepoint {
    std::vector<OwnWrite> writes;
    size_t written_count;
  };

  OwnWrite& find_or_add(uint32_t key);
  Value note(Value value) {
    written_.push_back(value);
    return value;
  }

  std::vector<OwnWrite> writes_;
  Content written_;  // in their order, whatever became of them
  Content undone_;
  std::vector<Savepoint> savepoints_;
};

}  // namespace wombat::isolation
