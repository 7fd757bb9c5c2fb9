#include "isolation/observations.h"

#include <algorithm>

namespace wombat::isolation {

namespace {

/// The part of a list before the first element that the reader itself appended.
std::span<const Value> before_own(const HistoryIndex& index, uint32_t reader, const Content& content) {
  size_t size = 0;
  while (size < content.size()) {
    const uint32_t v = index.version_of(content[size]);
    if (v != kNone && index.versions()[v].transaction == reader) break;
    ++size;
  }
  return {content.data(), size};
}

Content copy_of(std::span<const Value> content) { return {content.begin(), content.end()}; }

}  // namespace

Observations::Observations(const HistoryIndex& index, CheckReport* report) : index_(index), report_(report) {
  has_tombstone_.assign(index.keys().size(), false);
  for (const Version& version : index.versions()) {
    const bool possible = index.transaction(version.transaction).outcome != Outcome::kAborted;
    if (version.is_tombstone() && version.is_installed && possible) has_tombstone_[version.key] = true;
  }
  if (index.history().data_kind == DataKind::kList) {
    find_longest();
    check_longest();
  }
  for (uint32_t t = 0; t < index.transaction_count(); ++t) {
    if (index.happened(t)) walk(t);
  }
}

void Observations::find_longest() {
  longest_.assign(index_.keys().size(), {});
  const auto consider = [this](uint32_t reader, Key key, const Content& content) {
    const uint32_t k = index_.key_index(key);
    if (k == kNone || content.size() <= longest_[k].size()) return;
    const std::span<const Value> seen = before_own(index_, reader, content);
    if (seen.size() > longest_[k].size()) longest_[k] = seen;
  };
  for (uint32_t t = 0; t < index_.transaction_count(); ++t) {
    if (!index_.happened(t)) continue;
    for (const Operation& operation : index_.transaction(t).operations) {
      if (operation.kind == OperationKind::kRead) consider(t, operation.key, operation.content);
      for (const Row& row : operation.rows) consider(t, row.key, row.content);
    }
  }
}

void Observations::check_longest() {
  Content sorted;
  for (uint32_t k = 0; k < longest_.size(); ++k) {
    sorted = copy_of(longest_[k]);
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice == sorted.end()) continue;
    report_->add(AnomalyKind::kDuplicate, "  element " + std::to_string(*twice) +
                                              " is twice in the list of key " +
                                              std::to_string(index_.keys()[k]) + ": " +
                                              to_text(copy_of(longest_[k]), DataKind::kList));
  }
}

void Observations::walk(uint32_t reader) {
  own_writes_.clear();
  first_of_reader_ = all_.size();
  for (const Operation& operation : index_.transaction(reader).operations) {
    switch (operation.kind) {
      case OperationKind::kRead:
        see(reader, operation.key, operation.content, operation);
        break;
      case OperationKind::kRangeRead:
        see_range(reader, operation);
        break;
      case OperationKind::kWrite:
      case OperationKind::kAppend:
      case OperationKind::kDelete:
        note_write(reader, index_.key_index(operation.key), operation);
        break;
      case OperationKind::kDeleteRange:
        for (uint32_t k = index_.key_lower_bound(operation.key);
             k < index_.keys().size() && index_.keys()[k] < operation.upper; ++k)
          note_write(reader, k, operation);
        break;
      case OperationKind::kSavepoint:
        own_writes_.set_savepoint();
        break;
      case OperationKind::kRollback:
        own_writes_.roll_back();
        break;
      case OperationKind::kRelease:
        own_writes_.release();
        break;
    }
  }
}

void Observations::note_write(uint32_t reader, uint32_t key, const Operation& operation) {
  const bool is_first = own_writes_.find(key) == nullptr;
  const bool is_list = index_.history().data_kind == DataKind::kList;
  if (operation.value == 0) {
    own_writes_.remove(key);
  } else if (is_list && operation.kind == OperationKind::kAppend) {
    own_writes_.append(key, operation.value);
  } else {
    own_writes_.put(key, operation.value);
  }
  if (!is_first) return;
  for (size_t i = all_.size(); i-- > first_of_reader_;) {
    if (all_[i].key != key) continue;
    all_[i].own_version = index_.installed_by(reader, key);
    return;
  }
}

/// A range read observes every key within its bounds, those that it did not find as well.
void Observations::see_range(uint32_t reader, const Operation& operation) {
  size_t next = 0;
  const auto& rows = operation.rows;
  for (uint32_t k = index_.key_lower_bound(operation.key);
       k < index_.keys().size() && index_.keys()[k] < operation.upper; ++k) {
    const Key key = index_.keys()[k];
    for (; next < rows.size() && rows[next].key < key; ++next)
      report(AnomalyKind::kGarbageRead, reader, operation,
             "nobody wrote key " + std::to_string(rows[next].key));
    const bool is_found = next < rows.size() && rows[next].key == key;
    see(reader, key, is_found ? rows[next++].content : Content(), operation);
  }
  for (; next < rows.size(); ++next)
    report(AnomalyKind::kGarbageRead, reader, operation,
           "nobody wrote key " + std::to_string(rows[next].key) + ", or it is out of bounds or out of order");
}

void Observations::see(uint32_t reader, Key key, const Content& content, const Operation& operation) {
  const uint32_t k = index_.key_index(key);
  if (k == kNone) {
    if (!content.empty())
      report(AnomalyKind::kGarbageRead, reader, operation, "nobody wrote key " + std::to_string(key));
    return;  // nobody ever wrote it: nothing can depend on its absence
  }
  for (const Value value : content) {
    if (own_writes_.is_undone(value))
      return report(AnomalyKind::kInternal, reader, operation,
                    "it had rolled back " + std::to_string(value) + " to a savepoint");
  }
  const OwnWrite* const own = own_writes_.find(k);
  if (own != nullptr) return see_own(reader, *own, content, operation);
  see_others(reader, k, content, operation);
}

/// Behind the state that others left, a list shows what the transaction has appended to it.
void Observations::see_own(uint32_t reader, const OwnWrite& own, const Content& content,
                           const Operation& operation) {
  const std::span<const Value> others =
      own.is_whole ? std::span<const Value>() : before_own(index_, reader, content);
  if (!std::equal(content.begin() + static_cast<ptrdiff_t>(others.size()), content.end(), own.values.begin(),
                  own.values.end()))
    return report(AnomalyKind::kInternal, reader, operation,
                  own.values.empty() ? "it had deleted the key"
                                     : "it had written " + to_text(own.values, index_.history().data_kind));
  if (!own.is_whole) see_others(reader, own.key, others, operation);
}

void Observations::see_others(uint32_t reader, uint32_t key, std::span<const Value> content,
                              const Operation& operation) {
  if (content.empty()) return see_absence(reader, key, operation);
  const DataKind data_kind = index_.history().data_kind;
  if (data_kind == DataKind::kList && !check_list(reader, key, content, operation)) return;
  const uint32_t v = index_.version_of(content.back());
  if (v == kNone || index_.versions()[v].key != key)
    return report(AnomalyKind::kGarbageRead, reader, operation,
                  "nobody wrote " + to_text(copy_of(content), data_kind) + " to key " +
                      std::to_string(index_.keys()[key]));
  if (!is_possible(reader, v, operation)) return;
  const Version& version = index_.versions()[v];
  Observation observation = {
      .reader = reader, .key = key, .version = v, .is_for_update = operation.is_for_update};
  if (!version.is_installed) {
    report(AnomalyKind::kG1b, reader, operation,
           "T" + std::to_string(version.transaction) + " overwrote " + std::to_string(version.value) +
               " of key " + std::to_string(index_.keys()[key]) + " before it committed");
    observation.version =
        index_.installed_by(version.transaction, key);  // for the dependency; it did read of it
  }
  all_.push_back(observation);
}

/// Whether there was ever anything of it to be seen by another than its writer.
bool Observations::is_possible(uint32_t reader, uint32_t version, const Operation& operation) {
  const Version& seen = index_.versions()[version];
  const std::string what = "T" + std::to_string(seen.transaction) + " wrote " + std::to_string(seen.value) +
                           " to key " + std::to_string(index_.keys()[seen.key]);
  if (seen.transaction == reader) {
    report(AnomalyKind::kInternal, reader, operation, "it sees a write that it makes only later");
  } else if (index_.transaction(seen.transaction).outcome == Outcome::kAborted) {
    report(AnomalyKind::kG1a, reader, operation, what + " and aborted");
  } else if (seen.is_undone) {
    report(AnomalyKind::kG1a, reader, operation, what + " and rolled it back to a savepoint");
  } else {
    return true;
  }
  return false;
}

bool Observations::check_list(uint32_t reader, uint32_t key, std::span<const Value> content,
                              const Operation& operation) {
  for (const Value element : content) {
    const uint32_t v = index_.version_of(element);
    if (v == kNone || index_.versions()[v].key != key) {
      report(AnomalyKind::kGarbageRead, reader, operation,
             "nobody appended " + to_text({element}, DataKind::kRegister) + " to key " +
                 std::to_string(index_.keys()[key]));
      return false;
    }
    if (element != content.back() && !is_possible(reader, v, operation)) return false;
  }
  const std::span<const Value> longest = longest_[key];
  if (content.size() <= longest.size() && std::equal(content.begin(), content.end(), longest.begin()))
    return true;
  report(AnomalyKind::kIncompatibleOrder, reader, operation,
         "another read of key " + std::to_string(index_.keys()[key]) + " found " +
             to_text(copy_of(longest), DataKind::kList));
  return false;
}

void Observations::see_absence(uint32_t reader, uint32_t key, const Operation& operation) {
  all_.push_back({.reader = reader,
                  .key = key,
                  .is_predicate = operation.kind == OperationKind::kRangeRead,
                  .is_absence = true,
                  .is_for_update = operation.is_for_update,
                  .is_resolved = !has_tombstone_[key]});
}

void Observations::report(AnomalyKind kind, uint32_t reader, const Operation& operation,
                          const std::string& what) {
  if (!report_->wants(kind)) return report_->count_only(kind);
  report_->add(kind, "  " + to_text(index_.transaction(reader), reader, index_.history().data_kind) + "\n  " +
                         to_text(operation, index_.history().data_kind) + ", but " + what);
}

}  // namespace wombat::isolation
