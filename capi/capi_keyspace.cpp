// Keyspaces.
#include "db/keyspace_options.h"
#include "handles.h"

using namespace wombat;

namespace {

Status read_name(const char* name, const char* what, std::string_view* text) {
  if (name == nullptr) return Status::invalid_argument(std::string(what) + " is NULL");
  *text = name;
  return Status::ok();
}

}  // namespace

wombat_status wombat_keyspace_create(wombat_db* db, const char* name, const wombat_options* options,
                                     wombat_error* error) {
  return guarded(error, [&] {
    SharedPlace place;
    std::string_view text;
    std::string overrides;
    WOMBAT_TRY(share_database(db, &place));
    WOMBAT_TRY(read_name(name, "name", &text));
    if (options != nullptr) {
      OptionsObject* object = nullptr;
      WOMBAT_TRY(resolve(options, &object));
      WOMBAT_ASSIGN(overrides, keyspace_overrides(object->options));
    }
    return place.db->create_keyspace(text, std::move(overrides)).status();
  });
}

wombat_status wombat_keyspace_open(wombat_db* db, const char* name, wombat_db** keyspace,
                                   wombat_error* error) {
  return guarded(error, [&] {
    if (keyspace == nullptr) return Status::invalid_argument("keyspace is NULL");
    *keyspace = nullptr;
    SharedPlace place;
    std::string_view text;
    WOMBAT_TRY(share_database(db, &place));
    WOMBAT_TRY(read_name(name, "name", &text));
    WOMBAT_ASSIGN(std::shared_ptr<Tree> tree, place.db->open_keyspace(text));
    publish(std::make_unique<DatabaseObject>(std::move(place.db), std::move(tree), true), keyspace);
    return Status::ok();
  });
}

wombat_status wombat_keyspace_list(wombat_db* db, char* buffer, size_t capacity, size_t* length,
                                   wombat_error* error) {
  return guarded(error, [&] {
    if (length != nullptr) *length = 0;
    SharedPlace place;
    WOMBAT_TRY(share_database(db, &place));
    return write_lines(place.db->keyspace_names(), buffer, capacity, length);
  });
}

wombat_status wombat_keyspace_rename(wombat_db* db, const char* name, const char* new_name,
                                     wombat_error* error) {
  return guarded(error, [&] {
    SharedPlace place;
    std::string_view from;
    std::string_view to;
    WOMBAT_TRY(share_database(db, &place));
    WOMBAT_TRY(read_name(name, "name", &from));
    WOMBAT_TRY(read_name(new_name, "new_name", &to));
    return place.db->rename_keyspace(from, to);
  });
}

wombat_status wombat_keyspace_drop(wombat_db* db, const char* name, wombat_error* error) {
  return guarded(error, [&] {
    SharedPlace place;
    std::string_view text;
    WOMBAT_TRY(share_database(db, &place));
    WOMBAT_TRY(read_name(name, "name", &text));
    return place.db->drop_keyspace(text);
  });
}
