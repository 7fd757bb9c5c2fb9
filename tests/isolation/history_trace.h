/// Records of transactions in a file of the thread that runs them, so that they outlive its process: before a commit what
/// it did, afterwards how it ended. Each record is one write, whole or cut off at the end of the file.
#pragma once

#include <string>
#include <vector>

#include "isolation/transaction_run.h"

namespace wombat::isolation {

/// Used by one thread. Throws std::system_error.
class TraceWriter : public CommitListener {
 public:
  explicit TraceWriter(const std::string& path);
  ~TraceWriter() override;
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;

  void before_commit(const RecordedTransaction& transaction, uint64_t number) override;
  void after_commit(const RecordedTransaction& transaction, uint64_t number) override;

 private:
  void write(std::vector<uint64_t> words);

  int file_ = -1;
};

/// Appends the transactions of a trace. Those of which nobody heard how they ended are in doubt and can take effect until
/// `process_end`. `*number_max` becomes the greatest number of a transaction, if that is greater.
void read_trace(const std::string& path, uint64_t process_end, std::vector<RecordedTransaction>* transactions,
                uint64_t* number_max);

}  // namespace wombat::isolation
