#include "version/version_builder.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace wombat {
namespace {

// Runs are ordered newest first: the place where the run `id` is or would be.
std::vector<Run>::iterator lower_run(Level* level, uint64_t id) {
  return std::partition_point(level->runs.begin(), level->runs.end(),
                              [id](const Run& run) { return run.id > id; });
}

// The first table whose smallest key is not less than `key`.
std::vector<TablePtr>::iterator lower_table(Run* run, Bytes key) {
  return std::partition_point(run->tables.begin(), run->tables.end(), [key](const TablePtr& table) {
    return compare_bytes(table->info.smallest_key, key) < 0;
  });
}

Status refuse(uint64_t number, uint32_t level, const char* fault) {
  return Status::corruption("table " + std::to_string(number) + " of level " + std::to_string(level) + ": " +
                            fault);
}

}  // namespace

VersionBuilder::VersionBuilder(const Version* base) {
  if (base != nullptr) {
    levels_ = base->levels;
    places_.reserve(base->table_count());
  }
  levels_.resize(kLevelCountMax);
  for (uint32_t level = 0; level < kLevelCountMax; ++level) {
    for (const Run& run : levels_[level].runs) {
      for (const TablePtr& table : run.tables) {
        places_.emplace(table->info.number, Place{level, run.id, table, false});
      }
    }
  }
}

Status VersionBuilder::apply(const VersionEdit& edit, uint32_t keyspace) {
  Places taken_out;
  for (const VersionEdit::Removed& removed : edit.removed)
    if (removed.keyspace == keyspace) WOMBAT_TRY(remove(removed, &taken_out));
  for (const VersionEdit::Added& added : edit.added)
    if (added.keyspace == keyspace) WOMBAT_TRY(add(added, &taken_out));
  return Status::ok();
}

TablePtr* VersionBuilder::slot(const Place& place) {
  const auto run = lower_run(&levels_[place.level], place.run_id);
  WOMBAT_CHECK(run != levels_[place.level].runs.end() && run->id == place.run_id);
  const auto table = lower_table(&*run, place.table->info.smallest_key);
  WOMBAT_CHECK(table != run->tables.end() && *table == place.table);
  return &*table;
}

Status VersionBuilder::remove(const VersionEdit::Removed& removed, Places* taken_out) {
  const auto found = places_.find(removed.number);
  if (found == places_.end() || found->second.level != removed.level) {
    return refuse(removed.number, removed.level, "is to be removed but is not there");
  }
  const Place& place = found->second;
  const auto run = lower_run(&levels_[place.level], place.run_id);
  run->tables.erase(run->tables.begin() + (slot(place) - run->tables.data()));
  if (run->tables.empty()) levels_[place.level].runs.erase(run);
  taken_out->insert(places_.extract(found));
  return Status::ok();
}

Status VersionBuilder::add(const VersionEdit::Added& added, Places* taken_out) {
  const TableInfo& info = added.table;
  if (added.level >= kLevelCountMax)
    return refuse(info.number, added.level, "is in a level that cannot exist");
  if (compare_bytes(info.smallest_key, info.largest_key) > 0) {
    return refuse(info.number, added.level, "its smallest key is greater than its largest");
  }
  if (places_.contains(info.number))
    return refuse(info.number, added.level, "is to be added but is there already");

  Place place{added.level, added.run_id, nullptr, true};
  if (const auto moved = taken_out->find(info.number); moved != taken_out->end()) {
    if (!(moved->second.table->info == info))
      return refuse(info.number, added.level, "has changed while it was moved");
    place.table = moved->second.table;
    place.is_new = moved->second.is_new;
    taken_out->erase(moved);
  } else {
    place.table = std::make_shared<TableHandle>(info);
  }

  std::vector<Run>& runs = levels_[added.level].runs;
  auto run = lower_run(&levels_[added.level], added.run_id);
  if (run == runs.end() || run->id != added.run_id) run = runs.insert(run, Run{added.run_id, {}});
  const auto next = lower_table(&*run, info.smallest_key);
  const bool meets_next =
      next != run->tables.end() && compare_bytes((*next)->info.smallest_key, info.largest_key) <= 0;
  const bool meets_previous = next != run->tables.begin() &&
                              compare_bytes((*std::prev(next))->info.largest_key, info.smallest_key) >= 0;
  if (meets_next || meets_previous)
    return refuse(info.number, added.level, "overlaps another table of its run");
  run->tables.insert(next, place.table);
  places_.emplace(info.number, std::move(place));
  return Status::ok();
}

Result<VersionPtr> VersionBuilder::build(uint32_t level_count, const TableHandleFactory& factory) {
  for (auto& [number, place] : places_) {
    if (!place.is_new) continue;
    TablePtr handle = factory(place.table->info);
    WOMBAT_CHECK(handle != nullptr);
    *slot(place) = std::move(handle);
  }
  while (levels_.size() > level_count && levels_.back().runs.empty()) levels_.pop_back();
  const auto version = std::make_shared<Version>(0);
  version->levels = std::move(levels_);
  WOMBAT_TRY(version->check());
  return VersionPtr(version);
}

}  // namespace wombat
