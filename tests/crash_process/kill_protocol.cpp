#include "crash_process/kill_protocol.h"

#include <cstdio>
#include <cstdlib>

namespace wombat {

std::string kill_key(uint32_t thread, uint32_t number) {
  char text[32];
  std::snprintf(text, sizeof text, "%u-%06u", thread, number % kKeysPerThread);
  return text;
}

std::string kill_value(const std::string& key, uint64_t stamp) {
  std::string value = std::to_string(stamp) + "/" + key + "/";
  const size_t size = value.size() + stamp * 7919 % 1500;
  while (value.size() < size) value += static_cast<char>('a' + (value.size() + stamp) % 26);
  return value;
}

uint64_t kill_stamp(const std::string& key, const std::string& value) {
  const uint64_t stamp = std::strtoull(value.c_str(), nullptr, 10);
  return value == kill_value(key, stamp) ? stamp : kNoStamp;
}

}  // namespace wombat
