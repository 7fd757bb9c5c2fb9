/// Handles of the keyspaces that a command goes through, opened when they are asked for first.
#pragma once

#include <map>
#include <string>

#include "database.h"

namespace wombat::cli {

class KeyspaceHandles {
 public:
  /// `db` outlives this.
  explicit KeyspaceHandles(const Database& db) : db_(db) {}
  ~KeyspaceHandles() {
    for (const auto& [name, handle] : handles_) wombat_close(handle, nullptr);
  }
  KeyspaceHandles(const KeyspaceHandles&) = delete;
  KeyspaceHandles& operator=(const KeyspaceHandles&) = delete;

  /// `makes_missing`: a keyspace that is not there is made. Throws Failure.
  wombat_db* open(const std::string& name, bool makes_missing = false) {
    wombat_db*& handle = handles_[name];
    if (handle != nullptr) return handle;
    const std::string what = "keyspace '" + escaped(name) + "'";
    wombat_error error;
    wombat_status status = wombat_keyspace_open(db_.handle(), name.c_str(), &handle, &error);
    if (status == WOMBAT_DOES_NOT_EXIST && makes_missing) {
      check(wombat_keyspace_create(db_.handle(), name.c_str(), nullptr, &error), error, what);
      status = wombat_keyspace_open(db_.handle(), name.c_str(), &handle, &error);
    }
    check(status, error, what);
    return handle;
  }

 private:
  const Database& db_;
  std::map<std::string, wombat_db*> handles_;
};

}  // namespace wombat::cli
