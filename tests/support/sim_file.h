/// One file of SimFileSystem, whatever names it has: the bytes readers see, the bytes that would survive a
/// power loss, and the writes in between. Guarded by the mutex of its disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "support/crash_image.h"

namespace wombat {

class SimFile {
 public:
  SimFile() = default;
  /// A file without a writer, all of it durable.
  explicit SimFile(std::shared_ptr<const std::string> content);

  Bytes content() const { return sealed_ ? Bytes(*sealed_) : Bytes(live_); }
  uint64_t size() const { return content().size(); }

  /// Only before seal().
  void write(uint64_t offset, Bytes bytes);
  /// The new size is durable after the next sync. Only before seal().
  void resize(uint64_t size) { live_.resize(size, '\0'); }
  void sync();
  /// What some kernels do when writing back fails: the pages count as clean. Readers still see the bytes, but
  /// no later sync makes them durable (it does make the size durable).
  void lose_unsynced();
  /// The writer is gone; from now on the content is immutable and shared with clones.
  void seal();
  /// Replaces everything, durably.
  void replace(std::string content);

  /// The content after a crash. Shared with this file when there is nothing to decide.
  std::shared_ptr<const std::string> after_crash(CrashPolicy policy, Random* random,
                                                 const std::vector<Bytes>& stale) const;

  bool is_linked() const { return is_linked_; }
  void set_linked(bool linked) { is_linked_ = linked; }
  bool is_locked() const { return is_locked_; }
  void set_locked(bool locked) { is_locked_ = locked; }
  void add_handle() { ++handle_count_; }
  void drop_handle() { --handle_count_; }
  /// True while the file takes space: it has a name or somebody holds it open.
  bool is_alive() const { return is_linked_ || handle_count_ > 0; }

 private:
  std::string live_;                           // the content until it is sealed
  std::shared_ptr<const std::string> sealed_;  // the content afterwards
  bool is_durable_ = false;                    // sealed_ is also the durable image and durable_ is unused
  std::string durable_;
  std::vector<SimWrite> unsynced_;
  bool lost_pages_ = false;
  bool is_linked_ = false;
  bool is_locked_ = false;
  int handle_count_ = 0;
};

}  // namespace wombat
