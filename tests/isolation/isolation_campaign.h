/// Many transactions on one store, in windows with keys and mixes of their own, each checked by itself: so memory stays
/// bounded however many there are.
#pragma once

#include <functional>

#include "isolation/anomaly.h"
#include "isolation/workload_run.h"

namespace wombat::isolation {

struct CampaignOptions {
  IsolationLevel level = IsolationLevel::kSerializable;
  uint64_t seed = 1;
  uint64_t commit_count = 20'000;     // that happened, in all
  uint64_t window_size_max = 50'000;  // transactions
  bool is_interleaved = false;        // by one thread instead of several: see run_interleaved
};

/// A mix of 2 to 16 threads, chosen by the seed: registers or lists, ranges, misses, deletes, contention.
WorkloadOptions random_mix(IsolationLevel level, uint64_t seed);

/// The store for a window; the same one for all, or a new one.
using ClientOfWindow = std::function<Client*(uint32_t window)>;

/// Stops at the first window with a forbidden anomaly. `*failure` says what it was and how to replay it; or what the
/// store refused.
CheckReport run_campaign(const CampaignOptions& options, const ClientOfWindow& client_of,
                         std::string* failure);

}  // namespace wombat::isolation
