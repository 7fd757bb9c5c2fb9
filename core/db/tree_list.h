/// Lists of trees, each tree at most once in each. The links lie in the trees, so that no change takes memory. Under
/// the lock of who owns the list.
#pragma once

#include <cstddef>

namespace wombat {

class Tree;

enum class TreeListId : size_t {
  kWriting,      // have an active memtable, oldest first
  kSealed,       // have memtables that wait for a flush
  kDue,          // a compaction may be due
  kResting,      // none is, and level 0 may be worth a merge at rest
  kUninstalled,  // newer than what readers see
  kCount
};

struct TreeLink {
  Tree* next = nullptr;
  Tree* previous = nullptr;
  bool is_in = false;
};

class TreeList {
 public:
  explicit TreeList(TreeListId id) : id_(id) {}
  TreeList(const TreeList&) = delete;
  TreeList& operator=(const TreeList&) = delete;

  bool is_empty() const { return first_ == nullptr; }
  Tree* first() const { return first_; }
  Tree* next(const Tree& tree) const;
  bool contains(const Tree& tree) const;
  /// Nothing when it is there already.
  void push_back(Tree& tree) noexcept;
  void move_to_back(Tree& tree) noexcept {
    remove(tree);
    push_back(tree);
  }
  /// Nothing when it is not there.
  void remove(Tree& tree) noexcept;

 private:
  TreeLink& link(const Tree& tree) const;

  const TreeListId id_;
  Tree* first_ = nullptr;
  Tree* last_ = nullptr;
};

}  // namespace wombat
