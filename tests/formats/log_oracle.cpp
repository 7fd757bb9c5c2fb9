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

}  // namespace

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
