#include "isolation/history_trace.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <system_error>

namespace wombat::isolation {

namespace {

// A record is { number of words behind this one, kind, ... }, all of them u64.
constexpr uint64_t kBeforeCommit = 1;
constexpr uint64_t kAfterCommit = 2;

void add_content(const Content& content, std::vector<uint64_t>* words) {
  words->push_back(content.size());
  words->insert(words->end(), content.begin(), content.end());
}

/// Takes words off a whole record.
class WordReader {
 public:
  explicit WordReader(std::span<const uint64_t> words) : words_(words) {}

  uint64_t take() {
    if (words_.empty()) throw std::runtime_error("a trace is damaged");
    const uint64_t word = words_.front();
    words_ = words_.subspan(1);
    return word;
  }
  Content take_content() {
    const uint64_t count = take();
    Content content;
    for (uint64_t i = 0; i < count; ++i) content.push_back(take());
    return content;
  }

 private:
  std::span<const uint64_t> words_;
};

void add_operation(const Operation& operation, std::vector<uint64_t>* words) {
  words->insert(words->end(), {static_cast<uint64_t>(operation.kind), operation.is_for_update, operation.key,
                               operation.upper, operation.value});
  add_content(operation.content, words);
  words->push_back(operation.rows.size());
  for (const Row& row : operation.rows) {
    words->push_back(row.key);
    add_content(row.content, words);
  }
}

Operation take_operation(WordReader* words) {
  Operation operation;
  operation.kind = static_cast<OperationKind>(words->take());
  operation.is_for_update = words->take() != 0;
  operation.key = words->take();
  operation.upper = words->take();
  operation.value = words->take();
  operation.content = words->take_content();
  const uint64_t row_count = words->take();
  for (uint64_t i = 0; i < row_count; ++i) {
    Row& row = operation.rows.emplace_back();
    row.key = words->take();
    row.content = words->take_content();
  }
  return operation;
}

RecordedTransaction take_transaction(WordReader* words) {
  RecordedTransaction transaction;
  transaction.process = static_cast<uint32_t>(words->take());
  transaction.start = words->take();
  transaction.outcome = static_cast<Outcome>(words->take());
  const uint64_t operation_count = words->take();
  for (uint64_t i = 0; i < operation_count; ++i) transaction.operations.push_back(take_operation(words));
  return transaction;
}

}  // namespace

TraceWriter::TraceWriter(const std::string& path)
    : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
  if (file_ < 0) throw std::system_error(errno, std::generic_category(), "open " + path);
}

TraceWriter::~TraceWriter() { ::close(file_); }

void TraceWriter::before_commit(const RecordedTransaction& transaction, uint64_t number) {
  std::vector<uint64_t> words = {0,
                                 kBeforeCommit,
                                 number,
                                 transaction.process,
                                 transaction.start,
                                 static_cast<uint64_t>(transaction.outcome),
                                 transaction.operations.size()};
  for (const Operation& operation : transaction.operations) add_operation(operation, &words);
  write(std::move(words));
}

void TraceWriter::after_commit(const RecordedTransaction& transaction, uint64_t number) {
  write({0, kAfterCommit, number, transaction.end, static_cast<uint64_t>(transaction.outcome),
         transaction.timestamp});
}

void TraceWriter::write(std::vector<uint64_t> words) {
  words[0] = words.size() - 1;
  const size_t size = words.size() * sizeof words[0];
  if (::write(file_, words.data(), size) != static_cast<ssize_t>(size))
    throw std::system_error(errno, std::generic_category(), "write of a trace");
}

void read_trace(const std::string& path, uint64_t process_end, std::vector<RecordedTransaction>* transactions,
                uint64_t* number_max) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::vector<uint64_t> words(bytes.size() / sizeof(uint64_t));
  if (words.empty()) return;
  std::memcpy(words.data(), bytes.data(), words.size() * sizeof words[0]);
  size_t position = 0;
  while (position < words.size() && words[position] < words.size() - position) {
    WordReader record({words.data() + position + 1, words[position]});
    position += words[position] + 1;
    const uint64_t kind = record.take();
    *number_max = std::max(*number_max, record.take());
    if (kind == kBeforeCommit) {
      transactions->push_back(take_transaction(&record));
      transactions->back().end = process_end;
    } else {  // of the transaction before it
      RecordedTransaction& transaction = transactions->back();
      transaction.end = record.take();
      transaction.outcome = static_cast<Outcome>(record.take());
      transaction.timestamp = record.take();
    }
  }
}

}  // namespace wombat::isolation
