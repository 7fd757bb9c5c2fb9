/// Journals in memory: files made of strings, and a journal that remembers what was put into it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "env/file_system.h"
#include "journal/journal_reader.h"
#include "journal/journal_writer.h"

namespace wombat {

/// What happened to a StringWritableFile and what shall go wrong with it.
struct FileScript {
  std::string content;
  int append_count = 0;
  int sync_count = 0;
  bool is_closed = false;
  Status append_failure;
  size_t append_failure_takes = 0;  // bytes that still arrive with a failing append
  Status sync_failure;
  Status close_failure;
};

class StringWritableFile : public WritableFile {
 public:
  explicit StringWritableFile(FileScript* script) : script_(script) {}
  Status append(Bytes bytes) override {
    ++script_->append_count;
    if (!script_->append_failure) {
      script_->content.append(bytes.substr(0, script_->append_failure_takes));
      return script_->append_failure;
    }
    script_->content.append(bytes);
    return Status::ok();
  }
  Status write_at(uint64_t, Bytes) override { return Status::internal("journals do not overwrite"); }
  Status sync() override {
    ++script_->sync_count;
    return script_->sync_failure;
  }
  Status close() override {
    script_->is_closed = true;
    return script_->close_failure;
  }
  uint64_t size() const override { return script_->content.size(); }

 private:
  FileScript* script_;
};

class StringReadableFile : public ReadableFile {
 public:
  explicit StringReadableFile(std::string content) : content_(std::move(content)) {}
  Result<size_t> read_at(uint64_t offset, size_t size, char* out) const override {
    if (offset >= failure_offset) return Status(Code::kIoError, "the disk is gone");
    if (offset >= content_.size()) return size_t{0};
    return content_.copy(out, size, offset);
  }
  Result<uint64_t> size() const override { return content_.size() + missing_bytes; }
  void advise(AccessPattern) const override {}

  uint64_t failure_offset = ~uint64_t{0};  // reads from here on fail
  uint64_t missing_bytes = 0;              // the file claims to be that much longer than it is

 private:
  std::string content_;
};

inline FileHeader journal_header(uint64_t file_number = 7) {
  FileHeader header;
  header.kind = FileKind::kLog;
  header.database_id = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  header.file_number = file_number;
  header.incarnation = 3;
  return header;
}

inline std::string random_bytes(size_t size, Random* random) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random->next());
  return bytes;
}

/// A journal and what it should contain.
struct JournalImage {
  std::string bytes;
  std::vector<std::string> records;
  std::vector<uint64_t> ends;            // of each record
  std::vector<uint64_t> synced_offsets;  // that each record carries

  uint64_t start(size_t record) const { return record == 0 ? kFileHeaderSize : ends[record - 1]; }
};

/// A journal that is written to a string step by step.
class JournalMaker {
 public:
  JournalMaker() : writer_(std::make_unique<StringWritableFile>(&script_), journal_header()) {}

  void add(std::string record) {
    image_.synced_offsets.push_back(writer_.synced_size());
    writer_.add(record);
    image_.ends.push_back(writer_.size());
    image_.records.push_back(std::move(record));
  }
  void sync() { ASSERT_TRUE(writer_.sync()); }
  JournalImage finish() {
    EXPECT_TRUE(writer_.close());
    image_.bytes = script_.content;
    return image_;
  }
  JournalWriter& writer() { return writer_; }

 private:
  FileScript script_;
  JournalImage image_;
  JournalWriter writer_;
};

struct ReadJournal {
  Status status;
  std::vector<std::string> records;
  uint64_t position = 0;
  uint64_t watermark = 0;
  uint64_t dropped_bytes = 0;
};

inline ReadJournal read_journal(std::unique_ptr<ReadableFile> file, uint64_t durable_size = 0,
                                const FileHeader* identity = nullptr) {
  ReadJournal result;
  auto reader = JournalReader::open(std::move(file), "000007.log", FileKind::kLog, durable_size, identity);
  if (!reader) {
    result.status = reader.status();
    return result;
  }
  Bytes record;
  while (reader.value()->next(&record)) result.records.emplace_back(record);
  EXPECT_FALSE(reader.value()->next(&record)) << "the end must be final";
  result.status = reader.value()->status();
  result.position = reader.value()->position();
  result.watermark = reader.value()->synced_watermark();
  result.dropped_bytes = reader.value()->dropped_bytes();
  return result;
}

inline ReadJournal read_journal(const std::string& bytes, uint64_t durable_size = 0,
                                const FileHeader* identity = nullptr) {
  return read_journal(std::make_unique<StringReadableFile>(bytes), durable_size, identity);
}

/// True when `read` holds the first records of `image` and no others.
inline bool is_prefix(const std::vector<std::string>& read, const std::vector<std::string>& written) {
  return read.size() <= written.size() && std::equal(read.begin(), read.end(), written.begin());
}

}  // namespace wombat
