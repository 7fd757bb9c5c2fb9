/// Verification of values in value files: every entry of the tables leads to a value that is whole.
#include "db/db.h"
#include "db/run_iterator.h"

namespace wombat {

namespace {

constexpr uint64_t kCheckBytes = 1 << 20;

}  // namespace

/// All values that entries of `table` point to; `*done` grows by their bytes.
Status Tree::verify_values(OpenTable& table, const TaskControl& control, uint64_t* done, uint64_t total) {
  if (table.info.values.empty()) return Status::ok();
  TableReadOptions options;
  options.fill_cache = false;
  const std::unique_ptr<Iterator> entries = make_run_iterator(std::vector<OpenTable*>{&table}, options);
  std::string memory;
  uint64_t unreported = 0;
  for (entries->seek_first(); entries->valid(); entries->next()) {
    const Kind kind = tag_kind(entries->tag());
    if (!kind_points(kind)) continue;
    ValuePointer pointer;
    if (!read_value_pointer(kind, entries->value(), &pointer)) {
      return Status::corruption(file_name(FileKind::kTable, table.info.number) + ", key \"" +
                                escape_bytes(entries->key()) + "\": a damaged pointer to a value");
    }
    Bytes value;
    WOMBAT_TRY(db_.values().read_stored(entries->key(), pointer, &memory, &value));
    unreported += value_record_size(entries->key().size(), pointer);
    if (unreported < kCheckBytes) continue;
    *done += std::exchange(unreported, 0);
    WOMBAT_TRY(db_.check_control(control, std::min(*done, total), total));
  }
  *done += unreported;
  return entries->status();
}

}  // namespace wombat
