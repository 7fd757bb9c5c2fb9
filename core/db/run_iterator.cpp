#include "db/run_iterator.h"

#include "table/table_iterator.h"

namespace wombat {

namespace {

/// One table iterator that goes from table to table. Its entries are those of this one.
class RunIterator final : public Iterator {
 public:
  RunIterator(const RunIndex& run, const TableReadOptions& options)
      : run_(run), table_(options.fill_cache, options.readahead_size_bytes) {
    leaf_ = &table_;
  }
  RunIterator(std::vector<OpenTable*> tables, const TableReadOptions& options)
      : own_run_(std::move(tables)),
        run_(own_run_),
        table_(options.fill_cache, options.readahead_size_bytes) {
    leaf_ = &table_;
  }

  void seek_first() override { enter_forward(0); }
  void seek_last() override { enter_backward(run_.tables.size()); }
  void aim(Bytes key) override {
    is_aimed_ = true;
    const size_t index = run_.find_at_or_behind(key, key_prefix(key));
    if (index == run_.tables.size()) {
      end();
    } else if (open(index)) {
      table_.aim(key);
    }
  }
  void fetch() override {
    if (is_open_) table_.fetch();
  }
  void seek(Bytes key, Tag tag) override {
    if (!is_aimed_) aim(key);
    is_aimed_ = false;
    if (!is_open_) return;
    table_.seek(key, tag);
    if (!table_.valid()) leave_forward();
  }
  void next() override {
    table_.next();
    if (!table_.valid()) [[unlikely]]
      leave_forward();
  }
  void prev() override {
    table_.prev();
    if (!table_.valid()) [[unlikely]]
      leave_backward();
  }
  PlainRows plain_rows(bool forward, const Bytes* bound) override {
    return table_.plain_rows(forward, bound);
  }
  void rest() override {
    is_aimed_ = false;
    table_.rest();
  }
  Status status() const override { return is_open_ ? table_.status() : status_; }

 private:
  /// Stands nowhere, for the given reason. What the last entry showed stays.
  void end(Status status = Status::ok()) {
    table_.leave();
    is_open_ = false;
    status_ = std::move(status);
  }

  bool open(size_t index) {
    if (is_open_ && index == index_) return true;
    end();  // what is true when memory is short
    const EpochGuard guard(process_epochs());
    Result<TableReader*> reader = run_.tables[index]->reader();
    if (!reader) {
      end(reader.status());
      return false;
    }
    // Views of the entry before may lead into frames, which have pins of their own, but not into the reader.
    if (held_.get() != *reader) held_ = TableReaderRef((*reader)->may_be_dropped() ? *reader : nullptr);
    reader.value()->open_iterator(&table_);
    index_ = index;
    is_open_ = true;
    return true;
  }

  void enter_forward(size_t index) {
    is_aimed_ = false;
    if (index == run_.tables.size()) return end();
    if (open(index)) table_.seek_first();
  }

  void enter_backward(size_t end_index) {
    is_aimed_ = false;
    if (end_index == 0) return end();
    if (open(end_index - 1)) table_.seek_last();
  }

  void leave_forward() {
    if (table_.status()) enter_forward(index_ + 1);
  }

  void leave_backward() {
    if (table_.status()) enter_backward(index_);
  }

  const RunIndex own_run_{std::vector<OpenTable*>()};  // when nobody else keeps it
  const RunIndex& run_;
  TableReaderRef held_;  // of table_, where it may be dropped
  TableIterator table_;
  size_t index_ = 0;
  bool is_open_ = false;  // table_ is on tables[index_]
  bool is_aimed_ = false;
  Status status_;  // while it is not open
};

}  // namespace

std::unique_ptr<Iterator> make_run_iterator(const RunIndex& run, const TableReadOptions& options) {
  return std::make_unique<RunIterator>(run, options);
}

std::unique_ptr<Iterator> make_run_iterator(std::vector<OpenTable*> tables, const TableReadOptions& options) {
  return std::make_unique<RunIterator>(std::move(tables), options);
}

}  // namespace wombat
