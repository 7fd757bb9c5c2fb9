#include "base/coding.h"
#include "model/history_runner.h"

namespace wombat {

namespace {

/// The answer to one packed key.
struct PackedAnswer {
  wombat_status status;
  Bytes value;
};

PackedAnswer next_answer(Bytes* packed) {
  const auto status = static_cast<wombat_status>(load_le<uint32_t>(packed->data()));
  const uint32_t size = load_le<uint32_t>(packed->data() + 4);
  const PackedAnswer answer{status, packed->substr(8, size)};
  packed->remove_prefix(8 + size);
  return answer;
}

}  // namespace

void HistoryRunner::get() {
  const std::string key = random_.one_in(4) ? keys_.near_key(random_) : keys_.key(random_);
  const View view = random_view();
  const std::optional<std::string> expected = expected_value(key, view.version);
  std::string buffer(random_.one_in(8) ? 10 : 200 * 1024 + 1, '\0');
  size_t size = 0;
  const wombat_status status =
      wombat_get(db_, key.data(), key.size(), &view.options, buffer.data(), buffer.size(), &size, &error_);
  check("wombat_get", status);
  if (!expected) {
    require(status == WOMBAT_NOT_FOUND, "get finds what should be absent");
    return;
  }
  require(status == (expected->size() <= buffer.size() ? WOMBAT_OK : WOMBAT_BUFFER_TOO_SMALL),
          "get misses a key");
  require(size == expected->size(), "get tells a wrong size");
  if (status == WOMBAT_OK) require_value("get", key, Bytes(buffer).substr(0, size), *expected);
}

void HistoryRunner::get_pinned() {
  const std::string key = keys_.key(random_);
  const View view = random_view();
  const std::optional<std::string> expected = expected_value(key, view.version);
  const void* value = nullptr;
  size_t size = 0;
  const wombat_status status =
      wombat_get_pinned(db_, key.data(), key.size(), &view.options, pin_, &value, &size, &error_);
  check("wombat_get_pinned", status);
  require((status == WOMBAT_OK) == expected.has_value(), "get_pinned and the model differ about presence");
  if (expected) require_value("get_pinned", key, as_bytes(value, size), *expected);
  if (random_.one_in(2)) wombat_pin_release(pin_);
}

void HistoryRunner::exists() {
  const std::string key = keys_.near_key(random_);
  const View view = random_view();
  const wombat_status status = wombat_exists(db_, key.data(), key.size(), &view.options, &error_);
  check("wombat_exists", status);
  require((status == WOMBAT_OK) == expected_value(key, view.version).has_value(), "exists is wrong");
}

void HistoryRunner::multi_get() {
  const size_t count = random_.below(40);
  std::vector<std::string> keys(count);
  std::vector<const void*> key_data(count);
  std::vector<size_t> key_sizes(count);
  for (size_t i = 0; i < count; ++i) {
    keys[i] = keys_.key(random_);
    key_data[i] = keys[i].data();
    key_sizes[i] = keys[i].size();
  }
  std::vector<const void*> values(count);
  std::vector<size_t> value_sizes(count);
  std::vector<wombat_status> statuses(count);
  const View view = random_view();
  check("wombat_multi_get",
        wombat_multi_get(db_, count, key_data.data(), key_sizes.data(), &view.options, pin_, values.data(),
                         value_sizes.data(), statuses.data(), &error_));
  for (size_t i = 0; i < count; ++i) {
    const std::optional<std::string> expected = expected_value(keys[i], view.version);
    require((statuses[i] == WOMBAT_OK) == expected.has_value(), "multi_get is wrong about presence");
    if (expected) require_value("multi_get", keys[i], as_bytes(values[i], value_sizes[i]), *expected);
  }
}

void HistoryRunner::multi_get_packed() {
  const size_t count = random_.below(40);
  std::vector<std::string> keys(count);
  for (std::string& key : keys) key = keys_.key(random_);
  const View view = random_view();
  std::string buffer(random_.one_in(3) ? 64 : 4096, '\0');
  size_t answered = 0;
  while (answered < count) {
    std::string packed;
    for (size_t i = answered; i < count; ++i) {
      append_le<uint32_t>(&packed, static_cast<uint32_t>(keys[i].size()));
      packed += keys[i];
    }
    size_t used = 0;
    size_t done = 0;
    const wombat_status status = wombat_multi_get_packed(db_, packed.data(), packed.size(), &view.options,
                                                         buffer.data(), buffer.size(), &used, &done, &error_);
    check("wombat_multi_get_packed", status);
    if (status == WOMBAT_BUFFER_TOO_SMALL) {
      require(used > buffer.size() && done == 0, "multi_get_packed asks for no more than it has");
      buffer.resize(used);
      continue;
    }
    require(done > 0 && done <= count - answered && used <= buffer.size(), "multi_get_packed counts wrongly");
    Bytes answers = Bytes(buffer).substr(0, used);
    for (size_t i = 0; i < done; ++i, ++answered) {
      const std::optional<std::string> expected = expected_value(keys[answered], view.version);
      const PackedAnswer answer = next_answer(&answers);
      require(answer.status == (expected ? WOMBAT_OK : WOMBAT_NOT_FOUND), "multi_get_packed: presence");
      require_value("multi_get_packed", keys[answered], answer.value, expected.value_or(""));
    }
    require(answers.empty(), "multi_get_packed wrote more than it says");
  }
}

}  // namespace wombat
