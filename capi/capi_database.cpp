// Opening, closing and removing databases; their options.
#include "db/destroy.h"
#include "db/memory_path.h"
#include "handles.h"

using namespace wombat;

namespace {

Status check_path(const char* path) {
  if (path == nullptr) return Status::invalid_argument("path is NULL");
  if (*path == '\0') return Status::invalid_argument("path is empty");
  return Status::ok();
}

/// A child of a fork has none of the parent's threads and must not touch its files: the object is given up,
/// not destroyed.
template <typename T>
void give_up(std::shared_ptr<T> object) {
  static_cast<void>(new std::shared_ptr<T>(std::move(object)));
}

}  // namespace

wombat_status wombat_open(const char* path, const wombat_options* options, wombat_db** db,
                          wombat_error* error) {
  return guarded(error, [&] {
    if (db == nullptr) return Status::invalid_argument("db is NULL");
    *db = nullptr;
    WOMBAT_TRY(check_path(path));
    Options values;
    Environment environment;
    if (options != nullptr) {
      OptionsObject* object = nullptr;
      WOMBAT_TRY(resolve(options, &object));
      values = object->options;
      environment.log_function = object->log_function;
      environment.log_user_data = object->log_user_data;
      environment.compaction_filter = object->compaction_filter;
      if (!object->merge_operators.empty())
        environment.merge_operators = std::make_shared<const MergeOperators>(object->merge_operators);
    }
    WOMBAT_ASSIGN(std::shared_ptr<Db> opened, Db::open(path, values, environment));
    publish(std::make_unique<DatabaseObject>(opened), db);
    return Status::ok();
  });
}

wombat_status wombat_close(wombat_db* db, wombat_error* error) {
  if (db == nullptr) return WOMBAT_OK;
  return guarded(error, [&] {
    auto* const object = static_cast<DatabaseObject*>(end_handle(db, HandleKind::kDatabase));
    if (object == nullptr) return no_such_handle(db, "db");
    std::shared_ptr<Db> shared = std::move(object->db);
    const bool is_keyspace = object->is_keyspace;
    if (shared->is_forked()) {
      give_up(std::move(object->owned_tree));
      give_up(std::move(shared));
      retire(object);
      return Status::ok();
    }
    retire(object);
    return is_keyspace ? Status::ok() : shared->close();
  });
}

wombat_status wombat_destroy(const char* path, wombat_error* error) {
  return guarded(error, [&] {
    WOMBAT_TRY(check_path(path));
    if (is_memory_path(path))
      return Status::invalid_argument(
          "a database in memory is gone when it is closed: there is nothing to destroy");
    return destroy_database(posix_file_system(), path);
  });
}

wombat_status wombat_get_option(wombat_db* db, const char* name, char* buffer, size_t capacity,
                                size_t* length, wombat_error* error) {
  return guarded(error, [&] {
    if (length != nullptr) *length = 0;
    SharedPlace place;
    WOMBAT_TRY(share_database(db, &place));
    if (name == nullptr) return Status::invalid_argument("name is NULL");
    WOMBAT_ASSIGN(const OptionId id, Options::find(name));
    return write_text(place.tree->option_text(id), buffer, capacity, length);
  });
}

wombat_status wombat_set_option(wombat_db* db, const char* name, const char* value, wombat_error* error) {
  return guarded(error, [&] {
    SharedPlace place;
    WOMBAT_TRY(share_database(db, &place));
    if (name == nullptr || value == nullptr) return Status::invalid_argument("name or value is NULL");
    WOMBAT_ASSIGN(const OptionId id, Options::find(name));
    return place.tree->is_default() ? place.db->set_option(id, value)
                                    : place.db->set_keyspace_option(*place.tree, id, value);
  });
}
