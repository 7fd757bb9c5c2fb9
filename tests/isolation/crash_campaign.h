/// A process works on a store and is killed, again and again; the checker decides about the transactions that were in
/// doubt. The program that calls this is started again as that process, and passes its arguments on.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "isolation/anomaly.h"
#include "isolation/client.h"

namespace wombat::isolation {

/// Opens the store of this name in `path`, or makes it; throws when that fails. Destroying the client closes the store.
using StoreOpener = std::function<std::unique_ptr<Client>(const std::string& store, const std::string& path)>;

struct CrashOptions {
  std::string store;
  IsolationLevel level = IsolationLevel::kSerializable;
  uint64_t seed = 1;
  uint64_t kill_count = 10;
  uint64_t kill_count_max =
      0;  // for more kills, until a transaction was in doubt: where syncs cost nothing few are
  uint64_t kills_per_window = 5;  // a window of keys is checked after so many
  uint64_t life_us_max = 150'000;
};

/// Works in `directory`, which is empty. Stops at the first forbidden anomaly; `*failure` says what it was.
CheckReport run_crashes(const CrashOptions& options, const StoreOpener& open, const std::string& directory,
                        std::string* failure);

/// Whether these are the arguments of the process that is to be killed.
bool is_crash_child(int argc, char** argv);
/// Runs transactions until it is killed; returns, with 1, only after a failure.
int run_crash_child(char** argv, const StoreOpener& open);

}  // namespace wombat::isolation
