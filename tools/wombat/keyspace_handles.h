/// Handles of the keyspaces that a command goes through, opened when they are asked for first.
#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "database.h"
#include "record_format.h"

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

  /// Throws Failure when there is no such keyspace.
  wombat_db* open(const std::string& name) {
    wombat_db*& handle = handles_[name];
    if (handle != nullptr) return handle;
    wombat_error error;
    check(wombat_keyspace_open(db_.handle(), name.c_str(), &handle, &error), error, title(name));
    return handle;
  }

  /// Makes a keyspace with these values of its own. False: it was there, and is as it was. Throws Failure.
  bool make(const std::string& name, const OptionTexts& own) {
    wombat_error error;
    wombat_options* created = nullptr;
    check(wombat_options_create(&created, &error), error, title(name));
    const OptionsPtr options(created);
    for (const auto& [option, value] : own) {
      check(wombat_options_set(options.get(), option.c_str(), value.c_str(), &error), error, title(name));
    }
    const wombat_status status = wombat_keyspace_create(db_.handle(), name.c_str(), options.get(), &error);
    if (status == WOMBAT_ALREADY_EXISTS) return false;
    check(status, error, title(name));
    return true;
  }

  /// The options that an open keyspace has its own values of.
  OptionTexts own_options(const std::string& name) {
    const std::string lines = property_text(open(name), "keyspace.options");
    OptionTexts options;
    for (size_t at = 0; at < lines.size();) {
      const size_t end = std::min(lines.find('\n', at), lines.size());
      const size_t equals = lines.find('=', at);
      options.emplace_back(lines.substr(at, equals - at), lines.substr(equals + 1, end - equals - 1));
      at = end + 1;
    }
    return options;
  }

 private:
  static std::string title(const std::string& name) { return "keyspace '" + escaped(name) + "'"; }

  const Database& db_;
  std::map<std::string, wombat_db*> handles_;
};

}  // namespace wombat::cli
