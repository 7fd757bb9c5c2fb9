/// The tables of one run, one after the other, opened as they are reached.
#pragma once

#include <memory>

#include "db/open_table.h"
#include "kv/iterator.h"

namespace wombat {

struct TableReadOptions {
  bool fill_cache = true;
  size_t readahead_size_bytes = 0;
};

/// `tables` ascend without overlap and outlive the iterator. One table: its own iterator, as soon as it can
/// be opened.
std::unique_ptr<Iterator> make_run_iterator(std::vector<OpenTable*> tables, const TableReadOptions& options);

}  // namespace wombat
