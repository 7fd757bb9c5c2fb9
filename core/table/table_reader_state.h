/// The parts of an open table, for the files that implement TableReader.
#pragma once

#include "table/block_store.h"
#include "table/table_index.h"
#include "table/table_reader.h"

namespace wombat {

struct TableReader::State {
  std::unique_ptr<TableIndex> index;
  std::unique_ptr<BlockStore> blocks;  // destroyed first
};

}  // namespace wombat
