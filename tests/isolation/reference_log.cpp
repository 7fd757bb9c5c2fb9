#include "isolation/reference_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace wombat::isolation {

namespace {

void append_number(uint32_t number, std::string* out) {
  out->append(reinterpret_cast<const char*>(&number), sizeof number);
}

bool take_number(const std::string& in, size_t* position, uint32_t* number) {
  if (in.size() - *position < sizeof *number) return false;
  std::memcpy(number, in.data() + *position, sizeof *number);
  *position += sizeof *number;
  return true;
}

bool take_text(const std::string& in, size_t* position, std::string* text) {
  uint32_t size = 0;
  if (!take_number(in, position, &size) || in.size() - *position < size) return false;
  text->assign(in, *position, size);
  *position += size;
  return true;
}

/// { key, 1 value | 0 } for each write.
bool decode(const std::string& body, WriteSet* writes) {
  size_t position = 0;
  while (position < body.size()) {
    std::string key;
    std::string value;
    uint32_t is_put = 0;
    if (!take_text(body, &position, &key) || !take_number(body, &position, &is_put)) return false;
    if (is_put != 0 && !take_text(body, &position, &value)) return false;
    (*writes)[key] = is_put != 0 ? std::optional<std::string>(value) : std::nullopt;
  }
  return true;
}

[[noreturn]] void fail(const char* call) { throw std::system_error(errno, std::generic_category(), call); }

}  // namespace

ReferenceLog::~ReferenceLog() {
  if (file_ >= 0) ::close(file_);
}

void ReferenceLog::open(const std::string& path, const std::function<void(const WriteSet&)>& replay) {
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file_ < 0) fail("open");
  std::string content;
  char buffer[1 << 16];
  ssize_t got = 0;
  while ((got = ::read(file_, buffer, sizeof buffer)) > 0) content.append(buffer, static_cast<size_t>(got));
  size_t position = 0;
  size_t end = 0;
  std::string body;
  while (take_text(content, &position, &body)) {
    WriteSet writes;
    if (!decode(body, &writes)) break;
    replay(writes);
    end = position;
  }
  if (::ftruncate(file_, static_cast<off_t>(end)) != 0) fail("ftruncate");
}

void ReferenceLog::append(const WriteSet& writes) {
  std::string body;
  for (const auto& [key, value] : writes) {
    append_number(static_cast<uint32_t>(key.size()), &body);
    body += key;
    append_number(value ? 1 : 0, &body);
    if (!value) continue;
    append_number(static_cast<uint32_t>(value->size()), &body);
    body += *value;
  }
  std::string record;
  append_number(static_cast<uint32_t>(body.size()), &record);
  record += body;
  if (::write(file_, record.data(), record.size()) != static_cast<ssize_t>(record.size())) fail("write");
}

}  // namespace wombat::isolation
