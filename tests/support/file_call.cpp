#include "support/file_call.h"

namespace wombat {

const char* call_kind_name(CallKind kind) {
  switch (kind) {
    case CallKind::kCreate:
      return "create";
    case CallKind::kOpen:
      return "open";
    case CallKind::kAppend:
      return "append";
    case CallKind::kWriteAt:
      return "write_at";
    case CallKind::kSync:
      return "sync";
    case CallKind::kClose:
      return "close";
    case CallKind::kRead:
      return "read";
    case CallKind::kRename:
      return "rename";
    case CallKind::kRemove:
      return "remove";
    case CallKind::kList:
      return "list";
    case CallKind::kSize:
      return "size";
    case CallKind::kDirectorySync:
      return "sync dir";
    case CallKind::kLock:
      return "lock";
    case CallKind::kOpenDirectory:
      return "open_directory";
    case CallKind::kRemoveDirectory:
      return "remove_directory";
    case CallKind::kFreeSpace:
      return "free_space";
  }
  return "unknown";
}

bool call_matters_for_crash(CallKind kind) {
  switch (kind) {
    case CallKind::kCreate:
    case CallKind::kAppend:
    case CallKind::kWriteAt:
    case CallKind::kSync:
    case CallKind::kRename:
    case CallKind::kRemove:
    case CallKind::kDirectorySync:
    case CallKind::kLock:
    case CallKind::kOpenDirectory:
    case CallKind::kRemoveDirectory:
      return true;
    default:
      return false;
  }
}

std::string describe_call(const FileCall& call) {
  std::string text = call_kind_name(call.kind);
  if (!call.name.empty()) text += " " + call.name;
  if (!call.new_name.empty()) text += " " + call.new_name;
  const bool has_range =
      call.kind == CallKind::kAppend || call.kind == CallKind::kWriteAt || call.kind == CallKind::kRead;
  if (has_range) text += " " + std::to_string(call.offset) + "+" + std::to_string(call.size);
  if (call.kind == CallKind::kOpenDirectory || call.kind == CallKind::kRemoveDirectory) {
    text += " " + call.directory;
  }
  if (call.is_abandoned) text += " (abandoned)";
  return text;
}

}  // namespace wombat
