/// The isolation levels that Wombat's transactions offer, numbered as in wombat.h.
#pragma once

namespace wombat::isolation {

enum class IsolationLevel { kSerializable = 0, kSnapshot = 1, kReadCommitted = 2 };

inline const char* level_name(IsolationLevel level) {
  switch (level) {
    case IsolationLevel::kSerializable:
      return "serializable";
    case IsolationLevel::kSnapshot:
      return "snapshot";
    case IsolationLevel::kReadCommitted:
      break;
  }
  return "read committed";
}

}  // namespace wombat::isolation
