/// Failures of the engine's own layers as those of a command. Only for what looks below wombat.h.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"
#include "base/status.h"
#include "failure.h"

namespace wombat::cli {

inline void check_core(const Status& status, const std::string& what) {
  if (status) return;
  const auto code = static_cast<wombat_status>(status.code());
  throw Failure(exit_code_of(code), what, std::string(status.message()), wombat_status_help(code));
}

template <typename T>
T value_or_fail(Result<T> result, const std::string& what) {
  if (!result) check_core(result.status(), what);
  return std::move(result).value();
}

}  // namespace wombat::cli
