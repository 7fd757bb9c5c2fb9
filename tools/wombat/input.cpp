#include "input.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "failure.h"
#include "terminal.h"

namespace wombat::cli {

namespace {

constexpr size_t kBufferSize = size_t{1} << 18;
/// A value of a gibibyte with every byte written as \xNN fits; more is no record of ours.
constexpr size_t kLineSizeMax = size_t{5} << 30;

ExitCode code_of_errno(int os_error) {
  return os_error == ENOENT || os_error == EACCES || os_error == EISDIR ? ExitCode::kUsage : ExitCode::kIo;
}

}  // namespace

std::string read_whole_file(const std::string& path) {
  Input input(path);
  std::string contents;
  for (;;) {
    const Bytes piece = input.read_bytes(kBufferSize);
    contents.append(piece);
    if (piece.size() < kBufferSize) return contents;
  }
}

Input::Input(const std::string& path)
    : file_(path == "-" ? stdin : std::fopen(path.c_str(), "rb")),
      name_(path == "-" ? "standard input" : path) {
  if (file_ == nullptr) {
    throw Failure(code_of_errno(errno), "cannot read '" + escaped(path) + "'", std::strerror(errno));
  }
  if (is_directory(file_)) {
    if (file_ != stdin) std::fclose(file_);
    throw Failure(ExitCode::kUsage, "cannot read '" + escaped(path) + "'", "it is a directory",
                  "name a file");
  }
  total_ = remaining_file_size(file_);
  buffer_.resize(kBufferSize);
}

Input::~Input() {
  if (file_ != stdin) std::fclose(file_);
}

bool Input::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    if (buffer_.size() >= kLineSizeMax) {
      throw Failure(ExitCode::kMalformedInput, name_ + ", line " + std::to_string(line_number_ + 1),
                    "longer than any record can be", "check the format of the input");
    }
    buffer_.resize(buffer_.size() * 2);
  }
  if (is_interrupted()) return false;
  const auto count = read_some(file_, buffer_.data() + end_, buffer_.size() - end_);
  if (!count) throw Failure(ExitCode::kIo, "reading " + name_, std::strerror(errno));
  end_ += *count;
  return *count > 0;
}

bool Input::next_line(Bytes* line) {
  size_t searched = begin_;
  for (;;) {
    const void* found = std::memchr(buffer_.data() + searched, '\n', end_ - searched);
    if (found != nullptr) {
      const auto size = static_cast<size_t>(static_cast<const char*>(found) - buffer_.data()) - begin_;
      *line = Bytes(buffer_.data() + begin_, size);
      begin_ += size + 1;
      offset_ += size + 1;
      ++line_number_;
      return true;
    }
    const size_t scanned = end_ - begin_;
    if (!fill()) break;
    searched = scanned;
  }
  if (is_interrupted() || begin_ == end_) return false;
  *line = Bytes(buffer_.data() + begin_, end_ - begin_);
  offset_ += end_ - begin_;
  begin_ = end_;
  ++line_number_;
  return true;
}

Bytes Input::read_bytes(size_t size) {
  while (end_ - begin_ < size && fill()) {
  }
  const Bytes bytes(buffer_.data() + begin_, std::min(size, end_ - begin_));
  begin_ += bytes.size();
  offset_ += bytes.size();
  return bytes;
}

}  // namespace wombat::cli
