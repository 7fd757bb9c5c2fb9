/// The keyspaces that the records of a load go to, made when they are met first.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "database.h"
#include "failure.h"
#include "input.h"
#include "keyspace_handles.h"
#include "record_format.h"
#include "settings.h"

namespace wombat::cli {

class LoadKeyspaces {
 public:
  /// Both outlive this.
  LoadKeyspaces(const Database& db, const Settings& settings)
      : db_(db), settings_(settings), handles_(db), here_(db.handle()) {}

  /// Why the record, the last one of `input`, cannot be loaded; nothing: it can.
  std::optional<Failure> check(const Input& input, const Record& record) const;
  /// The record goes where the one before it went, and makes nothing.
  bool is_here(const Record& record) const { return record.keyspace == name_ && record.options == nullptr; }
  /// Goes to the keyspace of the record. Throws Failure.
  wombat_db* enter(const Record& record);
  wombat_db* here() const { return here_; }

 private:
  void prepare(const OptionTexts* options);

  const Database& db_;
  const Settings& settings_;
  KeyspaceHandles handles_;
  wombat_db* here_;
  std::string name_;
  std::set<std::string> known_;  // that are there
};

}  // namespace wombat::cli
