/// Queues through which the kernel takes many reads at a time (io_uring), where the library was found at build time and
/// the kernel lets us. Everything works without.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace wombat {

/// Any thread. In the child of a fork the queues of the parent are not used.
class ReadRings {
 public:
  static constexpr size_t kDepth = 64;

  struct Item {
    int descriptor;
    uint64_t offset;
    char* out;
    uint32_t size;
    int32_t result;  // bytes read, or a negative number of an error
  };

  ReadRings();
  ~ReadRings();
  ReadRings(const ReadRings&) = delete;
  ReadRings& operator=(const ReadRings&) = delete;

  /// Issues at most kDepth reads and waits for all of them. False: nothing was read, and somebody else has to.
  bool run(Item* items, size_t count);
  /// Whether run() may be worth a try. False for ever after the kernel has refused.
  bool is_usable() const noexcept;
  /// Whether the library was there when this was built.
  static bool is_built() noexcept;
  /// For tests: as if the kernel answered each wish for a queue with this number of an error; 0: no longer.
  static void refuse_for_tests(int os_error) noexcept;

 private:
  struct Ring;
  std::unique_ptr<Ring> take();
  void give_back(std::unique_ptr<Ring> ring);

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Ring>> idle_;  // guarded by mutex_
  bool is_refused_ = false;                  // guarded by mutex_
};

}  // namespace wombat
