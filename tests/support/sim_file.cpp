#include "support/sim_file.h"

#include <utility>

namespace wombat {

SimFile::SimFile(std::shared_ptr<const std::string> content)
    : sealed_(std::move(content)), is_durable_(true) {}

void SimFile::write(uint64_t offset, Bytes bytes) {
  overlay(&live_, offset, bytes);
  if (!bytes.empty()) unsynced_.push_back({offset, std::string(bytes)});
}

void SimFile::sync() {
  if (is_durable_) return;
  for (const SimWrite& write : unsynced_) overlay(&durable_, write.offset, write.bytes);
  durable_.resize(content().size(), '\0');
  unsynced_.clear();
}

void SimFile::lose_unsynced() {
  if (unsynced_.empty()) return;
  unsynced_.clear();
  lost_pages_ = true;
}

void SimFile::seal() {
  if (sealed_) return;
  is_durable_ = unsynced_.empty() && !lost_pages_ && durable_.size() == live_.size();
  sealed_ = std::make_shared<const std::string>(std::move(live_));
  live_ = std::string();
  if (is_durable_) durable_ = std::string();
}

void SimFile::replace(std::string content) {
  unsynced_.clear();
  lost_pages_ = false;
  if (sealed_) {
    sealed_ = std::make_shared<const std::string>(std::move(content));
    is_durable_ = true;
    durable_ = std::string();
  } else {
    live_ = std::move(content);
    durable_ = live_;
  }
}

std::shared_ptr<const std::string> SimFile::after_crash(CrashPolicy policy, Random* random,
                                                        const std::vector<Bytes>& stale) const {
  if (is_durable_) return sealed_;
  return std::make_shared<const std::string>(
      crash_image({durable_, size(), unsynced_}, policy, random, stale));
}

}  // namespace wombat
