/// Write-ahead logs for tests, record by record.
#pragma once

#include <memory>
#include <string>

#include "db/log_record.h"
#include "journal/journal_writer.h"
#include "tree_world.h"

namespace wombat::test {

/// A log that is written by hand, up to any state a crash or a failure may leave.
class LogMaker {
 public:
  LogMaker(TreeWorld& world, uint64_t number) : number_(number) {
    FileHeader header;
    header.kind = FileKind::kLog;
    header.database_id = world.database_id;
    header.file_number = number;
    header.incarnation = 1;
    writer_ = std::make_unique<JournalWriter>(
        std::move(world.directory->create_file(file_name(FileKind::kLog, number))).value(), header);
    sync();
  }

  LogMaker& link(uint64_t previous_number, uint64_t previous_size) {
    LogLink link;
    link.previous_number = previous_number;
    link.previous_size = previous_size;
    writer_->add(link.encode());
    return flush();
  }
  LogMaker& link_to(const LogMaker& previous) { return link(previous.number_, previous.size()); }
  LogMaker& commit(Timestamp timestamp, const std::string& key) {
    WriteBatch batch;
    EXPECT_TRUE(batch.put(key, std::to_string(timestamp)));
    batch.set_timestamp(timestamp);
    return record(batch.record());
  }
  LogMaker& record(Bytes record) {
    writer_->add(record);
    return flush();
  }
  LogMaker& sync() {
    EXPECT_TRUE(writer_->sync());
    return *this;
  }
  LogMaker& mark() {
    writer_->mark_synced();
    return *this;
  }
  uint64_t size() const { return writer_->size(); }
  uint64_t number() const { return number_; }

 private:
  LogMaker& flush() {
    EXPECT_TRUE(writer_->flush());
    return *this;
  }
  uint64_t number_;
  std::unique_ptr<JournalWriter> writer_;
};

}  // namespace wombat::test
