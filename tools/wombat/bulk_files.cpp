#include "bulk_files.h"

#include <filesystem>
#include <random>
#include <system_error>

#include "failure.h"
#include "text.h"

namespace wombat::cli {

namespace {

constexpr int kTriesMax = 100;

}  // namespace

BulkFiles::BulkFiles(const std::string& parent) {
  std::random_device device;
  std::error_code error;
  for (int tries = 0; tries < kTriesMax; ++tries) {
    path_ = parent + "/wombat-load-" + std::to_string(device());
    if (std::filesystem::create_directory(path_, error)) return;
    if (error) break;
  }
  throw Failure(ExitCode::kIo, "load: cannot make a directory in '" + escaped(parent) + "'",
                error ? error.message() : "the names that were tried are taken", "name one with --temp-dir");
}

BulkFiles::~BulkFiles() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string bulk_parent_of(const std::string& db) {
  std::error_code error;
  if (db.rfind(":memory:", 0) == 0) return std::filesystem::temp_directory_path(error).string();
  std::filesystem::path path(db);
  if (!path.has_filename()) path = path.parent_path();  // it ended with a slash
  const std::filesystem::path parent = path.parent_path();
  return parent.empty() ? "." : parent.string();
}

}  // namespace wombat::cli
