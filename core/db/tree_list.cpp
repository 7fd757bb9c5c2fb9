#include "db/tree_list.h"

#include "db/tree.h"

namespace wombat {

TreeLink& TreeList::link(const Tree& tree) const {
  return const_cast<Tree&>(tree).links_[static_cast<size_t>(id_)];
}

Tree* TreeList::next(const Tree& tree) const { return link(tree).next; }

bool TreeList::contains(const Tree& tree) const { return link(tree).is_in; }

void TreeList::push_back(Tree& tree) noexcept {
  TreeLink& added = link(tree);
  if (added.is_in) return;
  added = {nullptr, last_, true};
  (last_ == nullptr ? first_ : link(*last_).next) = &tree;
  last_ = &tree;
}

void TreeList::remove(Tree& tree) noexcept {
  TreeLink& removed = link(tree);
  if (!removed.is_in) return;
  (removed.previous == nullptr ? first_ : link(*removed.previous).next) = removed.next;
  (removed.next == nullptr ? last_ : link(*removed.next).previous) = removed.previous;
  removed = {};
}

}  // namespace wombat
