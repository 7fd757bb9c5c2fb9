/// The tables of one run, one after the other, opened as they are reached.
#pragma once

#include <memory>

#include "db/read_state.h"
#include "kv/iterator.h"

namespace wombat {

struct TableReadOptions {
  bool fill_cache = true;
  size_t readahead_size_bytes = 0;
};

/// `run` outlives the iterator.
std::unique_ptr<Iterator> make_run_iterator(const RunIndex& run, const TableReadOptions& options);
/// The same for some tables of a run, which outlive the iterator.
std::unique_ptr<Iterator> make_run_iterator(std::vector<OpenTable*> tables, const TableReadOptions& options);

}  // namespace wombat
