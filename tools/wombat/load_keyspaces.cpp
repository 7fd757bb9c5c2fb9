#include "load_keyspaces.h"

#include "output.h"

namespace wombat::cli {

std::optional<Failure> LoadKeyspaces::check(const Input& input, const Record& record) const {
  if ((record.keyspace.empty() && name_.empty()) || settings_.keyspace.empty()) return std::nullopt;
  return Failure(ExitCode::kUsage, input.name() + ", line " + std::to_string(input.line_number()),
                 "the record names a keyspace, and --keyspace was given", "leave --keyspace out");
}

wombat_db* LoadKeyspaces::enter(const Record& record) {
  name_ = record.keyspace;
  if (!name_.empty()) prepare(record.options);
  here_ = name_.empty() ? db_.handle() : handles_.open(name_);
  return here_;
}

void LoadKeyspaces::prepare(const OptionTexts* options) {
  const bool is_new = known_.insert(name_).second;
  if (!is_new && options == nullptr) return;
  if (handles_.make(name_, options != nullptr ? *options : OptionTexts())) return;
  if (options == nullptr || handles_.own_options(name_) == *options) return;
  note(settings_, "load: keyspace '" + escaped(name_) + "' was there; it keeps its own options");
}

}  // namespace wombat::cli
