#include "table_sink.h"

#include "failure.h"

namespace wombat::cli {

namespace {

constexpr uint64_t kWeighStep = 64 * 1024;

}  // namespace

BulkSpace::BulkSpace(wombat_db* open_handle) : handle(open_handle) {
  wombat_options* made = nullptr;
  wombat_error error;
  check(wombat_options_create(&made, &error), error, "options");
  options.reset(made);
  for (const char* name :
       {"table.block_size", "filter.bits_per_key", "compression.codec", "compression.level"}) {
    check(wombat_options_set(made, name, option_text(handle, name).c_str(), &error), error, name);
  }
  table_size = std::stoull(option_text(handle, "table.size"));
  ttl_ms = std::stoull(option_text(handle, "ttl.default_ms"));
}

void TableSink::add(const BulkEntry& entry) {
  const uint32_t space = entry.space();
  if (builder_ != nullptr && space != space_) finish();
  wombat_error error;
  if (builder_ == nullptr) {
    const std::string path = files_.new_path("table");
    wombat_builder* opened = nullptr;
    check(wombat_builder_open(path.c_str(), spaces_[space]->options.get(), &opened, &error), error, "load");
    builder_.reset(opened);
    space_ = space;
    made_.push_back({space, path});
  }
  const Bytes key = entry.key();
  const Bytes value = entry.value();
  check(wombat_builder_put_until(builder_.get(), key.data(), key.size(), value.data(), value.size(),
                                 entry.expires_at_us(), &error),
        error, "load");
  ++entry_count_;
  unweighed_ += key.size() + value.size();
  if (unweighed_ < kWeighStep) return;
  unweighed_ = 0;
  uint64_t bytes = 0;
  check(wombat_builder_size(builder_.get(), nullptr, &bytes, &error), error, "load");
  if (bytes >= spaces_[space]->table_size) finish();
}

void TableSink::finish() {
  if (builder_ == nullptr) return;
  wombat_error error;
  check(wombat_builder_finish(builder_.get(), &error), error, "load");
  builder_.reset();
  unweighed_ = 0;
}

}  // namespace wombat::cli
