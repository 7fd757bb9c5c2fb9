#include "distribution.h"

#include <cmath>
#include <numeric>
#include <utility>

namespace wombat::bench {

Zipfian::Zipfian(uint64_t count, double theta) : count_(count), theta_(theta) {
  for (uint64_t i = 1; i <= count; ++i) {
    zeta_count_ += 1.0 / std::pow(static_cast<double>(i), theta);
    if (i <= 2) zeta_two_ = zeta_count_;
  }
  alpha_ = 1.0 / (1.0 - theta);
  eta_ = (1.0 - std::pow(2.0 / static_cast<double>(count), 1.0 - theta)) / (1.0 - zeta_two_ / zeta_count_);
}

uint64_t Zipfian::next(BenchRandom& random) const {
  const double u = random.unit();
  const double uz = u * zeta_count_;
  if (count_ < 3 || uz < 1.0) return uz < 1.0 || count_ < 2 ? 0 : 1;
  if (uz < zeta_two_) return 1;
  const double rank = static_cast<double>(count_) * std::pow(eta_ * u - eta_ + 1.0, alpha_);
  return rank < static_cast<double>(count_) ? static_cast<uint64_t>(rank) : count_ - 1;
}

std::vector<uint64_t> shuffled(uint64_t count, BenchRandom& random) {
  std::vector<uint64_t> order(count);
  std::iota(order.begin(), order.end(), uint64_t{0});
  for (uint64_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

}  // namespace wombat::bench
