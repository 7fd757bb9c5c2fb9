#include "resources/api_session.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "handles.h"

namespace wombat {

namespace {

/// The bytes of a value, told by its number: no two numbers give the same.
std::string value_text(int value, size_t size) {
  std::string text = "value" + std::to_string(value) + ".";
  while (text.size() < size)
    text += static_cast<char>('a' + (text.size() * 7 + static_cast<size_t>(value)) % 26);
  return text;
}

}  // namespace

wombat_status open_on(FileSystem& file_system, const char* path, const Options& options, wombat_db** db,
                      wombat_error* error) {
  return guarded(error, [&] {
    *db = nullptr;
    Environment environment;
    environment.file_system = &file_system;
    WOMBAT_ASSIGN(std::shared_ptr<Db> opened, Db::open(path, options, environment));
    publish(std::make_unique<DatabaseObject>(std::move(opened)), db);
    return Status::ok();
  });
}

Options small_options(const char* more) {
  Options options;
  const Status parsed = options.parse(
      std::string(
          "memtable.size=16KiB; num_memtables=3; table.size=4KiB; table.block_size=1KiB;"
          "levels.base_size=64KiB; compaction.min_compaction_files=2; compaction.threads=1;"
          "cache.size=64KiB; io.max_open_files=8; checkpoint.interval_s=0; manifest.rewrite_size=4KiB;") +
      more);
  WOMBAT_CHECK(parsed.is_ok());
  return options;
}

wombat_status ApiSession::open() { return open_with(options_); }

wombat_status ApiSession::open_with(const Options& options) {
  return expect("open", open_on(file_system_, kSessionPath, options, &db, &error));
}

wombat_status ApiSession::close() {
  wombat_db* const closing = db;
  db = nullptr;
  return expect("close", wombat_close(closing, &error));
}

wombat_status ApiSession::put(int key, int value, size_t size, const wombat_write_options* how) {
  std::string text;
  {
    const AllocationExempt exempt;
    text = value_text(value, size);
  }
  const KeyText name(key);
  const wombat_status status =
      wombat_put(db, name.data(), KeyText::kSize, text.data(), text.size(), how, &error);
  const AllocationExempt exempt;
  contents_.note(name.text, std::move(text), status);
  return expect("put", status);
}

wombat_status ApiSession::remove(int key) {
  const KeyText name(key);
  const wombat_status status = wombat_delete(db, name.data(), KeyText::kSize, nullptr, &error);
  const AllocationExempt exempt;
  contents_.note(name.text, std::nullopt, status);
  return expect("delete", status);
}

wombat_status ApiSession::write_batch(int first_key, int count, int value) {
  std::string text;
  {
    const AllocationExempt exempt;
    text = value_text(value, 40);
  }
  wombat_batch* batch = nullptr;
  wombat_status status = expect("batch_create", wombat_batch_create(&batch, &error));
  for (int i = 0; i < count && status == WOMBAT_OK; ++i) {
    const KeyText name(first_key + i);
    status = expect("batch_put",
                    wombat_batch_put(batch, name.data(), KeyText::kSize, text.data(), text.size(), &error));
  }
  const KeyText last(first_key + count);
  if (status == WOMBAT_OK)
    status = expect("batch_delete", wombat_batch_delete(batch, last.data(), KeyText::kSize, &error));
  if (status == WOMBAT_OK) {
    status = expect("write", wombat_write(db, batch, nullptr, &error));
    const AllocationExempt exempt;
    for (int i = 0; i < count; ++i) contents_.note(KeyText(first_key + i).text, text, status);
    contents_.note(last.text, std::nullopt, status);
  }
  wombat_batch_destroy(batch);
  return status;
}

wombat_status ApiSession::expect(const char* call, wombat_status status) {
  if (status >= 0 || std::find(std::begin(allowed), std::end(allowed), status) != std::end(allowed))
    return status;
  if (problem_[0] == '\0') {
    std::snprintf(problem_, sizeof problem_, "%s answered %s: %s", call, wombat_status_name(status),
                  error.message);
  }
  return status;
}

void ApiSession::require(bool holds, const char* fact) {
  if (!holds && problem_[0] == '\0') std::snprintf(problem_, sizeof problem_, "does not hold: %s", fact);
}

}  // namespace wombat
