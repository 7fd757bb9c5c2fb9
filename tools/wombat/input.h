/// Reading text and bytes from a file, a pipe or standard input, with the place for messages.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include "text.h"

namespace wombat::cli {

/// Whole contents of a file, or of standard input for "-". Throws Failure.
std::string read_whole_file(const std::string& path);

class Input {
 public:
  /// "-" is standard input. Throws Failure when the file cannot be opened.
  explicit Input(const std::string& path);
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  /// The next line without its LF, valid until the next call. False at the end of the input or after an
  /// interrupt.
  bool next_line(Bytes* line);
  /// Exactly `size` bytes, valid until the next call; fewer only at the end.
  Bytes read_bytes(size_t size);

  const std::string& name() const { return name_; }
  uint64_t line_number() const { return line_number_; }
  /// Bytes handed out so far.
  uint64_t offset() const { return offset_; }
  /// Bytes of the whole input, where they are known.
  std::optional<uint64_t> total() const { return total_; }

 private:
  bool fill();

  std::FILE* file_;
  std::string name_;
  std::string buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t line_number_ = 0;
  uint64_t offset_ = 0;
  std::optional<uint64_t> total_;
};

}  // namespace wombat::cli
