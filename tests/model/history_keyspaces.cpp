#include "model/history_runner.h"

namespace wombat {

namespace {

constexpr size_t kSpacesMax = 4;
constexpr uint64_t kSpacesEver = 250;  // prefixes are never used again

std::string behind(const std::string& prefix) {
  return std::string(1, static_cast<char>(static_cast<unsigned char>(prefix[0]) + 1));
}

}  // namespace

std::vector<ModelOperation> HistoryRunner::placed(std::vector<ModelOperation> operations) const {
  const std::string& prefix = spaces_[here_].prefix;
  for (ModelOperation& operation : operations) {
    operation.key.insert(0, prefix);
    if (operation.kind != ModelOperation::Kind::kDeleteRange) continue;
    operation.value = operation.has_end ? prefix + operation.value : behind(prefix);
    operation.has_end = true;
  }
  return operations;
}

ModelRows HistoryRunner::rows_here(uint64_t version) const {
  const std::string& prefix = spaces_[here_].prefix;
  ModelRows rows;
  for (auto& [key, value] : model_.scan(prefix, behind(prefix), version))
    rows.emplace_hint(rows.end(), key.substr(prefix.size()), value);
  return rows;
}

void HistoryRunner::go_to(size_t space) {
  here_ = space;
  db_ = spaces_[space].handle;
}

void HistoryRunner::open_spaces() {
  spaces_[0].handle = main_;
  for (size_t i = 1; i < spaces_.size(); ++i) {
    check("wombat_keyspace_open",
          wombat_keyspace_open(main_, spaces_[i].name.c_str(), &spaces_[i].handle, &error_));
  }
  go_to(here_);
}

void HistoryRunner::compare_spaces() {
  const size_t here = here_;
  for (size_t i = 0; i < spaces_.size(); ++i) {
    go_to(i);
    compare_all(db_, nullptr, ModelDatabase::kLatest);
  }
  go_to(here);
}

void HistoryRunner::create_keyspace() {
  if (spaces_.size() == kSpacesMax || space_count_ == kSpacesEver) return;
  ++space_count_;
  // Names are used again.
  Space space{"space " + std::to_string(space_count_ % 5),
              std::string(1, static_cast<char>(static_cast<unsigned char>(space_count_))), nullptr};
  for (const Space& other : spaces_)
    if (other.name == space.name) return;
  wombat_options* options = nullptr;
  check("wombat_options_create", wombat_options_create(&options, &error_));
  if (tuning_.one_in(2)) {
    check("wombat_options_parse",
          wombat_options_parse(options, "memtable.size=16KiB; table.block_size=512", &error_));
  }
  const wombat_status created = wombat_keyspace_create(main_, space.name.c_str(), options, &error_);
  wombat_options_destroy(options);
  check("wombat_keyspace_create", created);
  check("wombat_keyspace_open", wombat_keyspace_open(main_, space.name.c_str(), &space.handle, &error_));
  spaces_.push_back(space);
}

void HistoryRunner::rename_keyspace() {
  if (spaces_.size() == 1) return;
  Space& space = spaces_[1 + random_.below(spaces_.size() - 1)];
  const std::string name = "renamed " + std::to_string(step_count_);
  check("wombat_keyspace_rename", wombat_keyspace_rename(main_, space.name.c_str(), name.c_str(), &error_));
  space.name = name;
}

/// Snapshots do not show it any more either; iterators go on.
void HistoryRunner::drop_keyspace() {
  if (spaces_.size() == 1) return;
  const size_t index = 1 + random_.below(spaces_.size() - 1);
  const Space space = spaces_[index];
  check("wombat_keyspace_drop", wombat_keyspace_drop(main_, space.name.c_str(), &error_));
  require(wombat_put(space.handle, "x", 1, "y", 1, nullptr, &error_) == WOMBAT_DROPPED,
          "a dropped keyspace is written to");
  check("wombat_close of a keyspace", wombat_close(space.handle, &error_));
  model_.apply({ModelOperation::erase_range(space.prefix, behind(space.prefix))});
  spaces_.erase(spaces_.begin() + static_cast<ptrdiff_t>(index));
  go_to(0);
}

}  // namespace wombat
