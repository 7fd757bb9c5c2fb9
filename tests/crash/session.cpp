#include "crash/session.h"

#include <thread>

#include "base/check.h"
#include "base/random.h"
#include "crash/keyspace_rows.h"
#include "db/db_iterator.h"
#include "db/destroy.h"
#include "db/external_table.h"

namespace wombat {

namespace {

/// More commits in doubt make the oracle slow, and tell nothing new.
constexpr size_t kDoubtCountMax = 6;

/// The codes of a write that was turned away before anything happened.
bool is_refusal(Code code) {
  return code == Code::kDegraded || code == Code::kClosed || code == Code::kReadOnly || code == Code::kBusy ||
         code == Code::kTimedOut || code == Code::kConflict;
}

/// One that lasts: the time of tests leaps.
Result<std::shared_ptr<Transaction>> begin_transaction(const std::shared_ptr<Db>& db) {
  TransactionSettings settings = Transaction::default_settings(*db);
  settings.deadline = {};
  return Transaction::begin(db, db->default_tree().shared_from_this(), settings);
}

}  // namespace

Options tiny_options(const std::string& more) {
  Options options;
  Status parsed = options.parse(kTinyOptions);
  if (parsed) parsed = options.parse(more);
  WOMBAT_CHECK(parsed.is_ok());
  return options;
}

Result<ModelRows> read_rows(const std::shared_ptr<Db>& db, Timestamp snapshot) {
  return read_all_keyspaces(*db, snapshot);
}

Session::Session(FaultFileSystem* file_system, CommitHistory* history, TestClock* clock, Expects expects)
    : file_system_(file_system), history_(history), clock_(clock), expects_(expects) {}

Session::~Session() { release_snapshots(); }

void Session::problem(const std::string& text) {
  std::lock_guard lock(mutex_);
  problems_.push_back(text);
}

bool Session::accept(const char* what, const Status& status) {
  if (status) return true;
  const Code code = status.code();
  const bool is_impossible = code == Code::kInternal || code == Code::kInvalidArgument ||
                             code == Code::kNotADatabase || code == Code::kFormatVersion;
  if (!expects_faults() || is_impossible) problem(std::string(what) + ": " + status.to_string());
  return false;
}

bool Session::is_usable() const { return db_ != nullptr && history_->doubt_count() < kDoubtCountMax; }

void Session::start() {
  if (on_start_) std::exchange(on_start_, nullptr)();
}

void Session::open(const std::string& more_options) {
  WOMBAT_CHECK(db_ == nullptr);
  Environment environment;
  environment.file_system = file_system_;
  environment.clock = clock_;
  environment.space_allowance = 512 * 1024;  // with space.max_amplification
  clock_->set_ticks(history_->now());
  // A program that could not open its database tries again.
  for (int attempt = 0; attempt < 2 && db_ == nullptr; ++attempt) {
    if (on_open_) on_open_();
    Result<std::shared_ptr<Db>> opened =
        Db::open(kDatabasePath, tiny_options(std::string(options_) + "; " + more_options), environment);
    if (accept("open", opened.status())) {
      db_ = std::move(opened).value();
      settle_doubts();
    }
  }
}

/// After a failure and a new open nothing is in doubt any more: what is there now stays.
void Session::settle_doubts() {
  if (history_->doubt_count() == 0) return;
  const Result<ModelRows> rows = read_rows(db_);
  if (!accept("scan", rows.status())) {
    close();  // nothing could be checked from here on
    return;
  }
  if (const auto wrong = history_->settle(rows.value())) problem("after opening again: " + *wrong);
}

void Session::close() {
  if (db_ == nullptr) return;
  release_snapshots();
  const bool may_write = !db_->is_read_only();
  const CommitHistory::Mark mark = history_->mark();
  const Status closed = db_->close();
  db_.reset();
  if (accept("close", closed) && may_write) history_->mark_durable(mark);
}

Status Session::write_now(std::vector<ModelOperation> operations, SyncChoice sync) {
  WriteBatch batch;
  std::vector<std::shared_ptr<Tree>> kept;
  WOMBAT_TRY(add_operations(*db_, operations, history_->now(), &batch, &kept));
  std::vector<Tree*> trees;
  for (const auto& tree : kept) trees.push_back(tree.get());
  const CommitHistory::Commit commit = history_->begin(std::move(operations));
  WriteRequest request;
  request.record = batch.record();
  request.sync = sync;
  request.tree = trees.front();
  if (trees.size() > 1) request.trees = trees;
  Status written = db_->write(request);
  note_outcome(commit, written, is_durable(sync));
  return written;
}

bool Session::is_durable(SyncChoice sync) const {
  return sync == SyncChoice::kAlways ||
         (sync == SyncChoice::kDefault && db_->setting(OptionId::kWalSync) == 0);
}

void Session::note_outcome(const CommitHistory::Commit& commit, const Status& status, bool is_durable) {
  if (status) {
    history_->acknowledge(commit, is_durable);
  } else if (is_refusal(status.code())) {
    history_->refuse(commit);
  } else {
    history_->doubt(commit);
  }
}

Status Session::commit_now(const std::vector<ModelOperation>& operations, SyncChoice sync) {
  WOMBAT_ASSIGN(const std::shared_ptr<Transaction> transaction, begin_transaction(db_));
  const Transaction::Entry entry(*transaction);
  WOMBAT_TRY(entry.check());
  WOMBAT_TRY(add_operations(*transaction, operations, history_->now()));
  // What it sees now is what everybody will see; merges are worked out on the way.
  const ModelOperation& last = operations.back();
  if (last.kind == ModelOperation::Kind::kPut) {
    const auto place = split_keyspace(last.key);
    WOMBAT_ASSIGN(const std::shared_ptr<Tree> tree, db_->open_keyspace(place ? place->first : "default"));
    std::string found;
    WOMBAT_TRY(transaction->get(*tree, place ? place->second : last.key, false, [&](Bytes value) {
      found = value;
      return Status::ok();
    }));
    if (found != last.value) problem("a transaction does not see its own write");
  }
  const CommitHistory::Commit commit = history_->begin(operations);
  WriteRequest request;
  request.sync = sync;
  Timestamp committed_at = 0;
  const Status committed = transaction->commit(request, &committed_at);
  note_outcome(commit, committed, is_durable(sync));
  return committed;
}

void Session::commit(std::vector<ModelOperation> operations, SyncChoice sync) {
  if (is_usable()) accept("commit of a transaction", commit_now(operations, sync));
}

Status Session::prepare_now(const std::string& name) {
  WOMBAT_ASSIGN(const std::shared_ptr<Transaction> transaction, begin_transaction(db_));
  const Transaction::Entry entry(*transaction);
  WOMBAT_TRY(entry.check());
  WOMBAT_TRY(add_operations(*transaction, operations_of_prepared(name, history_->now()), history_->now()));
  const CommitHistory::Commit commit = history_->begin({ModelOperation::put(prepared_row(name), "")});
  const Status prepared = transaction->prepare(name);
  note_outcome(commit, prepared, true);
  return prepared;
}

std::string Session::prepare(const std::string& name) {
  if (!is_usable()) return {};
  const std::string full_name = name + "@" + std::to_string(history_->now());
  return accept("prepare", prepare_now(full_name)) ? full_name : std::string();
}

void Session::decide(const std::string& prepared, bool commits) {
  if (!is_usable() || history_->visible_rows().count(prepared_row(prepared)) == 0) return;
  std::vector<ModelOperation> operations = {ModelOperation::erase(prepared_row(prepared))};
  if (commits) {
    for (ModelOperation& operation : operations_of_prepared(prepared, history_->now()))
      operations.push_back(std::move(operation));
  }
  const CommitHistory::Commit commit = history_->begin(std::move(operations));
  const Status decided = db_->decide_prepared(prepared, commits, nullptr);
  note_outcome(commit, decided, true);
  accept("decision about a prepared transaction", decided);
}

void Session::decide_all(bool commits) {
  if (db_ == nullptr) return;
  for (const std::string& name : db_->prepared_names()) decide(name, commits);
}

void Session::write(std::vector<ModelOperation> operations, SyncChoice sync) {
  if (is_usable()) accept("write", write_now(std::move(operations), sync));
}

void Session::put(const std::string& key, const std::string& value, SyncChoice sync) {
  write({ModelOperation::put(key, value)}, sync);
}

Status Session::try_put(const std::string& key, const std::string& value, SyncChoice sync) {
  return write_now({ModelOperation::put(key, value)}, sync);
}

void Session::erase(const std::string& key, SyncChoice sync) { write({ModelOperation::erase(key)}, sync); }

/// Bytes that do not compress, with a number that makes each value unlike all others.
std::string Session::next_value(size_t size) {
  const uint64_t number = value_count_.fetch_add(1) + 1;
  std::string value = std::to_string(number) + ":";
  Random random(number);
  while (value.size() < size) value += static_cast<char>(random.next());
  return value;
}

void Session::fill(const std::string& prefix, int count, size_t value_size, SyncChoice sync) {
  for (int i = 0; i < count; ++i) {
    std::string digits = std::to_string(i);
    digits.insert(0, 4 - std::min<size_t>(digits.size(), 4), '0');
    put(prefix + digits, next_value(value_size), sync);
  }
}

Status Session::build_file(const std::vector<ModelOperation>& puts, const std::string& path) {
  TableOptions options;
  options.block_size_bytes = 256;
  WOMBAT_ASSIGN(const auto builder, ExternalTableBuilder::create(*file_system_, path, options));
  for (const ModelOperation& put : puts) WOMBAT_TRY(builder->put(put.key, put.value));
  return builder->finish();
}

void Session::ingest(const std::string& prefix, int count, size_t value_size) {
  if (!is_usable()) return;
  std::vector<ModelOperation> puts;
  for (int i = 0; i < count; ++i) {
    std::string digits = std::to_string(i);
    digits.insert(0, 4 - std::min<size_t>(digits.size(), 4), '0');
    puts.push_back(ModelOperation::put(prefix + digits, next_value(value_size)));
  }
  const std::string name = std::string(kOutsidePath) + "/t" + std::to_string(++file_count_);
  const std::vector<std::string> paths = {name + "a", name + "b"};
  if (!accept("outside",
              file_system_->open_directory(kOutsidePath, DirectoryMode::kCreateIfMissing).status()) ||
      !accept("build", build_file({puts.begin(), puts.begin() + count / 2}, paths[0])) ||
      !accept("build", build_file({puts.begin() + count / 2, puts.end()}, paths[1]))) {
    return;
  }
  const CommitHistory::Mark mark = history_->mark();
  const CommitHistory::Commit commit = history_->begin(puts);
  const Status taken = db_->default_tree().ingest(paths, true, {});
  note_outcome(commit, taken, true);
  if (accept("ingest", taken)) history_->mark_durable(mark);
}

void Session::create_keyspace(const std::string& name, const std::string& options) {
  if (is_usable()) accept("create_keyspace", db_->create_keyspace(name, options).status());
}

/// In the history, the end of all rows of the keyspace is one commit.
void Session::change_keyspace(const std::string& name, const std::string* new_name) {
  if (!is_usable() || !db_->open_keyspace(name)) return;
  const auto change = [&] {
    return new_name == nullptr ? db_->drop_keyspace(name) : db_->rename_keyspace(name, *new_name);
  };
  std::vector<ModelOperation> operations = drop_operations(history_->visible_contents(), name, new_name);
  if (operations.empty()) {
    accept("change of an empty keyspace", change());
    return;
  }
  const CommitHistory::Commit commit = history_->begin(std::move(operations));
  const Status changed = change();
  if (changed) {
    history_->acknowledge(commit, true);
  } else if (is_refusal(changed.code()) || changed.code() == Code::kAlreadyExists) {
    history_->refuse(commit);
  } else {
    history_->doubt(commit);
  }
  accept(new_name == nullptr ? "drop_keyspace" : "rename_keyspace", changed);
}

void Session::drop_keyspace(const std::string& name) { change_keyspace(name, nullptr); }

void Session::rename_keyspace(const std::string& name, const std::string& new_name) {
  change_keyspace(name, &new_name);
}

void Session::sync() {
  if (!is_usable()) return;
  const CommitHistory::Mark mark = history_->mark();
  if (accept("sync", db_->sync())) history_->mark_durable(mark);
}

void Session::flush() {
  if (!is_usable()) return;
  const CommitHistory::Mark mark = history_->mark();
  if (accept("flush", db_->flush({}))) history_->mark_durable(mark);
}

void Session::compact() {
  if (!is_usable()) return;
  const CommitHistory::Mark mark = history_->mark();
  if (accept("compact_range", db_->compact_range(nullptr, nullptr, {}))) history_->mark_durable(mark);
}

void Session::wait() {
  if (is_usable()) accept("wait", db_->wait_for_background({}));
}

void Session::clean_up_logs() {
  uint64_t removed = 0;
  if (is_usable()) accept("clean_up_logs", db_->clean_up_logs(&removed));
}

void Session::reclaim(uint32_t dead_percent) {
  if (is_usable()) accept("reclaim", db_->reclaim(dead_percent, TaskControl()));
}

void Session::pass_time(uint64_t microseconds) {
  clock_->advance(microseconds);
  if (db_ != nullptr) accept("set_option", db_->set_option(OptionId::kLogLevel, "info"));
}

void Session::pass_tick() {
  history_->tick();
  clock_->set_ticks(history_->now());
  pass_time(60'000'000);
}

void Session::take_snapshot() {
  if (!is_usable()) return;
  snapshots_.push_back({db_->take_snapshot(), history_->visible_contents(), history_->now()});
}

void Session::check_snapshots() {
  if (db_ == nullptr) return;
  for (const HeldSnapshot& snapshot : snapshots_) {
    const Result<ModelRows> rows = read_rows(db_, snapshot.timestamp);
    if (!accept("read at a snapshot", rows.status())) continue;
    ModelRows expected = rows_of(snapshot.contents, history_->now() - snapshot.taken_at);
    std::erase_if(expected, [](const auto& row) { return row.first.starts_with("!"); });
    const std::string difference = describe_difference(expected, rows.value());
    if (!difference.empty()) problem("wrong rows at a snapshot: " + difference);
  }
}

void Session::release_snapshots() {
  if (db_ == nullptr) return;
  for (const HeldSnapshot& snapshot : snapshots_) db_->release_snapshot(snapshot.timestamp);
  snapshots_.clear();
}

void Session::check_reads() {
  if (db_ == nullptr) return;
  const ModelRows expected = history_->visible_rows();
  const Result<ModelRows> rows = read_rows(db_);
  if (accept("scan", rows.status())) {
    const std::string difference = describe_difference(expected, rows.value());
    if (!difference.empty()) problem("a scan shows wrong rows: " + difference);
  }
  size_t count = 0;
  for (const std::string& key : history_->keys()) {
    const auto place = split_keyspace(key);
    if (key.starts_with("!") || (place && !db_->open_keyspace(place->first))) continue;
    const auto row = expected.find(key);
    // What is not there any more is the more interesting.
    if (row != expected.end() && count++ % 7 != 0) continue;
    const Result<std::optional<std::string>> found = read_value(*db_, key);
    if (!accept("get", found.status())) continue;
    if (found.value() != (row == expected.end() ? std::nullopt : std::optional<std::string>(row->second)))
      problem("get of " + escape_bytes(key) + " finds the wrong value");
  }
  const Result<std::optional<std::string>> absent = read_value(*db_, "no such key");
  if (accept("get", absent.status()) && absent.value()) problem("get finds a key that was never written");
}

void Session::check_reads_together() {
  if (db_ == nullptr) return;
  const ModelRows expected = history_->visible_rows();
  std::vector<std::string> keys;
  for (const std::string& key : history_->keys())
    if (!key.starts_with("!") && !split_keyspace(key)) keys.push_back(key);
  const EpochGuard guard(process_epochs());
  Tree& tree = db_->default_tree();
  ReadState& state = tree.read_state(guard);
  const Timestamp at = db_->visible_timestamp();
  for (size_t begin = 0; begin < keys.size(); begin += kLookupGroupMax) {
    const size_t count = std::min(keys.size() - begin, kLookupGroupMax);
    Lookup lookups[kLookupGroupMax];
    for (size_t i = 0; i < count; ++i) lookups[i].key = keys[begin + i];
    if (!accept("multi-get", tree.get_group(guard, state, at, true, Deadline(), lookups, count))) continue;
    for (size_t i = 0; i < count; ++i) {
      if (!accept("multi-get", lookups[i].status)) continue;
      const auto row = expected.find(keys[begin + i]);
      if (lookups[i].found != (row != expected.end()) ||
          (lookups[i].found && lookups[i].value.value != row->second))
        problem("multi-get of " + escape_bytes(keys[begin + i]) + " finds the wrong value");
    }
  }
}

void Session::destroy() {
  history_->begin_destroying();
  accept("destroy", destroy_database(*file_system_, kDatabasePath));
}

void Session::run_threads(const std::vector<std::function<void()>>& functions) {
  std::vector<std::thread> threads;
  for (const std::function<void()>& function : functions) threads.emplace_back(function);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace wombat
