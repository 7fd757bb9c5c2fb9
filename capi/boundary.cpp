#include "boundary.h"

#include <algorithm>
#include <cstring>

namespace wombat {

wombat_status report(const Status& status, wombat_error* error) noexcept {
  const wombat_status number = static_cast<wombat_status>(status.code());
  if (number >= 0 || error == nullptr) return number;
  error->status = number;
  error->os_error = status.os_error();
  error->retryable = code_is_retryable(status.code()) ? 1 : 0;
  error->reserved = 0;
  const std::string_view message = status.message();
  size_t size = std::min(message.size(), sizeof error->message - 1);
  // Not in the middle of a UTF-8 character.
  while (size < message.size() && size > 0 && (static_cast<unsigned char>(message[size]) & 0xC0) == 0x80)
    --size;
  std::memcpy(error->message, message.data(), size);
  error->message[size] = '\0';
  return number;
}

Status null_bytes(size_t size, const char* what) {
  return Status::invalid_argument(std::string(what) + " is NULL, but its size is " + std::to_string(size));
}

Status write_text(const std::string& text, char* buffer, size_t capacity, size_t* length) {
  if (length != nullptr) *length = text.size();
  if (buffer == nullptr && capacity != 0)
    return Status::invalid_argument("buffer is NULL, but its capacity is not 0");
  if (capacity <= text.size()) return Status::outcome(Code::kBufferTooSmall);
  std::memcpy(buffer, text.c_str(), text.size() + 1);
  return Status::ok();
}

Status write_lines(const std::vector<std::string>& lines, char* buffer, size_t capacity, size_t* length) {
  std::string text;
  for (const std::string& line : lines) text.append(line).push_back('\n');
  return write_text(text, buffer, capacity, length);
}

}  // namespace wombat
