#include "isolation/history.h"

namespace wombat::isolation {

namespace {

constexpr size_t kElementsShown = 12;  // the end of a list is what matters
constexpr size_t kRowsShown = 24;

const char* outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kCommitted:
      return "committed";
    case Outcome::kAborted:
      return "aborted";
    case Outcome::kUnknown:
      break;
  }
  return "in doubt";
}

std::string rows_to_text(const std::vector<Row>& rows, DataKind data_kind) {
  if (rows.empty()) return "nothing";
  std::string text;
  for (size_t i = 0; i < rows.size() && i < kRowsShown; ++i) {
    if (i != 0) text += ", ";
    text += std::to_string(rows[i].key) + ": " + to_text(rows[i].content, data_kind);
  }
  if (rows.size() > kRowsShown) text += ", ... (" + std::to_string(rows.size()) + " rows)";
  return text;
}

}  // namespace

std::string to_text(const Content& content, DataKind data_kind) {
  if (content.empty()) return "absent";
  if (data_kind == DataKind::kRegister && content.size() == 1)
    return content[0] == kGarbage ? "garbage" : std::to_string(content[0]);
  std::string text = content.size() > kElementsShown ? "[... " : "[";
  for (size_t i = content.size() > kElementsShown ? content.size() - kElementsShown : 0; i < content.size();
       ++i) {
    text += content[i] == kGarbage ? "garbage" : std::to_string(content[i]);
    if (i + 1 < content.size()) text += ' ';
  }
  return text + "]";
}

std::string to_text(const Operation& operation, DataKind data_kind) {
  const std::string key = std::to_string(operation.key);
  switch (operation.kind) {
    case OperationKind::kRead:
      return "read(" + key + (operation.is_for_update ? ", for update) -> " : ") -> ") +
             to_text(operation.content, data_kind);
    case OperationKind::kWrite:
      return "write(" + key + ", " + std::to_string(operation.value) + ")";
    case OperationKind::kAppend:
      return "append(" + key + ", " + std::to_string(operation.value) + ")";
    case OperationKind::kDelete:
      return "delete(" + key + ")";
    case OperationKind::kDeleteRange:
      return "delete_range(" + key + ", " + std::to_string(operation.upper) + ")";
    case OperationKind::kSavepoint:
      return "savepoint";
    case OperationKind::kRollback:
      return "roll back";
    case OperationKind::kRelease:
      return "release";
    case OperationKind::kRangeRead:
      break;
  }
  return "range_read(" + key + ", " + std::to_string(operation.upper) + ") -> " +
         rows_to_text(operation.rows, data_kind);
}

std::string to_text(const RecordedTransaction& transaction, uint32_t number, DataKind data_kind) {
  std::string text = "T" + std::to_string(number) + " (process " + std::to_string(transaction.process) +
                     ", " + outcome_name(transaction.outcome);
  if (transaction.timestamp != 0) text += " at " + std::to_string(transaction.timestamp);
  text += "):";
  const char* separator = " ";
  for (const Operation& operation : transaction.operations) {
    text += separator + to_text(operation, data_kind);
    separator = "; ";
  }
  return text;
}

}  // namespace wombat::isolation
