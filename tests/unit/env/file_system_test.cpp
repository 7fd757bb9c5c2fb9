#include "env/file_system.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

namespace wombat {
namespace {

class TextFile final : public ReadableFile {
 public:
  explicit TextFile(std::string text) : text_(std::move(text)) {}
  Result<size_t> read_at(uint64_t offset, size_t size, char* out) const override {
    if (fails) return Status::from_errno(EIO, "read", "f");
    if (offset >= text_.size()) return size_t{0};
    const size_t count = std::min(size, text_.size() - static_cast<size_t>(offset));
    std::memcpy(out, text_.data() + offset, count);
    return count;
  }
  Result<uint64_t> size() const override { return uint64_t{text_.size()}; }
  void advise(AccessPattern) const override {}

  bool fails = false;

 private:
  std::string text_;
};

TEST(ReadExactly, ReadsTheWholeRange) {
  const TextFile file("0123456789");
  char out[4];
  ASSERT_TRUE(read_exactly(file, "f", 6, 4, out));
  EXPECT_EQ(std::string(out, 4), "6789");
  EXPECT_TRUE(read_exactly(file, "f", 10, 0, out));
}

TEST(ReadExactly, ShortFileIsCorruptionThatNamesThePlace) {
  const TextFile file("0123456789");
  char out[10];
  const Status status = read_exactly(file, "000007.table", 6, 5, out);
  EXPECT_EQ(status.code(), Code::kCorruption);
  EXPECT_EQ(status.message(), "000007.table at 6: expected 5 bytes, found the end of the file after 4");
  EXPECT_EQ(read_exactly(file, "f", 100, 1, out).code(), Code::kCorruption);
}

TEST(ReadExactly, FailureToReadStaysWhatItIs) {
  TextFile file("0123456789");
  file.fails = true;
  char out[1];
  const Status status = read_exactly(file, "f", 0, 1, out);
  EXPECT_EQ(status.code(), Code::kIoError);
  EXPECT_EQ(status.os_error(), EIO);
}

}  // namespace
}  // namespace wombat
