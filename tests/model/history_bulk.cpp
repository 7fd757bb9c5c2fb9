#include <map>

#include "env/clock.h"
#include "model/history_runner.h"

namespace wombat {

namespace {

struct BuilderOwner {
  wombat_builder* handle = nullptr;
  ~BuilderOwner() { wombat_builder_destroy(handle); }
};

}  // namespace

std::string HistoryRunner::build_file(const std::vector<ModelOperation>& ascending) {
  const std::string path = bulk_files_.file("table" + std::to_string(++bulk_count_));
  wombat_options* options = nullptr;
  check("wombat_options_create", wombat_options_create(&options, &error_));
  const char* const text = tuning_.one_in(2) ? "table.block_size=256" : "filter.bits_per_key=0";
  check("wombat_options_parse", wombat_options_parse(options, text, &error_));
  BuilderOwner builder;
  const wombat_status opened = wombat_builder_open(path.c_str(), options, &builder.handle, &error_);
  wombat_options_destroy(options);
  check("wombat_builder_open", opened);
  for (const ModelOperation& operation : ascending) {
    const Bytes key = operation.key;
    const Bytes value = operation.value;
    if (operation.kind == ModelOperation::Kind::kDelete) {
      check("wombat_builder_delete", wombat_builder_delete(builder.handle, key.data(), key.size(), &error_));
      continue;
    }
    const uint64_t expires_at_us =
        operation.ticks == 0 ? 0 : system_clock().wall_us() + operation.ticks * kTickMicros;
    check("wombat_builder_put_until",
          wombat_builder_put_until(builder.handle, key.data(), key.size(), value.data(), value.size(),
                                   expires_at_us, &error_));
  }
  check("wombat_builder_finish", wombat_builder_finish(builder.handle, &error_));
  return path;
}

/// One to three files, whose key ranges may hold much that is there already.
void HistoryRunner::ingest() {
  std::map<std::string, ModelOperation> by_key;
  for (ModelOperation& operation : random_operations(random_.one_in(8) ? 400 : 20)) {
    if (operation.kind == ModelOperation::Kind::kPut && random_.one_in(6))
      operation.ticks = 1 + random_.below(4);
    by_key.insert_or_assign(operation.key, operation);
  }
  if (by_key.empty()) return;
  std::vector<ModelOperation> ascending;
  for (const auto& [key, operation] : by_key) ascending.push_back(operation);
  std::vector<std::string> paths;
  const size_t files = std::min<size_t>(1 + random_.below(3), ascending.size());
  for (size_t i = 0; i < files; ++i) {
    paths.push_back(
        build_file({ascending.begin() + static_cast<ptrdiff_t>(i * ascending.size() / files),
                    ascending.begin() + static_cast<ptrdiff_t>((i + 1) * ascending.size() / files)}));
  }
  std::vector<const char*> names;
  for (const std::string& path : paths) names.push_back(path.c_str());
  apply(ascending);
  check("wombat_ingest",
        wombat_ingest(db_, names.data(), names.size(), WOMBAT_INGEST_REMOVE_FILES, nullptr, &error_));
}

}  // namespace wombat
