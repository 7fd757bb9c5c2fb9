#include "sort_run.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "failure.h"

namespace wombat::cli {

namespace {

constexpr size_t kBufferSize = size_t{1} << 18;
constexpr uint64_t kSampleStep = uint64_t{1} << 20;  // bytes of a file between places that are known
constexpr size_t kMemorySamples = 64;

[[noreturn]] void fail_file(const char* action, const std::string& path) {
  throw Failure(ExitCode::kIo, std::string("load: cannot ") + action + " '" + escaped(path) + "'",
                std::strerror(errno), "name another directory with --temp-dir");
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FilePtr = std::unique_ptr<std::FILE, CloseFile>;

FilePtr open_file(const std::string& path, const char* mode) {
  FilePtr file(std::fopen(path.c_str(), mode));
  if (file == nullptr) fail_file("open", path);
  std::setvbuf(file.get(), nullptr, _IOFBF, kBufferSize);
  return file;
}

uint64_t head_of(Bytes bytes) {
  unsigned char head[8] = {};
  std::memcpy(head, bytes.data(), std::min<size_t>(bytes.size(), 8));
  uint64_t number = 0;
  for (const unsigned char byte : head) number = number << 8 | byte;
  return number;
}

/// A record of a file: sizes of place and content (u32 each, of this machine), then both.
class FileRun final : public SortedRun {
 public:
  struct Sample {
    std::string place;
    uint64_t offset;
  };
  FileRun(std::string path, std::vector<Sample> samples)
      : path_(std::move(path)), samples_(std::move(samples)) {}
  ~FileRun() override { std::remove(path_.c_str()); }

  std::unique_ptr<Cursor> cursor_from(const std::string& lower) const override;
  std::vector<std::string> samples() const override {
    std::vector<std::string> places;
    for (const Sample& sample : samples_) places.push_back(sample.place);
    return places;
  }

 private:
  const std::string path_;
  const std::vector<Sample> samples_;  // the first entry is one
};

class FileCursor final : public SortedRun::Cursor {
 public:
  FileCursor(const std::string& path, uint64_t offset, const std::string& lower)
      : path_(path), file_(open_file(path, "rb")) {
    if (fseeko(file_.get(), static_cast<off_t>(offset), SEEK_SET) != 0) fail_file("read", path_);
    BulkEntry entry;
    while (read(&entry)) {
      if (entry.place < Bytes(lower)) continue;
      is_ahead_ = true;
      return;
    }
  }
  bool next(BulkEntry* entry) override {
    if (!is_ahead_) return read(entry);
    is_ahead_ = false;
    *entry = here_;
    return true;
  }

 private:
  bool read(BulkEntry* entry) {
    uint32_t sizes[2];
    const size_t got = std::fread(sizes, 1, sizeof sizes, file_.get());
    if (got == 0 && std::feof(file_.get())) return false;
    if (got != sizeof sizes) fail_file("read", path_);
    bytes_.resize(size_t{sizes[0]} + sizes[1]);
    if (std::fread(bytes_.data(), 1, bytes_.size(), file_.get()) != bytes_.size()) fail_file("read", path_);
    here_ = {Bytes(bytes_).substr(0, sizes[0]), Bytes(bytes_).substr(sizes[0])};
    *entry = here_;
    return true;
  }

  const std::string path_;
  const FilePtr file_;
  std::string bytes_;
  BulkEntry here_;
  bool is_ahead_ = false;  // here_ is the next one
};

std::unique_ptr<SortedRun::Cursor> FileRun::cursor_from(const std::string& lower) const {
  const auto behind = std::partition_point(samples_.begin(), samples_.end(),
                                           [&](const Sample& sample) { return sample.place <= lower; });
  const uint64_t offset = behind == samples_.begin() ? 0 : std::prev(behind)->offset;
  return std::make_unique<FileCursor>(path_, offset, lower);
}

}  // namespace

class MemoryRun final : public SortedRun {
 public:
  explicit MemoryRun(SortChunk chunk) : chunk_(std::move(chunk)) {}

  std::unique_ptr<Cursor> cursor_from(const std::string& lower) const override {
    const auto first =
        std::partition_point(chunk_.rows_.begin(), chunk_.rows_.end(),
                             [&](const SortChunk::Row& row) { return chunk_.place(row) < Bytes(lower); });
    return std::make_unique<Rows>(chunk_, static_cast<size_t>(first - chunk_.rows_.begin()));
  }
  std::vector<std::string> samples() const override {
    std::vector<std::string> places;
    const size_t step = std::max<size_t>(chunk_.rows_.size() / kMemorySamples, 1);
    for (size_t i = 0; i < chunk_.rows_.size(); i += step) places.emplace_back(chunk_.place(chunk_.rows_[i]));
    return places;
  }

 private:
  class Rows final : public Cursor {
   public:
    Rows(const SortChunk& chunk, size_t first) : chunk_(chunk), at_(first) {}
    bool next(BulkEntry* entry) override {
      if (at_ == chunk_.rows_.size()) return false;
      *entry = chunk_.entry(chunk_.rows_[at_++]);
      return true;
    }

   private:
    const SortChunk& chunk_;
    size_t at_;
  };
  const SortChunk chunk_;
};

void SortChunk::add(uint32_t space, Bytes key, uint64_t expires_at_us, Bytes value) {
  Row row{};
  row.offset = bytes_.size();
  append_space(space, &bytes_);
  bytes_.append(key);
  row.place_size = static_cast<uint32_t>(bytes_.size() - row.offset);
  append_u64(expires_at_us, &bytes_);
  bytes_.append(value);
  row.content_size = static_cast<uint32_t>(bytes_.size() - row.offset - row.place_size);
  const Bytes first = rows_.empty() ? Bytes(bytes_).substr(row.offset, row.place_size) : place(rows_.front());
  const Bytes here = place(row);
  size_t common = rows_.empty() ? here.size() : std::min(common_size_, here.size());
  if (here.substr(0, common) != first.substr(0, common)) {
    common = 0;
    while (here[common] == first[common]) ++common;
  }
  common_size_ = common;
  rows_.push_back(row);
}

void SortChunk::sort() {
  for (Row& row : rows_) row.head = head_of(place(row).substr(common_size_));
  std::sort(rows_.begin(), rows_.end(), [this](const Row& a, const Row& b) {
    if (a.head != b.head) return a.head < b.head;
    const int order = place(a).compare(place(b));
    return order != 0 ? order < 0 : a.offset > b.offset;  // the last one first
  });
  const auto end = std::unique(rows_.begin(), rows_.end(), [this](const Row& a, const Row& b) {
    return a.head == b.head && place(a) == place(b);
  });
  rows_.erase(end, rows_.end());
}

std::unique_ptr<SortedRun> SortChunk::keep(SortChunk chunk) {
  return std::make_unique<MemoryRun>(std::move(chunk));
}

std::unique_ptr<SortedRun> SortChunk::spill(const SortChunk& chunk, BulkFiles& files) {
  const std::string path = files.new_path("run");
  FilePtr file = open_file(path, "wb");
  std::vector<FileRun::Sample> samples;
  uint64_t offset = 0;
  for (const Row& row : chunk.rows_) {
    if (samples.empty() || offset - samples.back().offset >= kSampleStep)
      samples.push_back({std::string(chunk.place(row)), offset});
    const uint32_t sizes[2] = {row.place_size, row.content_size};
    const size_t size = size_t{row.place_size} + row.content_size;
    if (std::fwrite(sizes, 1, sizeof sizes, file.get()) != sizeof sizes ||
        std::fwrite(chunk.bytes_.data() + row.offset, 1, size, file.get()) != size) {
      fail_file("write", path);
    }
    offset += sizeof sizes + size;
  }
  if (std::fclose(file.release()) != 0) fail_file("write", path);
  return std::make_unique<FileRun>(path, std::move(samples));
}

}  // namespace wombat::cli
