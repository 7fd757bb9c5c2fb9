/// What callers say in option structs, as the engine takes it.
#pragma once

#include <optional>

#include "db/db_iterator.h"
#include "db/write_request.h"
#include "handles.h"
#include "kv/expiry.h"

namespace wombat {

/// `*ttl_ms`: the time to live that puts of the call have, if it says one.
Status read_write_options(const wombat_write_options* options, WriteRequest* request,
                          std::optional<uint64_t>* ttl_ms = nullptr);
/// When a put to `tree` expires; kNeverExpires: not at all.
uint64_t expiry_of_put(const Tree& tree, std::optional<uint64_t> ttl_ms);
/// The bounds of a range delete; a null pointer is none.
Status read_range(const void* lower, size_t lower_size, const void* upper, size_t upper_size, Bytes* from,
                  Bytes* to, bool* has_upper);
Status read_iterator_options(const EpochGuard& guard, const wombat_iterator_options* options, const Db& db,
                             IteratorSettings* settings, RowParts* parts);
Status read_task_options(const wombat_task_options* options, TaskControl* control);

}  // namespace wombat
