#include "db/update_key.h"

#include "db/commit_check.h"
#include "db/pinned_moment.h"
#include "db/write_limits.h"

namespace wombat {

namespace {

Status read_and_decide(Tree& tree, Bytes key, Timestamp at,
                       const std::function<Status(const Bytes*, KeyUpdate*)>& decide, KeyUpdate* update) {
  const EpochGuard guard(process_epochs());
  ReadState& state = tree.read_state(guard);
  FoundValue found;
  bool is_there = false;
  WOMBAT_TRY(tree.get_at(guard, state, key, at, true, &found, &is_there));
  return decide(is_there ? &found.value : nullptr, update);
}

}  // namespace

Status update_key(Tree& tree, Bytes key, const WriteRequest& request,
                  const std::function<Status(const Bytes* value, KeyUpdate* update)>& decide) {
  Db& db = tree.db();
  const Tree::CallScope call(tree);
  WOMBAT_TRY(call.check());
  for (;;) {
    const PinnedMoment moment(db);  // a version that is later keeps its timestamp meanwhile
    KeyUpdate update;
    WOMBAT_TRY(read_and_decide(tree, key, moment.timestamp(), decide, &update));
    ReadSet reads;
    reads.add_key(tree.id(), key, moment.timestamp());
    const CommitCheck check{&reads, moment.timestamp(), false};
    SingleWrite write(update.kind, key, update.value);
    write.assign_keyspace(tree.id());
    WriteRequest attempt = request;
    attempt.record = write.record();
    attempt.tree = &tree;
    attempt.check = &check;
    WOMBAT_TRY(check_write_limits(db, attempt));
    const Status written = db.write(call, attempt);
    if (written.code() != Code::kConflict) return written;
    if (request.deadline.has_passed(db.clock().now_us()))
      return Status(Code::kTimedOut, "others changed the key again and again until the time limit");
  }
}

}  // namespace wombat
