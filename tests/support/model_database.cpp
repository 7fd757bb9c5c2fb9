#include "support/model_database.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "support/allocation_exempt.h"

namespace wombat {

namespace {

/// States are hashed as the sum over their rows, so that a commit updates the hash in place.
uint64_t row_hash(const std::string& key, const std::optional<std::string>& value) {
  if (!value) return 0;
  uint64_t z = std::hash<std::string>()(key) * 0x9E3779B97F4A7C15ull + std::hash<std::string>()(*value);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

uint64_t rows_hash(const ModelRows& rows) {
  uint64_t sum = 0;
  for (const auto& [key, value] : rows) sum += row_hash(key, value);
  return sum;
}

uint64_t number_of(const std::string& bytes) {
  uint64_t number = 0;
  for (size_t i = bytes.size(); i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

/// What wombat.h says of the operators, in other words than theirs. "test_join" is the program's own.
std::string merged(const std::string& name, const std::optional<std::string>& value,
                   const std::string& operand) {
  if (name == "test_join") return "<" + value.value_or("-") + operand + ">";
  if (!value) return operand;
  if (name == "append") return *value + operand;
  if (name.starts_with("append:")) return *value + name.substr(7) + operand;
  if (name == "set_if_absent") return *value;
  if (name == "bytes_min") return std::min(*value, operand);
  if (name == "bytes_max") return std::max(*value, operand);
  if (name == "bit_or") {
    std::string both(std::max(value->size(), operand.size()), '\0');
    for (size_t i = 0; i < both.size(); ++i) {
      if (i < value->size()) both[i] = static_cast<char>(both[i] | (*value)[i]);
      if (i < operand.size()) both[i] = static_cast<char>(both[i] | operand[i]);
    }
    return both;
  }
  const uint64_t a = number_of(*value);
  const uint64_t b = number_of(operand);
  WOMBAT_CHECK(value->size() == 8 && operand.size() == 8);
  if (name == "int64_min") return static_cast<int64_t>(b) < static_cast<int64_t>(a) ? operand : *value;
  if (name == "int64_max") return static_cast<int64_t>(b) > static_cast<int64_t>(a) ? operand : *value;
  WOMBAT_CHECK(name == "int64_add");
  std::string sum(8, '\0');
  for (size_t i = 0; i < 8; ++i) sum[i] = static_cast<char>((a + b) >> (8 * i));
  return sum;
}

/// One line for each key on which the two disagree, `found` being the recovered side.
std::vector<std::string> differences(const ModelRows& expected, const ModelRows& found) {
  std::vector<std::string> lines;
  auto e = expected.begin();
  auto f = found.begin();
  while (e != expected.end() || f != found.end()) {
    if (f == found.end() || (e != expected.end() && e->first < f->first)) {
      lines.push_back("key " + escape_bytes(e->first) + " is missing, expected " + escape_bytes(e->second));
      ++e;
    } else if (e == expected.end() || f->first < e->first) {
      lines.push_back("key " + escape_bytes(f->first) + " should not exist, found " +
                      escape_bytes(f->second));
      ++f;
    } else {
      if (e->second != f->second) {
        lines.push_back("key " + escape_bytes(e->first) + ": expected " + escape_bytes(e->second) +
                        ", found " + escape_bytes(f->second));
      }
      ++e;
      ++f;
    }
  }
  return lines;
}

}  // namespace

uint64_t ModelDatabase::apply(const std::vector<ModelOperation>& batch) {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(mutex_);
  const uint64_t version = base_version_ + commits_.size() + 1;
  Commit commit;
  commit.state_hash = commits_.empty() ? base_hash_ : commits_.back().state_hash;
  for (const ModelOperation& operation : batch) {
    switch (operation.kind) {
      case ModelOperation::Kind::kPut:
        has_expiring_ = has_expiring_ || operation.ticks != 0;
        change(keys_.try_emplace(operation.key).first,
               {version, operation.value, operation.ticks == 0 ? 0 : now_ + operation.ticks, {}}, &commit);
        break;
      case ModelOperation::Kind::kDelete:
        change(keys_.try_emplace(operation.key).first, {version, std::nullopt, 0, {}}, &commit);
        break;
      case ModelOperation::Kind::kDeleteRange:
        change_range(operation, version, &commit);
        break;
      case ModelOperation::Kind::kMerge:
        change(keys_.try_emplace(operation.key).first,
               {version, operation.value, 0, operation.merge_operator}, &commit);
        break;
    }
  }
  commits_.push_back(std::move(commit));
  return version;
}

void ModelDatabase::change(Keys::iterator key, Change next, Commit* commit) {
  Changes& changes = key->second;
  const uint64_t version = next.version;
  commit->state_hash -= row_hash(key->first, value_at(changes, version, {}, kBeforeAllTime));
  if (changes.empty() || changes.back().version != version) commit->changed.push_back(key);
  if (next.merge_operator.empty())
    std::erase_if(changes, [&](const Change& change) { return change.version == version; });
  changes.push_back(std::move(next));
  commit->state_hash += row_hash(key->first, value_at(changes, version, {}, kBeforeAllTime));
}

void ModelDatabase::change_range(const ModelOperation& operation, uint64_t version, Commit* commit) {
  for (auto key = keys_.lower_bound(operation.key);
       key != keys_.end() && (!operation.has_end || key->first < operation.value); ++key) {
    change(key, {version, std::nullopt, 0, {}}, commit);
  }
}

void ModelDatabase::tick() {
  std::lock_guard<std::mutex> guard(mutex_);
  ++now_;
}

uint64_t ModelDatabase::now() const {
  std::lock_guard<std::mutex> guard(mutex_);
  return now_;
}

bool ModelDatabase::expires(const std::string& key) const {
  std::lock_guard<std::mutex> guard(mutex_);
  const auto found = keys_.find(key);
  if (found == keys_.end()) return false;
  for (auto change = found->second.rbegin(); change != found->second.rend(); ++change) {
    if (change->merge_operator.empty()) return change->expires_at > now_;
  }
  return false;
}

uint64_t ModelDatabase::version() const {
  std::lock_guard<std::mutex> guard(mutex_);
  return base_version_ + commits_.size();
}

ModelDatabase::Changes::const_iterator ModelDatabase::base_of(const Changes& changes, uint64_t at,
                                                              const Without& without,
                                                              std::vector<const Change*>* merges) {
  auto after = std::upper_bound(changes.begin(), changes.end(), at,
                                [](uint64_t version, const Change& c) { return version < c.version; });
  while (after != changes.begin()) {
    --after;
    if (without.count(after->version) != 0) continue;
    if (after->merge_operator.empty()) return after;
    merges->push_back(&*after);
  }
  return changes.end();
}

std::optional<std::string> ModelDatabase::value_at(const Changes& changes, uint64_t at,
                                                   const Without& without, uint64_t now) {
  std::vector<const Change*> merges;
  std::optional<std::string> value;
  const auto base = base_of(changes, at, without, &merges);
  if (base != changes.end() && (base->expires_at == 0 || base->expires_at > now)) value = base->value;
  for (auto merge = merges.rbegin(); merge != merges.rend(); ++merge)
    value = merged((*merge)->merge_operator, value, *(*merge)->value);
  return value;
}

std::vector<ModelOperation> ModelDatabase::rebuild(uint64_t at, const std::set<uint64_t>& without) const {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(mutex_);
  std::vector<ModelOperation> operations;
  for (const auto& [key, changes] : keys_) {
    std::vector<const Change*> merges;
    const auto base = base_of(changes, at, without, &merges);
    if (base != changes.end() && base->value && (base->expires_at == 0 || base->expires_at > now_)) {
      const uint64_t ticks = base->expires_at == 0 ? 0 : base->expires_at - now_;
      operations.push_back(ModelOperation::put_expiring(key, *base->value, ticks));
    }
    for (auto merge = merges.rbegin(); merge != merges.rend(); ++merge)
      operations.push_back(ModelOperation::merge((*merge)->merge_operator, key, *(*merge)->value));
  }
  return operations;
}

std::vector<std::string> ModelDatabase::keys() const {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(mutex_);
  std::vector<std::string> keys;
  for (const auto& [key, changes] : keys_) keys.push_back(key);
  return keys;
}

std::optional<std::string> ModelDatabase::get(const std::string& key, uint64_t at) const {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(mutex_);
  const auto found = keys_.find(key);
  return found == keys_.end() ? std::nullopt : value_at(found->second, at, {}, now_);
}

ModelRows ModelDatabase::scan(const std::string& begin, const std::string& end, uint64_t at) const {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(mutex_);
  ModelRows rows;
  for (auto key = keys_.lower_bound(begin); key != keys_.end() && (end.empty() || key->first < end); ++key) {
    const std::optional<std::string> value = value_at(key->second, at, {}, now_);
    if (value) rows.emplace_hint(rows.end(), key->first, *value);
  }
  return rows;
}

void ModelDatabase::forget_before(uint64_t oldest_needed) {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(mutex_);
  oldest_needed = std::min(oldest_needed, base_version_ + commits_.size());
  if (oldest_needed <= base_version_) return;
  WOMBAT_CHECK(uncertain_.empty() || *uncertain_.begin() > oldest_needed);
  const size_t count = oldest_needed - base_version_;
  for (size_t i = 0; i < count; ++i) {
    for (const Keys::iterator key : commits_[i].changed) {
      Changes& changes = key->second;
      const auto first_needed = std::find_if(changes.begin(), changes.end(),
                                             [&](const Change& c) { return c.version > oldest_needed; });
      if (first_needed == changes.begin()) continue;
      auto last_needed = first_needed - 1;  // with all that it builds on
      while (last_needed != changes.begin() &&
             (!last_needed->merge_operator.empty() || (last_needed - 1)->version == last_needed->version)) {
        --last_needed;
      }
      changes.erase(changes.begin(), last_needed);
    }
  }
  base_hash_ = commits_[count - 1].state_hash;
  base_version_ = oldest_needed;
  commits_.erase(commits_.begin(), commits_.begin() + static_cast<long>(count));
}

void ModelDatabase::mark_durable(uint64_t version) {
  std::lock_guard<std::mutex> guard(mutex_);
  durable_version_ = std::max(durable_version_, version);
}

void ModelDatabase::mark_uncertain(uint64_t version) {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(mutex_);
  uncertain_.insert(version);
  WOMBAT_CHECK(uncertain_.size() <= kUncertainCountMax);
}

void ModelDatabase::resolve(uint64_t version, bool happened) {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(mutex_);
  uncertain_.erase(version);
  if (happened) return;
  WOMBAT_CHECK(version > base_version_ && version <= base_version_ + commits_.size());
  const std::vector<uint64_t> hashes =
      state_hashes(base_version_ + commits_.size(), {version}, kBeforeAllTime);
  for (size_t i = 0; i < commits_.size(); ++i) commits_[i].state_hash = hashes[i + 1];
  std::vector<Keys::iterator>& changed = commits_[version - base_version_ - 1].changed;
  for (const Keys::iterator key : changed) {
    std::erase_if(key->second, [&](const Change& change) { return change.version == version; });
  }
  changed.clear();
}

uint64_t ModelDatabase::durable_version() const {
  std::lock_guard<std::mutex> guard(mutex_);
  return durable_version_;
}

std::optional<std::string> ModelDatabase::check_prefix(const ModelRows& recovered, Match* match) const {
  return check_prefix(recovered, durable_version(), version(), match);
}

std::optional<std::string> ModelDatabase::check_prefix(const ModelRows& recovered, uint64_t durable,
                                                       uint64_t newest, Match* match, uint64_t now) const {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(mutex_);
  if (now == 0) now = now_;
  durable = std::max(durable, base_version_);
  WOMBAT_CHECK(durable <= newest && newest <= base_version_ + commits_.size());
  const auto found = find(rows_hash(recovered), durable, newest, now);
  if (!found) return explain(recovered, durable, newest, now);
  if (match != nullptr) *match = *found;
  return std::nullopt;
}

std::vector<uint64_t> ModelDatabase::state_hashes(uint64_t newest, const Without& without,
                                                  uint64_t now) const {
  const bool has_time = has_expiring_ && now != kBeforeAllTime;
  std::vector<uint64_t> hashes = {has_time ? rows_hash(rows_at(base_version_, {}, now)) : base_hash_};
  std::unordered_map<const Changes*, uint64_t> rows;  // hashes of the rows that differ from the base by now
  for (uint64_t version = base_version_ + 1; version <= newest; ++version) {
    const Commit& commit = commits_[version - base_version_ - 1];
    uint64_t hash = hashes.back();
    if (without.empty() && !has_time) {
      hash = commit.state_hash;
    } else if (without.count(version) == 0) {
      for (const Keys::iterator key : commit.changed) {
        const auto [row, is_new] = rows.try_emplace(&key->second);
        if (is_new) row->second = row_hash(key->first, value_at(key->second, base_version_, {}, now));
        hash -= row->second;
        row->second = row_hash(key->first, value_at(key->second, version, without, now));
        hash += row->second;
      }
    }
    hashes.push_back(hash);
  }
  return hashes;
}

std::optional<ModelDatabase::Match> ModelDatabase::find(uint64_t state_hash, uint64_t lowest, uint64_t newest,
                                                        uint64_t now) const {
  const std::vector<uint64_t> uncertain(uncertain_.begin(), uncertain_.upper_bound(newest));
  for (size_t subset = 0; subset < size_t{1} << uncertain.size(); ++subset) {
    std::set<uint64_t> without;
    for (size_t i = 0; i < uncertain.size(); ++i) {
      if ((subset >> i & 1) != 0) without.insert(uncertain[i]);
    }
    const std::vector<uint64_t> hashes = state_hashes(newest, without, now);
    for (uint64_t version = newest + 1; version-- > lowest;) {
      if (hashes[version - base_version_] != state_hash) continue;
      without.erase(without.upper_bound(version), without.end());
      return Match{version, std::move(without)};
    }
  }
  return std::nullopt;
}

ModelRows ModelDatabase::rows_at(uint64_t at, const Without& without, uint64_t now) const {
  ModelRows rows;
  for (const auto& [key, changes] : keys_) {
    const std::optional<std::string> value = value_at(changes, at, without, now);
    if (value) rows.emplace_hint(rows.end(), key, *value);
  }
  return rows;
}

std::string ModelDatabase::explain(const ModelRows& recovered, uint64_t durable, uint64_t newest,
                                   uint64_t now) const {
  const std::string range = "commits up to " + std::to_string(durable) + " are durable, " +
                            std::to_string(newest) + " is the newest; ";
  if (const auto older = find(rows_hash(recovered), base_version_, newest, now)) {
    return range + "the recovered state is the one after " + std::to_string(older->version) +
           ": acknowledged commits were lost";
  }
  constexpr uint64_t kCandidatesMax = 64;
  const uint64_t step = (newest - durable) / kCandidatesMax + 1;
  std::vector<std::string> best;
  uint64_t best_version = 0;
  for (uint64_t version = newest;; version -= step) {
    std::vector<std::string> lines = differences(rows_at(version, {}, now), recovered);
    if (version == newest || lines.size() < best.size()) {
      best = std::move(lines);
      best_version = version;
    }
    if (version - durable < step) break;
  }
  std::string text = range + "the recovered state (" + std::to_string(recovered.size()) +
                     " rows) is that after no prefix; closest is " + std::to_string(best_version) + " with " +
                     std::to_string(best.size()) + " differences:";
  for (size_t i = 0; i < best.size() && i < 8; ++i) text += "\n  " + best[i];
  return text;
}

void ModelDatabase::adopt(const Match& match) {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(mutex_);
  for (auto key = keys_.begin(); key != keys_.end();) {
    std::erase_if(key->second, [&](const Change& change) {
      return change.version > match.version || match.did_not_happen.count(change.version) != 0;
    });
    key = key->second.empty() ? keys_.erase(key) : std::next(key);
  }
  // Older versions stay readable for snapshots, but the prefixes that can be matched start here.
  commits_.clear();
  uncertain_.clear();
  base_version_ = match.version;
  base_hash_ = rows_hash(rows_at(match.version, {}, kBeforeAllTime));
  durable_version_ = match.version;
}

}  // namespace wombat
