/// A compaction filter of the program, behind a function of C.
#pragma once

#include "kv/compaction_filter.h"
#include "wombat.h"

namespace wombat {

class FilterCallback final : public CompactionFilter {
 public:
  FilterCallback(wombat_filter_function function, void* user_data)
      : function_(function), user_data_(user_data) {}
  Result<Verdict> judge(Bytes keyspace, uint32_t level, Bytes key, Bytes value,
                        std::string* changed) const override;

 private:
  wombat_filter_function function_;
  void* user_data_;
};

}  // namespace wombat
