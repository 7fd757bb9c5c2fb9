#include "db/external_table.h"

#include "env/file_names.h"
#include "kv/expiry.h"

namespace wombat {

namespace {

/// What a writer that went wrong leaves behind is of no use to anybody.
void remove_file(Directory& directory, const std::string& name) noexcept {
  try {
    static_cast<void>(directory.remove_file(name));
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace

Result<FilePlace> open_place(FileSystem& file_system, const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash == 0 ? 1 : slash);
  FilePlace place;
  place.name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (place.name.empty() || place.name == "." || place.name == "..")
    return Status::invalid_argument("'" + escape_bytes(path) + "' is not the path of a file");
  WOMBAT_ASSIGN(place.directory, file_system.open_directory(folder, DirectoryMode::kMustExist));
  return place;
}

Result<std::unique_ptr<ExternalTableBuilder>> ExternalTableBuilder::create(FileSystem& file_system,
                                                                           const std::string& path,
                                                                           TableOptions options) {
  WOMBAT_ASSIGN(FilePlace place, open_place(file_system, path));
  if (parse_file_name(place.name)) {
    return Status::invalid_argument("'" + escape_bytes(path) +
                                    "' is a name that databases give to their own files; choose another");
  }
  std::unique_ptr<ExternalTableBuilder> made(new ExternalTableBuilder);
  made->path_ = path;
  FileHeader header;
  header.kind = FileKind::kTable;
  header.database_id = random_database_id();
  options.is_external = true;
  WOMBAT_ASSIGN(std::unique_ptr<WritableFile> file, place.directory->create_file(place.name));
  made->directory_ = std::move(place.directory);  // from here on the destructor removes the file
  made->name_ = std::move(place.name);
  made->builder_ = std::make_unique<TableBuilder>(std::move(file), path, header, options);
  return made;
}

ExternalTableBuilder::~ExternalTableBuilder() {
  builder_.reset();
  if (!is_finished_ && directory_ != nullptr) remove_file(*directory_, name_);
}

Status ExternalTableBuilder::check_order(Bytes key) const {
  if (builder_->entry_count() == 0 || compare_bytes(last_key_, key) < 0) return Status::ok();
  return Status::invalid_argument(path_ + ": key \"" + escape_bytes(key) + "\" does not come after \"" +
                                  escape_bytes(last_key_) + "\"; keys must ascend, each only once");
}

Status ExternalTableBuilder::add(Bytes key, Kind kind, Bytes value) {
  WOMBAT_TRY(failure_);
  if (is_finished_) return Status::invalid_argument(path_ + " is finished");
  WOMBAT_TRY(check_order(key));
  if (key.size() > kKeySizeMax || value.size() > kValueSizeMax) {  // nothing is spoilt
    return Status(Code::kTooLarge, path_ + ": key of " + std::to_string(key.size()) + " or value of " +
                                       std::to_string(value.size()) + " bytes");
  }
  failure_ = Status::no_memory();  // what is true when an allocation below throws
  last_key_.assign(key);
  failure_ = builder_->add(key, make_tag(0, kind), value);
  return failure_;
}

Status ExternalTableBuilder::put_until(Bytes key, Bytes value, uint64_t expires_at_us) {
  if (value.size() > kValueSizeMax - kExpirySize)
    return Status(Code::kTooLarge, path_ + ": value of " + std::to_string(value.size()) + " bytes");
  expiring_value_.clear();
  append_le<uint64_t>(&expiring_value_, expires_at_us);
  expiring_value_.append(value);
  return add(key, Kind::kExpiringPut, expiring_value_);
}

Status ExternalTableBuilder::finish() {
  WOMBAT_TRY(failure_);
  if (is_finished_) return Status::invalid_argument(path_ + " is finished already");
  if (builder_->entry_count() == 0) return Status::invalid_argument(path_ + " would hold no entries");
  failure_ = Status::no_memory();
  failure_ = builder_->finish();
  if (failure_) failure_ = directory_->sync();
  is_finished_ = failure_.is_ok();
  return failure_;
}

}  // namespace wombat
