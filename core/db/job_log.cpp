#include "db/job_log.h"

#include <algorithm>
#include <cstdio>

namespace wombat {

namespace {

const char* name_of(JobKind kind) {
  switch (kind) {
    case JobKind::kFlush:
      return "flush";
    case JobKind::kMove:
      return "move";
    case JobKind::kDrop:
      return "drop";
    case JobKind::kMerge:
      break;
  }
  return "merge";
}

void append_number(const char* name, uint64_t value, std::string* text) {
  *text += std::string(",\"") + name + "\":" + std::to_string(value);
}

std::string as_json(uint64_t id, const JobRecord& job, uint64_t duration_us) {
  std::string text = "{\"job\":" + std::to_string(id) + ",\"kind\":\"" + name_of(job.kind) +
                     "\",\"keyspace\":\"" + json_escaped(job.keyspace) + "\"";
  append_number("input_level", job.input_level, &text);
  append_number("output_level", job.output_level, &text);
  append_number("input_tables", job.input_tables, &text);
  append_number("input_bytes", job.input_bytes, &text);
  append_number("parts", job.parts, &text);
  append_number("output_tables", job.output_tables, &text);
  append_number("output_bytes", job.output_bytes, &text);
  append_number("ms", duration_us / 1000, &text);
  if (!job.failure.empty()) text += ",\"failure\":\"" + json_escaped(job.failure) + "\"";
  return text + "}";
}

}  // namespace

uint64_t JobLog::begin(JobRecord record) {
  std::lock_guard lock(mutex_);
  running_.push_front({last_id_ + 1, std::move(record)});
  return ++last_id_;
}

void JobLog::end(uint64_t id, JobRecord record, const Status& status, uint64_t now_us) noexcept {
  std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(running_.begin(), running_.end(), [id](const Entry& entry) { return entry.id == id; });
  if (found != running_.end()) running_.erase(found);
  try {
    record.duration_us = now_us - record.began_us;
    if (!status) record.failure = status.to_string();
    ended_.push_front({id, std::move(record)});
    if (ended_.size() > kEndedMax) ended_.pop_back();
  } catch (const std::bad_alloc&) {
  }
}

std::string JobLog::to_json(uint64_t now_us) const {
  std::lock_guard lock(mutex_);
  std::string text = "{\"running\":[";
  for (size_t i = 0; i < running_.size(); ++i) {
    if (i != 0) text += ",";
    text += as_json(running_[i].id, running_[i].record, now_us - running_[i].record.began_us);
  }
  text += "],\"ended\":[";
  for (size_t i = 0; i < ended_.size(); ++i) {
    if (i != 0) text += ",";
    text += as_json(ended_[i].id, ended_[i].record, ended_[i].record.duration_us);
  }
  return text + "]}";
}

std::string levels_as_json(const Version& version, const LevelTraffics& traffics, uint64_t flushed_bytes) {
  std::string text = "[";
  for (size_t i = 0; i < traffics.size(); ++i) {
    const LevelTraffic& traffic = traffics[i];
    const Level none;
    const Level& level = i < version.levels.size() ? version.levels[i] : none;
    if (level.runs.empty() && traffic.jobs.load() == 0 && traffic.read_bytes.load() == 0) continue;
    uint64_t entries = 0;
    uint64_t deletes = 0;
    for (const Run& run : level.runs) {
      for (const TablePtr& table : run.tables) {
        entries += table->info.entry_count;
        deletes += table->info.delete_count;
      }
    }
    if (text.size() > 1) text += ",";
    text += "{\"level\":" + std::to_string(i);
    append_number("runs", level.runs.size(), &text);
    append_number("tables", level.table_count(), &text);
    append_number("bytes", level.bytes(), &text);
    append_number("entries", entries, &text);
    append_number("deletes", deletes, &text);
    append_number("jobs", traffic.jobs.load(), &text);
    append_number("read_bytes", traffic.read_bytes.load(), &text);
    append_number("written_bytes", traffic.written_bytes.load(), &text);
    char share[32];
    std::snprintf(share, sizeof share, "%.2f",
                  flushed_bytes == 0 ? 0.0
                                     : static_cast<double>(traffic.written_bytes.load()) /
                                           static_cast<double>(flushed_bytes));
    text += std::string(",\"write_amplification\":") + share + "}";
  }
  return text + "]";
}

std::string json_escaped(std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[c & 15];
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace wombat
