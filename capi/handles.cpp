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

namespace {

/// The timestamp of a snapshot, 0 for none.
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

}  // namespace

Status read_moment(const EpochGuard& guard, const wombat_snapshot* snapshot, uint64_t as_of_timestamp,
                   uint64_t as_of_time_us, const Db& db, Timestamp* timestamp, bool* is_past) {
  *is_past = as_of_timestamp != 0 || as_of_time_us != 0;
  if (!*is_past) return read_snapshot(guard, snapshot, db, timestamp);
  if (snapshot != nullptr || (as_of_timestamp != 0 && as_of_time_us != 0))
    return Status::invalid_argument("more than one of snapshot, as_of_timestamp and as_of_time_us is given");
  *timestamp = as_of_timestamp;
  return as_of_time_us == 0 ? Status::ok() : db.find_commit_at(as_of_time_us, timestamp);
}

}  // namespace wombat
