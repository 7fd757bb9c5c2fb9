#include "isolation/dependency_graph.h"

#include <algorithm>

namespace wombat::isolation {

DependencyGraph::DependencyGraph(const HistoryIndex& index, const Observations& observations,
                                 const VersionOrder& order, bool absences_are_reads)
    : index_(index), transaction_count_(index.transaction_count()) {
  link_reads(observations, absences_are_reads);
  link_versions(observations, order);
  link_time();
  sort_links();
}

void DependencyGraph::link(uint32_t from, uint32_t to, EdgeKind kind, uint32_t version) {
  if (from != to) links_.push_back({from, {to, version, kind}});
}

void DependencyGraph::link_reads(const Observations& observations, bool absences_are_reads) {
  for (const Observation& observation : observations.all()) {
    if (!observation.is_resolved || observation.version == kInitial) continue;
    if (observation.is_absence && !absences_are_reads) continue;
    link(index_.versions()[observation.version].transaction, observation.reader, EdgeKind::kRead,
         observation.version);
  }
}

void DependencyGraph::link_versions(const Observations& observations, const VersionOrder& order) {
  // Readers by the version that they read; those of initial states by key, behind the versions.
  const uint32_t version_count = static_cast<uint32_t>(index_.versions().size());
  const auto slot = [&](uint32_t version, uint32_t key) {
    return version == kInitial ? version_count + key : version;
  };
  std::vector<uint32_t> first(version_count + index_.keys().size() + 1, 0);
  for (const Observation& o : observations.all()) {
    if (o.is_resolved) ++first[slot(o.version, o.key) + 1];
  }
  for (size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
  std::vector<const Observation*> readers(first.back());
  std::vector<uint32_t> next(first.begin(), first.end() - 1);
  for (const Observation& o : observations.all()) {
    if (o.is_resolved) readers[next[slot(o.version, o.key)]++] = &o;
  }

  for (uint32_t k = 0; k < index_.keys().size(); ++k) {
    for (const Succession& succession : order.of_key(k)) {
      const uint32_t writer = index_.versions()[succession.after].transaction;
      if (succession.before != kInitial)
        link(index_.versions()[succession.before].transaction, writer, EdgeKind::kOverwrite,
             succession.after);
      const uint32_t read = slot(succession.before, k);
      for (uint32_t i = first[read]; i < first[read + 1]; ++i) {
        const EdgeKind kind = readers[i]->is_predicate ? EdgeKind::kAntiPredicate : EdgeKind::kAntiItem;
        link(readers[i]->reader, writer, kind, succession.after);
      }
    }
  }
}

void DependencyGraph::link_time() {
  std::vector<uint32_t> ended;
  for (uint32_t t = 0; t < transaction_count_; ++t) {
    if (index_.happened(t) && index_.transaction(t).end != kNoEnd) ended.push_back(t);
  }
  const auto end_of = [this](uint32_t t) { return index_.transaction(t).end; };
  std::sort(ended.begin(), ended.end(), [&](uint32_t a, uint32_t b) { return end_of(a) < end_of(b); });
  moment_count_ = static_cast<uint32_t>(ended.size());
  for (uint32_t i = 0; i < moment_count_; ++i) {
    link(ended[i], transaction_count_ + i, EdgeKind::kRealTime, kNone);
    if (i != 0) link(transaction_count_ + i - 1, transaction_count_ + i, EdgeKind::kRealTime, kNone);
  }
  for (uint32_t t = 0; t < transaction_count_; ++t) {
    if (!index_.happened(t)) continue;
    const auto later = std::lower_bound(ended.begin(), ended.end(), index_.transaction(t).start,
                                        [&](uint32_t e, uint64_t start) { return end_of(e) < start; });
    if (later == ended.begin()) continue;
    link(transaction_count_ + static_cast<uint32_t>(later - ended.begin()) - 1, t, EdgeKind::kRealTime,
         kNone);
  }
}

void DependencyGraph::sort_links() {
  first_edge_.assign(transaction_count_ + moment_count_ + 1, 0);
  for (const Link& link : links_) ++first_edge_[link.from + 1];
  for (size_t i = 1; i < first_edge_.size(); ++i) first_edge_[i] += first_edge_[i - 1];
  std::vector<uint32_t> next(first_edge_.begin(), first_edge_.end() - 1);
  edges_.resize(links_.size());
  for (const Link& link : links_) edges_[next[link.from]++] = link.edge;
  links_ = {};
}

}  // namespace wombat::isolation
