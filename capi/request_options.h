/// What callers say in option structs, as the engine takes it.
#pragma once

#include "db/db_iterator.h"
#include "db/write_request.h"
#include "handles.h"

namespace wombat {

Status read_write_options(const wombat_write_options* options, WriteRequest* request);
Status read_iterator_options(const EpochGuard& guard, const wombat_iterator_options* options, const Db& db,
                             IteratorSettings* settings, bool* keys_only);
Status read_task_options(const wombat_task_options* options, TaskControl* control);

}  // namespace wombat
