#include "compaction/merge_job.h"

#include <optional>

#include "kv/byte_buffer.h"
#include "kv/key_prefix.h"

namespace wombat {

namespace {

constexpr uint64_t kProgressBytes = 64 * 1024;

class Merger {
 public:
  Merger(MergeJob& job, uint32_t incarnation, std::vector<uint64_t>* opened)
      : job_(job), incarnation_(incarnation), opened_(opened), rule_(job.snapshots) {}

  Result<MergeResult> run() {
    Iterator& source = *job_.source;
    for (source.seek_first(); source.valid(); source.next()) WOMBAT_TRY(take(source));
    WOMBAT_TRY(source.status());
    WOMBAT_TRY(finish_output());
    WOMBAT_TRY(report_progress());
    if (result_.entries_read != written_ + result_.entries_dropped) {
      return Status::internal("a merge read " + std::to_string(result_.entries_read) + " entries, wrote " +
                              std::to_string(written_) + " and dropped " +
                              std::to_string(result_.entries_dropped));
    }
    return std::move(result_);
  }

 private:
  Status take(const Iterator& source) {
    const Bytes key = source.key();
    const bool is_new_key = result_.entries_read == 0 || !keys_equal(key, last_key_.view());
    if (is_new_key) {
      last_key_.assign(key);
      nothing_below_.reset();
    }
    ++result_.entries_read;
    unreported_bytes_ += key.size() + source.value().size() + sizeof(Tag);
    if (unreported_bytes_ >= kProgressBytes) WOMBAT_TRY(report_progress());

    // Operations of one batch on one key carry one timestamp. The last of them comes first and wins.
    const Timestamp timestamp = tag_timestamp(source.tag());
    const bool is_superseded = !is_new_key && timestamp == last_timestamp_;
    last_timestamp_ = timestamp;
    if (rule_.is_hidden(is_new_key, timestamp) || is_superseded) return drop();
    Tag tag = source.tag();
    if (rule_.is_seen_by_all(timestamp) && nothing_below(key)) {
      if (tag_kind(tag) == Kind::kDelete) return drop();
      if (tag_kind(tag) == Kind::kPut) tag = make_tag(0, Kind::kPut);
    }
    return write(is_new_key, key, tag, source.value());
  }

  Status drop() {
    ++result_.entries_dropped;
    return Status::ok();
  }

  bool nothing_below(Bytes key) {
    if (!nothing_below_) nothing_below_ = job_.may_exist_below && !job_.may_exist_below(key);
    return *nothing_below_;
  }

  Status write(bool is_new_key, Bytes key, Tag tag, Bytes value) {
    if (output_.builder && is_new_key && output_.builder->estimated_size() >= job_.output_size_max) {
      WOMBAT_TRY(finish_output());
    }
    if (!output_.builder) {
      WOMBAT_ASSIGN(output_, job_.open_output());
      opened_->push_back(output_.number);
    }
    ++written_;
    return output_.builder->add(key, tag, value);
  }

  Status finish_output() {
    if (!output_.builder) return Status::ok();
    WOMBAT_TRY(output_.builder->finish());
    result_.tables.push_back(table_info_of(output_.builder->properties(), output_.number, incarnation_));
    result_.bytes_written += result_.tables.back().file_size;
    output_.builder.reset();
    return Status::ok();
  }

  Status report_progress() {
    const uint64_t bytes = unreported_bytes_;
    unreported_bytes_ = 0;
    return job_.on_progress ? job_.on_progress(bytes) : Status::ok();
  }

  MergeJob& job_;
  uint32_t incarnation_;
  std::vector<uint64_t>* opened_;
  DropRule rule_;
  MergeResult result_;
  MergeJob::Output output_;
  ByteBuffer last_key_;
  Timestamp last_timestamp_ = 0;
  std::optional<bool> nothing_below_;  // of last_key_
  uint64_t unreported_bytes_ = 0;
  uint64_t written_ = 0;
};

}  // namespace

Result<MergeResult> run_merge(MergeJob& job, uint32_t incarnation, std::vector<uint64_t>* opened) {
  return Merger(job, incarnation, opened).run();
}

TableInfo table_info_of(const TableProperties& properties, uint64_t number, uint32_t incarnation) {
  TableInfo info;
  info.number = number;
  info.file_size = properties.file_size;
  info.digest = properties.digest;
  info.entry_count = properties.entry_count;
  info.delete_count = properties.delete_count;
  info.key_bytes = properties.key_bytes;
  info.value_bytes = properties.value_bytes;
  info.timestamp_min = properties.timestamp_min;
  info.timestamp_max = properties.timestamp_max;
  info.incarnation = incarnation;
  info.smallest_key = properties.smallest_key;
  info.largest_key = properties.largest_key;
  return info;
}

}  // namespace wombat
