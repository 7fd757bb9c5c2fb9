#include "handles.h"

namespace wombat {

Status no_such_handle(const void* handle, const char* name) {
  if (handle == nullptr) return Status::invalid_argument(std::string(name) + " is NULL");
  return Status(Code::kClosed, std::string(name) + " was closed or freed, or is no " + name + " handle");
}

Status enter_call(const wombat_db* handle, Place* place, std::optional<Tree::CallScope>* call) {
  EpochGuard guard(process_epochs());
  WOMBAT_TRY(enter_database(guard, handle, place));
  call->emplace(*place->tree);
  Status status = (*call)->check();
  if (!status) call->reset();  // inside the epoch: a closed database may go when it ends
  return status;
}

Status share_database(const wombat_db* handle, SharedPlace* place) {
  EpochGuard guard(process_epochs());
  Tree* tree = nullptr;
  WOMBAT_TRY(share_database(guard, handle, &place->db, &tree));
  place->tree = tree->shared_from_this();
  return Status::ok();
}

Status share_database(const EpochGuard& guard, const wombat_db* handle, std::shared_ptr<Db>* db,
                      Tree** tree) {
  Place place;
  WOMBAT_TRY(enter_database(guard, handle, &place));
  *tree = place.tree;
  *db = place.db->weak_from_this().lock();
  return *db != nullptr ? Status::ok() : no_such_handle(handle, "db");
}

Status read_snapshot(const EpochGuard&, const wombat_snapshot* handle, const Db& db, Timestamp* timestamp) {
  *timestamp = 0;
  if (handle == nullptr) return Status::ok();
  SnapshotObject* object = nullptr;
  WOMBAT_TRY(resolve(handle, &object));
  if (object->database != &db)
    return Status::invalid_argument("snapshot belongs to another database, or to one that was closed");
  *timestamp = object->timestamp;
  return Status::ok();
}

}  // namespace wombat
