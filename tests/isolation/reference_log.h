/// The log of the reference store: whole commits, appended with one write each, so that they outlive the process.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace wombat::isolation {

/// What a commit leaves under each key; nothing: deleted.
using WriteSet = std::map<std::string, std::optional<std::string>>;

class ReferenceLog {
 public:
  ReferenceLog() = default;
  ~ReferenceLog();
  ReferenceLog(const ReferenceLog&) = delete;
  ReferenceLog& operator=(const ReferenceLog&) = delete;

  /// Passes on what is there, and cuts off what was not written to its end. Throws std::system_error.
  void open(const std::string& path, const std::function<void(const WriteSet&)>& replay);
  bool is_open() const { return file_ >= 0; }
  void append(const WriteSet& writes);

 private:
  int file_ = -1;
};

}  // namespace wombat::isolation
