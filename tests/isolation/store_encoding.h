/// How the keys and values of a history look in the store.
#pragma once

#include <string>

#include "isolation/client.h"
#include "isolation/history.h"

namespace wombat::isolation {

/// Keys from here on lie in the second keyspace, where they look like those of the first.
inline constexpr Key kKeysOfKeyspace = 1'000'000'000'000;

/// Keys of a keyspace are in the order of their numbers; windows of a run, which have keys of their own, in the order of
/// theirs.
StoreKey encode_key(uint32_t window, Key key);
/// UINT64_MAX for bytes that are no key of the window.
Key decode_key(uint32_t window, const StoreKey& stored);
/// The value of a register is followed by bytes that it determines; a list is its elements.
std::string encode_content(const Content& content, DataKind data_kind);
/// { kGarbage } for bytes that no content is encoded as.
Content decode_content(const std::string& text, DataKind data_kind);

}  // namespace wombat::isolation
