/// The entries of a stretch of keys.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "kv/iterator.h"

namespace wombat {

/// Forward only, which is what merges need.
class PartIterator final : public Iterator {
 public:
  /// Keys from `lower` on and below `upper`; nothing: no bound.
  PartIterator(std::unique_ptr<Iterator> source, std::optional<std::string> lower,
               std::optional<std::string> upper)
      : source_(std::move(source)), lower_(std::move(lower)), upper_(std::move(upper)) {}

  void seek_first() override {
    if (lower_)
      source_->seek(*lower_, kTagMax);
    else
      source_->seek_first();
    look();
  }
  void seek_last() override { end(); }
  void seek(Bytes key, Tag tag) override {
    if (lower_ && key < Bytes(*lower_)) return seek_first();
    source_->seek(key, tag);
    look();
  }
  void next() override {
    source_->next();
    look();
  }
  void prev() override { end(); }
  Status status() const override { return source_->status(); }

 private:
  void end() {
    leaf_ = this;
    valid_ = false;
  }
  void look() {
    leaf_ = &source_->leaf();
    if (leaf_->valid() && upper_ && leaf_->key() >= Bytes(*upper_)) end();
  }

  const std::unique_ptr<Iterator> source_;
  const std::optional<std::string> lower_;
  const std::optional<std::string> upper_;
};

}  // namespace wombat
