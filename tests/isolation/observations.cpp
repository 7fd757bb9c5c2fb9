#include "isolation/observations.h"

#include <algorithm>

namespace wombat::isolation {

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
  longest_.assign(index_.keys().size(), nullptr);
  const auto consider = [this](Key key, const Content& content) {
    const uint32_t k = index_.key_index(key);
    if (k != kNone && !content.empty() && (longest_[k] == nullptr || content.size() > longest_[k]->size()))
      longest_[k] = &content;
  };
  for (uint32_t t = 0; t < index_.transaction_count(); ++t) {
    if (!index_.happened(t)) continue;
    for (const Operation& operation : index_.transaction(t).operations) {
      if (operation.kind == OperationKind::kRead) consider(operation.key, operation.content);
      for (const Row& row : operation.rows) consider(row.key, row.content);
    }
  }
}

void Observations::check_longest() {
  Content sorted;
  for (uint32_t k = 0; k < longest_.size(); ++k) {
    if (longest_[k] == nullptr) continue;
    sorted = *longest_[k];
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice == sorted.end()) continue;
    report_->add(AnomalyKind::kDuplicate,
                 "  element " + std::to_string(*twice) + " is twice in the list of key " +
                     std::to_string(index_.keys()[k]) + ": " + to_text(*longest_[k], DataKind::kList));
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
        note_write(reader, index_.key_index(operation.key), operation.value);
        break;
      case OperationKind::kDeleteRange:
        for (uint32_t k = index_.key_lower_bound(operation.key);
             k < index_.keys().size() && index_.keys()[k] < operation.upper; ++k)
          note_write(reader, k, 0);
        break;
      case OperationKind::kDelete:
        note_write(reader, index_.key_index(operation.key), 0);
        break;
    }
  }
}

void Observations::note_write(uint32_t reader, uint32_t key, Value value) {
  for (OwnWrite& own : own_writes_) {
    if (own.key != key) continue;
    own.value = value;
    return;
  }
  own_writes_.push_back({key, value});
  for (size_t i = all_.size(); i-- > first_of_reader_;) {
    if (all_[i].key != key) continue;
    all_[i].own_version = index_.installed_by(reader, key);
    return;
  }
}

const Observations::OwnWrite* Observations::own_write(uint32_t key) const {
  for (const OwnWrite& own : own_writes_) {
    if (own.key == key) return &own;
  }
  return nullptr;
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
    if (next < rows.size() && rows[next].key == key) {
      see(reader, key, rows[next++].content, operation);
    } else if (const OwnWrite* own = own_write(k)) {
      see_own(reader, own->value, {}, operation);
    } else {
      see_absence(reader, k, true);
    }
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
  if (const OwnWrite* own = own_write(k)) return see_own(reader, own->value, content, operation);
  if (content.empty()) return see_absence(reader, k, false);
  if (index_.history().data_kind == DataKind::kList && !check_list(reader, k, content, operation)) return;

  const uint32_t v = index_.version_of(content.back());
  if (v == kNone || index_.versions()[v].key != k)
    return report(
        AnomalyKind::kGarbageRead, reader, operation,
        "nobody wrote " + to_text(content, index_.history().data_kind) + " to key " + std::to_string(key));
  const Version& version = index_.versions()[v];
  if (version.transaction == reader)
    return report(AnomalyKind::kInternal, reader, operation, "it sees a write that it makes only later");
  const std::string writer = "T" + std::to_string(version.transaction);
  if (index_.transaction(version.transaction).outcome == Outcome::kAborted)
    return report(AnomalyKind::kG1a, reader, operation,
                  writer + " wrote " + std::to_string(version.value) + " to key " + std::to_string(key) +
                      " and aborted");
  Observation observation = {.reader = reader, .key = k, .version = v};
  if (!version.is_installed) {
    report(AnomalyKind::kG1b, reader, operation,
           writer + " overwrote " + std::to_string(version.value) + " of key " + std::to_string(key) +
               " before it committed");
    observation.version =
        index_.installed_by(version.transaction, k);  // for the dependency; it did read of it
  }
  all_.push_back(observation);
}

bool Observations::check_list(uint32_t reader, uint32_t key, const Content& content,
                              const Operation& operation) {
  for (const Value element : content) {
    const uint32_t v = index_.version_of(element);
    if (v == kNone || index_.versions()[v].key != key) {
      report(AnomalyKind::kGarbageRead, reader, operation,
             "nobody appended " + to_text({element}, DataKind::kRegister) + " to key " +
                 std::to_string(index_.keys()[key]));
      return false;
    }
    const uint32_t writer = index_.versions()[v].transaction;
    if (element != content.back() && index_.transaction(writer).outcome == Outcome::kAborted) {
      report(AnomalyKind::kG1a, reader, operation,
             "T" + std::to_string(writer) + " appended " + std::to_string(element) + " and aborted");
      return false;
    }
  }
  const Content& longest = *longest_[key];
  if (std::equal(content.begin(), content.end(), longest.begin())) return true;
  report(AnomalyKind::kIncompatibleOrder, reader, operation,
         "another read of key " + std::to_string(index_.keys()[key]) + " found " +
             to_text(longest, DataKind::kList));
  return false;
}

void Observations::see_own(uint32_t reader, Value own, const Content& content, const Operation& operation) {
  if (own == 0 ? content.empty() : !content.empty() && content.back() == own) return;
  report(AnomalyKind::kInternal, reader, operation,
         own == 0 ? "it had deleted the key" : "it had written " + std::to_string(own));
}

void Observations::see_absence(uint32_t reader, uint32_t key, bool is_range) {
  all_.push_back({.reader = reader,
                  .key = key,
                  .is_predicate = is_range,
                  .is_absence = true,
                  .is_resolved = !has_tombstone_[key]});
}

void Observations::report(AnomalyKind kind, uint32_t reader, const Operation& operation,
                          const std::string& what) {
  if (!report_->wants(kind)) return report_->count_only(kind);
  report_->add(kind, "  " + to_text(index_.transaction(reader), reader, index_.history().data_kind) + "\n  " +
                         to_text(operation, index_.history().data_kind) + ", but " + what);
}

}  // namespace wombat::isolation
