/// A tree that is being changed edit by edit. Costs per edit depend on the edit, not on the size of the tree.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "version/version.h"
#include "version/version_edit.h"

namespace wombat {

class VersionBuilder {
 public:
  /// Starts from `base`, or from an empty tree when it is nullptr.
  explicit VersionBuilder(const Version* base);

  /// Applies what the edit says of the tables of one keyspace. After a failure the builder is of no further use.
  Status apply(const VersionEdit& edit, uint32_t keyspace = kDefaultKeyspace);
  /// The tree, checked, with max(level_count, deepest level in use + 1) levels. Only tables that are in it
  /// and were not in `base` get a handle from `factory`. Ends the builder's life.
  Result<VersionPtr> build(uint32_t level_count, const TableHandleFactory& factory);

 private:
  struct Place {
    uint32_t level;
    uint64_t run_id;
    TablePtr table;
    bool is_new;  // the handle is a stand-in
  };
  using Places = std::unordered_map<uint64_t, Place>;

  Status remove(const VersionEdit::Removed& removed, Places* taken_out);
  Status add(const VersionEdit::Added& added, Places* taken_out);
  /// Where the table of `place` stands.
  TablePtr* slot(const Place& place);

  std::vector<Level> levels_;
  Places places_;  // by table number
};

}  // namespace wombat
