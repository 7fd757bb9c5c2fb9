#include "env/machine_memory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/temp_directory.h"

namespace wombat {
namespace {

class MachineMemoryTest : public ::testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    const std::filesystem::path full = directory_.path() + "/" + path;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full, std::ios::binary) << text;
  }
  uint64_t found() const { return control_group_memory(directory_.file("cgroup"), directory_.file("mount")); }
  TempDirectory directory_;
};

TEST_F(MachineMemoryTest, TheMachineHasSome) {
  EXPECT_GT(physical_memory(), uint64_t{1} << 20);
  EXPECT_GT(usable_memory(), 0u);
  EXPECT_LE(usable_memory(), physical_memory());
}

TEST_F(MachineMemoryTest, Version2IsTheLeastOfTheGroupAndThoseAround) {
  write("cgroup", "0::/outer/inner\n");
  EXPECT_EQ(found(), 0u);
  write("mount/outer/inner/memory.max", "max\n");
  EXPECT_EQ(found(), 0u);
  write("mount/outer/memory.max", "268435456\n");
  EXPECT_EQ(found(), 268435456u);
  write("mount/outer/inner/memory.max", "536870912\n");
  EXPECT_EQ(found(), 268435456u);
  write("mount/memory.max", "1048576\n");
  EXPECT_EQ(found(), 1048576u);
}

TEST_F(MachineMemoryTest, Version1HasItsOwnFiles) {
  write("cgroup", "9:name=systemd:/\n4:cpu,memory:/box\n0::/\n");
  write("mount/memory/box/memory.limit_in_bytes", "9223372036854771712\n");  // none
  EXPECT_EQ(found(), 0u);
  write("mount/memory/box/memory.limit_in_bytes", "1073741824\n");
  EXPECT_EQ(found(), 1073741824u);
  write("mount/memory.max", "536870912\n");  // both are in force
  EXPECT_EQ(found(), 536870912u);
}

TEST_F(MachineMemoryTest, InAContainerTheMountIsTheGroup) {
  write("cgroup", "0::/system.slice/docker-1234.scope\n");
  write("mount/memory.max", "134217728");
  EXPECT_EQ(found(), 134217728u);
}

TEST_F(MachineMemoryTest, WhatCannotBeUnderstoodSaysNothing) {
  EXPECT_EQ(found(), 0u);  // no files at all
  for (const char* text : {"", "-5\n", "12x\n", "x\n", "0\n", "99999999999999999999999\n", "\n1000\n"}) {
    write("cgroup", "0::/a\n");
    write("mount/a/memory.max", text);
    EXPECT_EQ(found(), 0u) << text;
  }
  write("mount/a/memory.max", "1000\n");
  EXPECT_EQ(found(), 1000u);
  for (const char* text : {"", "garbage", "0", "0:", "::", "0::", "0::/../../a", ":::::\n\n\n"}) {
    write("cgroup", text);
    EXPECT_EQ(found(), 0u) << text;
  }
  write("cgroup", "0::" + std::string(100'000, '/'));
  EXPECT_EQ(found(), 0u);
}

}  // namespace
}  // namespace wombat
