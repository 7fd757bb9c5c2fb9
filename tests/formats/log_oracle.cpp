#include "formats/log_oracle.h"

#include <algorithm>

#include "base/coding.h"
#include "env/file_names.h"

namespace wombat {

namespace {

constexpr uint64_t kFileHeaderBytes = 64;
constexpr uint64_t kFragmentHeaderBytes = 24;
constexpr uint64_t kBlockBytes = 32 * 1024;
constexpr uint64_t kLinkEnd = kFileHeaderBytes + kFragmentHeaderBytes + 32;

struct LogFragment {
  uint64_t start;
  uint64_t end;
  uint64_t synced_offset;
  bool begins_record;
  Bytes payload;
};

std::vector<LogFragment> fragments_of(Bytes log) {
  std::vector<LogFragment> fragments;
  uint64_t at = kFileHeaderBytes;
  while (at + kFragmentHeaderBytes <= log.size()) {
    if (kBlockBytes - at % kBlockBytes < kFragmentHeaderBytes) at += kBlockBytes - at % kBlockBytes;
    const char* header = log.data() + at;
    const uint64_t size = load_le<uint16_t>(header + 20);
    const char type = header[22];
    if (type == 0) break;
    const uint64_t end = at + kFragmentHeaderBytes + size;
    fragments.push_back({at, end, load_le<uint64_t>(header + 8), type == 1 || type == 2,
                         log.substr(at + kFragmentHeaderBytes, size)});
    at = end;
  }
  return fragments;
}

bool is_log(const std::string& name) {
  const auto parsed = parse_file_name(name);
  return parsed && parsed->kind == FileKind::kLog;
}

/// True when a log behind `name` holds a record that is known to be durable.
bool successor_has_durable_records(const GoldenDatabase& golden, const std::string& name) {
  for (const auto& [file, content] : golden.files) {
    if (!is_log(file) || parse_file_name(file)->number <= parse_file_name(name)->number) continue;
    for (const LogFragment& fragment : fragments_of(content))
      if (fragment.synced_offset > kLinkEnd) return true;
  }
  return false;
}

/// The commit timestamp in a batch, or in a link that of the commit before the log.
std::optional<Timestamp> timestamp_of(const LogFragment& fragment) {
  if (!fragment.begins_record || fragment.payload.size() < 16) return std::nullopt;
  if (fragment.payload[0] == 1) return load_le<uint64_t>(fragment.payload.data() + 8);
  if (fragment.payload[0] == 2) return load_le<uint64_t>(fragment.payload.data() + 24);
  return std::nullopt;
}

/// Whether the operations of a batch point to a value whose bytes have changed. By the byte tables, as everything here.
bool points_to_damage(Bytes batch, uint64_t number, Bytes file, const std::string* damaged) {
  const bool is_whole = damaged != nullptr && damaged->size() >= kFileHeaderBytes &&
                        damaged->compare(0, kFileHeaderBytes, file.substr(0, kFileHeaderBytes)) == 0;
  for (size_t at = 16; at + 12 <= batch.size();) {
    const auto kind = static_cast<uint8_t>(batch[at]);
    const size_t key_size = load_le<uint16_t>(batch.data() + at + 2);
    const size_t value_size = load_le<uint32_t>(batch.data() + at + 4);
    const Bytes value = batch.substr(at + 12 + key_size, value_size);
    at += 12 + key_size + value_size;
    if (kind != 2 && kind != 6) continue;
    const Bytes pointer = value.substr(value.size() - 32);
    if (load_le<uint64_t>(pointer.data()) != number) continue;
    const uint64_t offset = load_le<uint64_t>(pointer.data() + 8);
    const uint64_t stored = load_le<uint32_t>(pointer.data() + 16);
    const uint64_t whole = load_le<uint32_t>(pointer.data() + 20);
    const uint64_t chunks = whole > 65536 ? (whole + 65535) / 65536 : 0;
    const Bytes record = file.substr(offset, 32 + key_size + 16 * chunks + stored);
    if (!is_whole || damaged->size() < offset + record.size() ||
        damaged->compare(offset, record.size(), record) != 0)
      return true;
  }
  return false;
}

}  // namespace

std::optional<Timestamp> legal_end_without_values(const GoldenDatabase& golden, const std::string& file,
                                                  const std::string* damaged) {
  const auto parsed = parse_file_name(file);
  if (!parsed || parsed->kind != FileKind::kValueLog || golden.is_sealed || golden.files.count(file) == 0)
    return std::nullopt;
  std::optional<Timestamp> last;
  for (const auto& [name, log] : golden.files) {  // by number
    if (!is_log(name)) continue;
    uint64_t watermark = successor_has_durable_records(golden, name) ? UINT64_MAX : 0;
    const std::vector<LogFragment> fragments = fragments_of(log);
    for (const LogFragment& fragment : fragments) watermark = std::max(watermark, fragment.synced_offset);
    for (const LogFragment& fragment : fragments) {
      const auto timestamp = timestamp_of(fragment);
      if (!timestamp) continue;
      const bool is_lost = fragment.end > watermark && fragment.payload[0] == 1 &&
                           points_to_damage(fragment.payload, parsed->number, golden.files.at(file), damaged);
      if (is_lost) return last;
      last = timestamp;
    }
  }
  return std::nullopt;
}

std::optional<Timestamp> legal_end_of_history(const GoldenDatabase& golden, const std::string& file,
                                              const std::string& damaged) {
  if (!is_log(file) || golden.files.count(file) == 0) return std::nullopt;
  const std::string& log = golden.files.at(file);
  if (damaged.size() < kFileHeaderBytes ||
      damaged.compare(0, kFileHeaderBytes, log, 0, kFileHeaderBytes) != 0)
    return std::nullopt;
  if (golden.is_sealed || successor_has_durable_records(golden, file)) return std::nullopt;

  uint64_t watermark = 0;
  std::optional<uint64_t> first_bad;
  std::optional<Timestamp> end_of_history;
  for (const LogFragment& fragment : fragments_of(log)) {
    const uint64_t size = fragment.end - fragment.start;
    const bool is_intact = fragment.end <= damaged.size() &&
                           damaged.compare(fragment.start, size, log, fragment.start, size) == 0;
    if (is_intact) {
      watermark = std::max(watermark, fragment.synced_offset);
      if (!first_bad && timestamp_of(fragment)) end_of_history = timestamp_of(fragment);
    } else if (!first_bad) {
      first_bad = fragment.start;
      if (const auto timestamp = timestamp_of(fragment); timestamp && fragment.payload[0] == 2)
        end_of_history = timestamp;  // the link itself is gone; it says where the log before it ended
    }
  }
  if (!first_bad || *first_bad < watermark) return std::nullopt;
  return end_of_history;
}

}  // namespace wombat
