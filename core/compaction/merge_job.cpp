#include "compaction/merge_job.h"

#include <algorithm>
#include <optional>

#include "kv/byte_buffer.h"
#include "kv/expiry.h"
#include "kv/key_prefix.h"
#include "kv/merge_fold.h"
#include "vlog/value_record.h"

namespace wombat {

namespace {

constexpr uint64_t kProgressBytes = 64 * 1024;

class Merger {
 public:
  Merger(MergeJob& job, uint32_t incarnation, std::vector<uint64_t>* opened)
      : job_(job),
        incarnation_(incarnation),
        opened_(opened),
        rule_(job.snapshots),
        ranges_(job.ranges, rule_, job.range_may_exist_below),
        memory_(job.memory) {
    memory_.set(job.source_memory);
  }

  Result<MergeResult> run() {
    for (const RangeSet::Fragment& fragment : job_.ranges.fragments())
      result_.timestamp_max = std::max(result_.timestamp_max, fragment.timestamps.front());
    Iterator& source = *job_.source;
    for (source.seek_first(); source.valid(); source.next()) WOMBAT_TRY(take(source));
    WOMBAT_TRY(source.status());
    WOMBAT_TRY(end_key());
    WOMBAT_TRY(finish_last_output());
    if (job_.values != nullptr) WOMBAT_TRY(job_.values->sync());
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
      WOMBAT_TRY(end_key());
      last_key_.assign(key);
      nothing_below_.reset();
      is_key_written_ = false;
    }
    ++result_.entries_read;
    unreported_bytes_ += key.size() + source.value().size() + sizeof(Tag);
    if (unreported_bytes_ >= kProgressBytes) WOMBAT_TRY(report_progress());

    // Operations of one batch on one key carry one timestamp. The last of them comes first and wins.
    const Timestamp timestamp = tag_timestamp(source.tag());
    result_.timestamp_max = std::max(result_.timestamp_max, timestamp);
    const bool is_superseded = !is_new_key && timestamp == last_timestamp_;
    const bool is_hidden = rule_.is_hidden(is_new_key, timestamp);
    last_timestamp_ = timestamp;
    if (!merges_.empty()) [[unlikely]] {
      if (rule_.are_seen_together(tag_timestamp(merges_.tag(merges_.count() - 1)), timestamp))
        return take_below_merges(source);
      WOMBAT_TRY(write_merges());
    } else if (is_hidden || is_superseded) {
      return drop();
    }
    if (ranges_.hides(key, timestamp)) return drop();
    if (tag_kind(source.tag()) == Kind::kMerge) {
      merges_.add(source.tag(), source.value());
      return Status::ok();
    }
    return write_entry(source);
  }

  /// What is neither a merge nor below one.
  Status write_entry(const Iterator& source) {
    const Kind kind = tag_kind(source.tag());
    if (!kind_expires(kind)) return settle(source.tag(), source.value());
    const Bytes value = source.value();
    if (!has_expiry(value)) return damaged_expiry();
    const Timestamp timestamp = tag_timestamp(source.tag());
    if (is_expired(expiry_of(value), job_.now_us)) {
      ++result_.entries_expired;
      return settle(make_tag(timestamp, Kind::kDelete), Bytes());
    }
    if (expiry_of(value) == kNeverExpires) {
      const Kind plain = kind == Kind::kExpiringPut ? Kind::kPut : Kind::kValuePointer;
      return settle(make_tag(timestamp, plain), without_expiry(value));
    }
    return settle(source.tag(), value);
  }

  /// The next older entry of a key with merges, which every reader of these sees.
  Status take_below_merges(const Iterator& source) {
    if (ranges_.hides(last_key_.view(), tag_timestamp(source.tag()))) {
      WOMBAT_TRY(fold(nullptr, nullptr));
      return drop();
    }
    Bytes value = source.value();
    switch (tag_kind(source.tag())) {
      case Kind::kMerge:
        merges_.add(source.tag(), value);
        return Status::ok();
      case Kind::kExpiringPut:
      case Kind::kExpiringPointer: {
        if (!has_expiry(value)) return damaged_expiry();
        if (is_expired(expiry_of(value), job_.now_us)) {
          ++result_.entries_expired;
          return fold(nullptr, &source);
        }
        if (expiry_of(value) != kNeverExpires) {
          // When it has expired the merges apply to nothing: worked out now, they would come to something else.
          WOMBAT_TRY(write_merges());
          return write_entry(source);
        }
        value = without_expiry(value);
        if (kind_points(tag_kind(source.tag()))) WOMBAT_TRY(read_base(&value));
        return fold(&value, &source);
      }
      case Kind::kValuePointer:
        WOMBAT_TRY(read_base(&value));
        return fold(&value, &source);
      case Kind::kPut:
        return fold(&value, &source);
      default:
        return fold(nullptr, &source);
    }
  }

  /// Works the merges out on `base` (null: no value). `below` is the entry that says so, if there is one: it goes as well.
  /// Where they cannot be worked out everything stays as it is, for a reader to find.
  Status fold(const Bytes* base, const Iterator* below) {
    const Status folded = merges_.finish(*job_.operators, last_key_.view(), base, &folded_);
    if (!folded) {
      WOMBAT_TRY(write_merges());
      return below == nullptr ? Status::ok() : write_entry(*below);
    }
    const Timestamp timestamp = tag_timestamp(merges_.tag(0));
    const size_t read = merges_.count() + (below == nullptr ? 0 : 1);
    result_.merges_folded += merges_.count();
    result_.entries_dropped += read - 1;
    merges_.clear();
    // The rules and the filter look at the value itself.
    if (job_.rules != nullptr || job_.filter != nullptr)
      return settle(make_tag(timestamp, Kind::kPut), folded_);
    return settle_new(timestamp, folded_);
  }

  /// `*value` is a pointer, and becomes what it points to.
  Status read_base(Bytes* value) {
    ValuePointer pointer;
    if (job_.values == nullptr || !read_value_pointer(Kind::kValuePointer, *value, &pointer))
      return damaged_pointer();
    return job_.values->read(last_key_.view(), pointer, &base_memory_, value);
  }

  Status damaged_pointer() const {
    return Status::corruption("key \"" + escape_bytes(last_key_.view()) + "\": a damaged pointer to a value");
  }

  /// Writes the merges, joined as far as that goes without the value that they apply to.
  Status write_merges() {
    const size_t read = merges_.count();
    merges_.combine(*job_.operators);
    result_.merges_folded += read - merges_.count();
    result_.entries_dropped += read - merges_.count();
    for (size_t i = 0; i < merges_.count(); ++i) WOMBAT_TRY(write(merges_.tag(i), merges_.merge_value(i)));
    merges_.clear();
    return Status::ok();
  }

  Status end_key() {
    if (merges_.empty()) return Status::ok();
    return nothing_below(last_key_.view()) ? fold(nullptr, nullptr) : write_merges();
  }

  Status damaged_expiry() const {
    return Status::corruption("key \"" + escape_bytes(last_key_.view()) +
                              "\": an expiring put without a time");
  }

  Status drop() {
    ++result_.entries_dropped;
    return Status::ok();
  }

  bool nothing_below(Bytes key) {
    if (!nothing_below_) nothing_below_ = job_.may_exist_below && !job_.may_exist_below(key);
    return *nothing_below_;
  }

  /// The same after the rules and the filter have had their say.
  Status settle(Tag tag, Bytes value) {
    if (tag_kind(tag) != Kind::kDelete && job_.rules != nullptr && job_.rules->concern(last_key_.view()))
      return settle_by_rule(tag, value);
    return filter_and_settle(tag, value);
  }

  Status settle_by_rule(Tag tag, Bytes value) {
    const FilterRules::Verdict verdict = job_.rules->judge(last_key_.view());
    if (verdict.drops) {
      if (!rule_.is_seen_by_all(tag_timestamp(tag))) return settle_as_is(tag, value);
      ++result_.entries_filtered;
      return settle_as_is(make_tag(tag_timestamp(tag), Kind::kDelete), Bytes());
    }
    // What has an age limit becomes a put that expires: from then on everybody knows when it goes.
    const bool expires = kind_expires(tag_kind(tag));
    const uint64_t expires_at_us =
        std::min(job_.now_us + verdict.max_age_us, expires ? expiry_of(value) : kNeverExpires);
    if (job_.now_us == 0 || expires_at_us >= kNeverExpires || (expires && expires_at_us == expiry_of(value)))
      return filter_and_settle(tag, value);
    ++result_.entries_filtered;
    aged_ = with_expiry(expires_at_us, expires ? without_expiry(value) : value);
    const Kind kind = kind_points(tag_kind(tag)) ? Kind::kExpiringPointer : Kind::kExpiringPut;
    return filter_and_settle(make_tag(tag_timestamp(tag), kind), aged_);
  }

  Status filter_and_settle(Tag tag, Bytes value) {
    const bool is_asked =
        job_.filter != nullptr && tag_kind(tag) != Kind::kDelete && rule_.is_seen_by_all(tag_timestamp(tag));
    if (!is_asked) return settle_as_is(tag, value);
    const bool expires = kind_expires(tag_kind(tag));
    Bytes seen = expires ? without_expiry(value) : value;
    if (kind_points(tag_kind(tag))) WOMBAT_TRY(read_base(&seen));
    WOMBAT_ASSIGN(const CompactionFilter::Verdict verdict,
                  job_.filter->judge(job_.keyspace, job_.level, last_key_.view(), seen, &changed_));
    if (verdict == CompactionFilter::Verdict::kKeep) return settle_as_is(tag, value);
    ++result_.entries_filtered;
    if (verdict == CompactionFilter::Verdict::kRemove)
      return settle_as_is(make_tag(tag_timestamp(tag), Kind::kDelete), Bytes());
    const Timestamp timestamp = tag_timestamp(tag);
    if (!expires) return settle_new(timestamp, changed_);
    changed_ = with_expiry(expiry_of(value), changed_);
    return settle_as_is(make_tag(timestamp, Kind::kExpiringPut), changed_);
  }

  /// A value that was worked out here.
  Status settle_new(Timestamp timestamp, Bytes value) {
    if (job_.values == nullptr || !job_.values->is_to_separate(value))
      return settle_as_is(make_tag(timestamp, Kind::kPut), value);
    ValuePointer pointer;
    WOMBAT_TRY(job_.values->separate(last_key_.view(), value, &pointer));
    std::string bytes;
    append_value_pointer(pointer, &bytes);
    return settle_as_is(make_tag(timestamp, Kind::kValuePointer), bytes);
  }

  /// Writes a version of the present key, or less where everybody sees it and nothing is below.
  Status settle_as_is(Tag tag, Bytes value) {
    const Bytes key = last_key_.view();
    if (rule_.is_seen_by_all(tag_timestamp(tag)) && nothing_below(key)) {
      if (tag_kind(tag) == Kind::kDelete) return drop();
      // A range delete that stays would hide what has no timestamp.
      const Kind kind = tag_kind(tag);
      if ((kind == Kind::kPut || kind == Kind::kValuePointer) && !ranges_.covers(key))
        tag = make_tag(0, kind);
    }
    return write(tag, value);
  }

  Status write(Tag tag, Bytes value) {
    const Bytes key = last_key_.view();
    const bool is_cut = !is_key_written_ && pass_cuts(key);
    if (output_.builder && !is_key_written_ && (is_cut || is_output_full()) &&
        ranges_.may_end_at(last_written_key_.view())) {
      output_.builder->set_ranges(ranges_.take_up_to(last_written_key_.view()));
      WOMBAT_TRY(finish_output());
    }
    WOMBAT_TRY(need_output());
    if (!is_key_written_) last_written_key_.assign(key);
    // What merges apply to is as alive as they are.
    const bool is_shadowed = is_key_written_ && !is_merge_written_;
    if (is_shadowed) [[unlikely]]
      shadowed_bytes_ += key.size() + value.size();
    is_key_written_ = true;
    is_merge_written_ = tag_kind(tag) == Kind::kMerge;
    ++written_;
    if (kind_points(tag_kind(tag))) [[unlikely]]
      return write_pointer(tag, value, is_shadowed);
    return output_.builder->add(key, tag, value);
  }

  /// Whether one of the cuts lies in front of `key`, behind the key before it.
  bool pass_cuts(Bytes key) {
    bool is_cut = false;
    for (; next_cut_ < job_.cuts.size() && compare_bytes(job_.cuts[next_cut_], key) <= 0; ++next_cut_)
      is_cut = true;
    return is_cut;
  }

  bool is_output_full() const {
    return output_.builder->estimated_size() >= job_.output_size_max ||
           output_memory_ >= job_.builder_memory_max;
  }

  Status write_pointer(Tag tag, Bytes value, bool is_shadowed) {
    const Bytes key = last_key_.view();
    ValuePointer pointer;
    if (job_.values == nullptr || !read_value_pointer(tag_kind(tag), value, &pointer))
      return damaged_pointer();
    std::string moved;
    if (job_.values->is_to_move(pointer)) {
      WOMBAT_TRY(job_.values->move(key, &pointer));
      unreported_bytes_ += pointer.stored_size;
      moved = value.substr(0, value.size() - ValuePointer::kSize);  // the time, if there is one
      append_value_pointer(pointer, &moved);
      value = moved;
    }
    uses_.add(pointer, value_record_size(key.size(), pointer));
    if (is_shadowed) shadowed_value_bytes_ += value_record_size(key.size(), pointer);
    return output_.builder->add(key, tag, value);
  }

  Status need_output() {
    if (output_.builder) return Status::ok();
    WOMBAT_ASSIGN(output_, job_.open_output());
    opened_->push_back(output_.number);
    return Status::ok();
  }

  /// Range deletes that are left go to the last output, to one of their own when there is none.
  Status finish_last_output() {
    RangeSet rest = ranges_.take_rest();
    if (!rest.empty()) WOMBAT_TRY(need_output());
    if (!output_.builder) return Status::ok();
    output_.builder->set_ranges(std::move(rest));
    return finish_output();
  }

  Status finish_output() {
    WOMBAT_TRY(output_.builder->finish());
    TableInfo info = table_info_of(output_.builder->properties(), output_.number, incarnation_);
    info.newest_us = job_.newest_us;
    info.values = uses_.take();
    info.shadowed_bytes = std::exchange(shadowed_bytes_, 0);
    info.shadowed_value_bytes = std::exchange(shadowed_value_bytes_, 0);
    if (job_.range_bytes_below) {
      for (const RangeSet::Fragment& fragment : output_.builder->ranges().fragments()) {
        const Bytes upper(fragment.upper);
        info.range_bytes += job_.range_bytes_below(fragment.lower, fragment.has_upper ? &upper : nullptr);
      }
    }
    count_blocks(output_.builder->properties().compression);
    result_.tables.push_back(std::move(info));
    result_.bytes_written += result_.tables.back().file_size;
    output_.builder.reset();
    output_memory_ = 0;
    return Status::ok();
  }

  void count_blocks(const TableCompression& blocks) {
    if (blocks.codec == CodecId::kNone) return;
    result_.blocks.block_count += blocks.block_count;
    result_.blocks.compressed_count += blocks.compressed_count;
    result_.blocks.frame_bytes += blocks.frame_bytes;
    result_.blocks.stored_bytes += blocks.stored_bytes;
    result_.dictionary_count += blocks.dictionary_bytes != 0 ? 1 : 0;
  }

  Status report_progress() {
    const uint64_t bytes = unreported_bytes_;
    unreported_bytes_ = 0;
    output_memory_ = output_.builder ? output_.builder->memory_usage() : 0;
    memory_.set(job_.source_memory + output_memory_);
    return job_.on_progress ? job_.on_progress(bytes) : Status::ok();
  }

  MergeJob& job_;
  uint32_t incarnation_;
  std::vector<uint64_t>* opened_;
  DropRule rule_;
  OutputRanges ranges_;
  MergeResult result_;
  MergeJob::Output output_;
  ByteBuffer last_key_;
  ByteBuffer last_written_key_;
  Timestamp last_timestamp_ = 0;
  std::optional<bool> nothing_below_;  // of last_key_
  bool is_key_written_ = false;        // a version of last_key_ is in the output
  bool is_merge_written_ = false;      // and the last one is a merge
  uint64_t shadowed_bytes_ = 0;        // of the output
  uint64_t shadowed_value_bytes_ = 0;  // of the output
  size_t next_cut_ = 0;                // of job_.cuts
  MergeFold merges_;                   // of last_key_, with nothing below them yet
  std::string folded_;
  std::string changed_;  // by the filter
  std::string aged_;     // by a rule
  std::string base_memory_;
  ValueUses uses_;  // of the output
  MemoryCharge memory_;
  size_t output_memory_ = 0;  // when progress was reported last
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
  info.expiring_count = properties.expiring_count;
  info.expiry_min_us = properties.expiry_min_us;
  info.expiry_max_us = properties.expiry_max_us;
  info.range_count = properties.range_count;
  info.incarnation = incarnation;
  info.smallest_key = properties.smallest_key;
  info.largest_key = properties.largest_key;
  return info;
}

}  // namespace wombat
