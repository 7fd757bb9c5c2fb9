#include "isolation/store_encoding.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace wombat::isolation {

namespace {

constexpr size_t kFillerMax = 40;

}  // namespace

StoreKey encode_key(uint32_t window, Key key) {
  char text[40];
  std::snprintf(text, sizeof text, "window%06u/%012llu", window,
                static_cast<unsigned long long>(key % kKeysOfKeyspace));
  return {static_cast<uint32_t>(key / kKeysOfKeyspace), text};
}

Key decode_key(uint32_t window, const StoreKey& stored) {
  const size_t slash = stored.text.find('/');
  if (slash == std::string::npos) return UINT64_MAX;
  const Key key =
      stored.keyspace * kKeysOfKeyspace + std::strtoull(stored.text.c_str() + slash + 1, nullptr, 10);
  return encode_key(window, key).text == stored.text ? key : UINT64_MAX;
}

std::string encode_content(const Content& content, DataKind data_kind) {
  std::string text(reinterpret_cast<const char*>(content.data()), content.size() * sizeof(Value));
  if (data_kind == DataKind::kList) return text;
  const Value value = content[0];
  text.append(value * 31 % kFillerMax, static_cast<char>('a' + value % 26));
  return text;
}

Content decode_content(const std::string& text, DataKind data_kind) {
  if (text.size() < sizeof(Value) || (data_kind == DataKind::kList && text.size() % sizeof(Value) != 0))
    return {kGarbage};
  Content content(data_kind == DataKind::kList ? text.size() / sizeof(Value) : 1);
  std::memcpy(content.data(), text.data(), content.size() * sizeof(Value));
  return encode_content(content, data_kind) == text ? content : Content{kGarbage};
}

}  // namespace wombat::isolation
