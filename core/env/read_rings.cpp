#include "env/read_rings.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "base/check.h"
#include "env/fork_guard.h"

#ifdef WOMBAT_HAVE_URING
#include <liburing.h>
#endif

namespace wombat {

namespace {

/// Kept for the next reads; more are made when as many threads read at the same time.
[[maybe_unused]] constexpr size_t kIdleMax = 8;

std::atomic<int> refusal_for_tests{0};

}  // namespace

#ifdef WOMBAT_HAVE_URING

struct ReadRings::Ring {
  io_uring ring{};
  bool is_ready = false;
  bool is_broken = false;
  const uint64_t fork_generation = noticed_fork_generation();

  Ring() {
    is_ready = refusal_for_tests.load(std::memory_order_relaxed) == 0 &&
               ::io_uring_queue_init(static_cast<unsigned>(kDepth), &ring, 0) == 0;
    if (is_ready) static_cast<void>(::io_uring_ring_dontfork(&ring));
  }
  ~Ring() {
    if (!is_ready) return;
    if (noticed_fork_generation() == fork_generation) {
      ::io_uring_queue_exit(&ring);
    } else {
      ::close(ring.ring_fd);  // the rest did not come along into the child
    }
  }

  /// Returns how many the kernel has taken.
  size_t submit(Item* items, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      io_uring_sqe* const entry = ::io_uring_get_sqe(&ring);
      WOMBAT_CHECK(entry != nullptr);  // the queue is empty between runs, and as deep as a run is long
      ::io_uring_prep_read(entry, items[i].descriptor, items[i].out, items[i].size, items[i].offset);
      ::io_uring_sqe_set_data(entry, &items[i]);
      items[i].result = -EAGAIN;
    }
    size_t submitted = 0;
    while (submitted < count) {
      const int taken = ::io_uring_submit_and_wait(&ring, static_cast<unsigned>(count - submitted));
      if (taken == -EINTR) continue;
      if (taken <= 0) {
        is_broken = true;  // entries that were not taken are left in the queue
        break;
      }
      submitted += static_cast<size_t>(taken);
    }
    return submitted;
  }

  /// The kernel writes into memory of the caller until the last one has come back.
  void collect(size_t submitted) {
    while (submitted != 0) {
      io_uring_cqe* done = nullptr;
      const int waited = ::io_uring_wait_cqe(&ring, &done);
      if (waited == -EINTR || waited == -EAGAIN) continue;
      WOMBAT_CHECK(waited == 0);
      static_cast<Item*>(::io_uring_cqe_get_data(done))->result = done->res;
      ::io_uring_cqe_seen(&ring, done);
      --submitted;
    }
  }
};

bool ReadRings::is_built() noexcept { return true; }

std::unique_ptr<ReadRings::Ring> ReadRings::take() {
  {
    std::lock_guard lock(mutex_);
    if (is_refused_) return nullptr;
    while (!idle_.empty()) {
      std::unique_ptr<Ring> ring = std::move(idle_.back());
      idle_.pop_back();
      if (ring->fork_generation == noticed_fork_generation()) return ring;
    }
    idle_.reserve(kIdleMax);  // giving back takes no memory
  }
  auto ring = std::make_unique<Ring>();
  if (ring->is_ready) return ring;
  std::lock_guard lock(mutex_);
  is_refused_ = true;
  return nullptr;
}

void ReadRings::give_back(std::unique_ptr<Ring> ring) {
  if (ring->is_broken) return;
  std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleMax) idle_.push_back(std::move(ring));
}

bool ReadRings::run(Item* items, size_t count) {
  WOMBAT_CHECK(count <= kDepth);
  std::unique_ptr<Ring> ring = take();
  if (ring == nullptr) return false;
  ring->collect(ring->submit(items, count));
  give_back(std::move(ring));
  return true;
}

#else

struct ReadRings::Ring {};

bool ReadRings::is_built() noexcept { return false; }
bool ReadRings::run(Item*, size_t) { return false; }

#endif

/// Forks are noticed from here on.
ReadRings::ReadRings() : is_refused_(!is_built()) { static_cast<void>(fork_generation()); }
ReadRings::~ReadRings() = default;

void ReadRings::refuse_for_tests(int os_error) noexcept {
  refusal_for_tests.store(os_error, std::memory_order_relaxed);
}

bool ReadRings::is_usable() const noexcept {
  std::lock_guard lock(mutex_);
  return !is_refused_;
}

}  // namespace wombat
