#include "env/fork_guard.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace wombat {
namespace {

TEST(ForkGuard, StaysTheSameWithoutFork) { EXPECT_EQ(fork_generation(), fork_generation()); }

TEST(ForkGuard, ChangesInTheChildOnlyAndInEveryGeneration) {
  const uint64_t before = fork_generation();
  const pid_t child = ::fork();
  if (child == 0) {
    const uint64_t in_child = fork_generation();
    const pid_t grandchild = ::fork();
    if (grandchild == 0) ::_exit(fork_generation() == in_child || fork_generation() == before ? 1 : 0);
    int outcome = 1;
    ::waitpid(grandchild, &outcome, 0);
    ::_exit(in_child == before || outcome != 0 || fork_generation() != in_child ? 1 : 0);
  }
  int outcome = 1;
  ASSERT_EQ(::waitpid(child, &outcome, 0), child);
  EXPECT_EQ(outcome, 0);
  EXPECT_EQ(fork_generation(), before);
}

}  // namespace
}  // namespace wombat
