#include "db/run_iterator.h"

#include <algorithm>

namespace wombat {

namespace {

class RunIterator : public Iterator {
 public:
  RunIterator(std::vector<OpenTable*> tables, const TableReadOptions& options)
      : tables_(std::move(tables)), options_(options) {}

  void seek_first() override { enter_forward(0); }
  void seek_last() override { enter_backward(tables_.size()); }
  void seek(Bytes key, Tag tag) override {
    const auto found =
        std::lower_bound(tables_.begin(), tables_.end(), key,
                         [](const OpenTable* table, Bytes k) { return Bytes(table->info.largest_key) < k; });
    const size_t index = static_cast<size_t>(found - tables_.begin());
    if (index == tables_.size()) return end();
    if (!open(index)) return;
    current_->seek(key, tag);
    settle_forward();
  }
  void next() override {
    current_->next();
    settle_forward();
  }
  void prev() override {
    current_->prev();
    settle_backward();
  }
  Status status() const override { return status_; }

 private:
  void end() {
    valid_ = false;
    status_ = Status::ok();
  }

  bool open(size_t index) {
    status_ = Status::ok();
    if (current_ != nullptr && index == index_) return true;
    valid_ = false;
    Result<TableReader*> reader = tables_[index]->reader();
    if (!reader) {
      status_ = reader.status();
      return false;
    }
    current_ = reader.value()->new_iterator(options_.fill_cache, options_.readahead_size_bytes);
    index_ = index;
    return true;
  }

  void enter_forward(size_t index) {
    if (index == tables_.size()) return end();
    if (!open(index)) return;
    current_->seek_first();
    settle_forward();
  }

  void enter_backward(size_t end_index) {
    if (end_index == 0) return end();
    if (!open(end_index - 1)) return;
    current_->seek_last();
    settle_backward();
  }

  void settle_forward() {
    if (current_->valid()) return show();
    if (fail_with_table()) return;
    enter_forward(index_ + 1);
  }

  void settle_backward() {
    if (current_->valid()) return show();
    if (fail_with_table()) return;
    enter_backward(index_);
  }

  bool fail_with_table() {
    status_ = current_->status();
    if (!status_) valid_ = false;
    return !status_;
  }

  void show() {
    key_ = current_->key();
    value_ = current_->value();
    tag_ = current_->tag();
    valid_ = true;
  }

  std::vector<OpenTable*> tables_;
  TableReadOptions options_;
  size_t index_ = 0;
  std::unique_ptr<Iterator> current_;  // of tables_[index_]
  Status status_;
};

}  // namespace

std::unique_ptr<Iterator> make_run_iterator(std::vector<OpenTable*> tables, const TableReadOptions& options) {
  if (tables.size() == 1) {
    Result<TableReader*> reader = tables[0]->reader();
    if (reader) return reader.value()->new_iterator(options.fill_cache, options.readahead_size_bytes);
  }
  return std::make_unique<RunIterator>(std::move(tables), options);
}

}  // namespace wombat
