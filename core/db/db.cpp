#include "db/db.h"

#include <algorithm>
#include <system_error>

#include "db/memory_path.h"
#include "db/onlooker.h"
#include "db/recovery.h"
#include "env/fork_guard.h"
#include "env/memory_advice.h"
#include "env/page_memory.h"
#include "env/process_barrier.h"

namespace wombat {

namespace {

ReadRules rules_of(const Environment& environment) {
  ReadRules rules;
  if (environment.merge_operators != nullptr) rules.operators = environment.merge_operators.get();
  rules.wall_us = [](void* clock) { return static_cast<Clock*>(clock)->wall_us(); };
  rules.wall_source = environment.clock;
  return rules;
}

}  // namespace

Db::Db(std::string path, const Options& options, MemoryPlan plan, const Environment& environment)
    : path_(std::move(path)),
      environment_(environment),
      rules_(rules_of(environment_)),
      is_read_only_(options.flag(OptionId::kOpenReadOnly)),
      fork_generation_(fork_generation()),
      log_(environment.log_function, environment.log_user_data,
           static_cast<LogLevel>(options.integer(OptionId::kLogLevel))),
      settings_(plan.options),
      options_(options),
      effective_options_(std::move(plan.options)),
      memory_shares_(plan.shares),
      memory_(std::make_shared<MemoryBudget>(plan.shares.limit_bytes)),
      memtable_blocks_(std::make_shared<BlockPool>(static_cast<size_t>(memory_shares_.kept_bytes_max),
                                                   advise_huge_pages,
                                                   MemoryAccount(memory_, MemoryCategory::kMemtables),
                                                   PageSource{take_pages, give_pages, kPageMemoryMin})),
      default_tree_(std::make_shared<Tree>(*this, kDefaultKeyspace, "default", effective_options_, "")) {
  space_.set_allowance(environment_.space_allowance);
  note_value_threshold(setting(OptionId::kValueLogThreshold));
  trees_.emplace(kDefaultKeyspace, default_tree_);
  names_.emplace("default", default_tree_);
  ThreadSupport support;
  if (!process_epochs().threads_own_slots() && find_thread_support(&support))
    process_epochs().let_threads_own_slots(support);
}

Status Db::check_open() const {
  return is_closed_.load(std::memory_order_seq_cst) ? Status(Code::kClosed, path() + " is closed")
                                                    : Status::ok();
}

Result<std::shared_ptr<Db>> Db::open(const std::string& path, const Options& options,
                                     const Environment& environment) {
  struct Access : Db {  // the constructor is private to everyone else
    Access(const std::string& p, const Options& o, MemoryPlan m, const Environment& e)
        : Db(p, o, std::move(m), e) {}
  };
  if (is_memory_path(path) && environment.own_file_system == nullptr) {
    WOMBAT_TRY(check_memory_open(path, options));
    return open(path, options, in_memory(environment));
  }
  WOMBAT_ASSIGN(const MemoryPlan plan, plan_memory(options, machine_memory(environment)));
  Onlooker onlooker;
  bool checks_values = false;
  for (;;) {
    std::shared_ptr<Db> db = std::make_shared<Access>(path, options, plan, environment);
    db->value_log_.had_files = checks_values;
    const uint64_t started_us = environment.clock->now_us();
    Status started = db->start(path);
    if (started) {
      const uint64_t took_ms = (environment.clock->now_us() - started_us) / 1000;
      db->log_.write(LogLevel::kInfo, "opened " + path + " in " + std::to_string(took_ms) + " ms, replayed " +
                                          std::to_string(db->statistics_.total(Counter::kRecoveryRecords)) +
                                          " log records");
      return db;
    }
    static_cast<void>(db->close());
    // Where there is no value file at all logs are read without looking after values first. But a loss of power may have
    // taken the name of the very first one, and left a log that points there.
    if (started.code() == Code::kMissingFile && !db->value_log_.had_files) {
      checks_values = true;
      continue;
    }
    const bool is_onlooker = options.flag(OptionId::kOpenReadOnly) && db->directory_ != nullptr;
    if (!is_onlooker || !onlooker.should_look_again(started, *db->directory_)) return started;
  }
}

Status Db::start(const std::string& path) {
  const Options& options = options_;
  const bool may_create = !is_read_only_ && options.flag(OptionId::kOpenCreateIfMissing);
  WOMBAT_ASSIGN(std::unique_ptr<Directory> directory,
                environment_.file_system->open_directory(
                    path, may_create ? DirectoryMode::kCreateIfMissing : DirectoryMode::kMustExist));
  auto measured = std::make_unique<MeasuredDirectory>(sides_.begin(std::move(directory)));
  measured_ = measured.get();
  directory_ = std::make_unique<LatchedDirectory>(std::move(measured));
  bool exists = false;
  WOMBAT_TRY(check_open_options(*directory_, options, &exists));
  if (!is_read_only_) {
    WOMBAT_ASSIGN(std::unique_ptr<DirectoryLock> lock, directory_->lock(kLockFileName));
    sides_.keep(std::move(lock));
    WOMBAT_TRY(
        check_open_options(*directory_, options, &exists));  // it may have changed before the lock was taken
  }
  if (!exists) WOMBAT_TRY(check_sides_are_empty(*environment_.file_system, *directory_));
  if (setting(OptionId::kIoDirect) != 0) {
    WOMBAT_TRY(directory_->check_direct_reads());
    directory_->leave_page_cache();
  }
  descriptors_ =
      std::make_unique<DescriptorCache>(*directory_, static_cast<size_t>(setting(OptionId::kIoMaxOpenFiles)));
  cache_ = std::make_unique<FrameCache>(static_cast<size_t>(setting(OptionId::kCacheSize)), process_epochs(),
                                        &statistics_, memory_);
  WOMBAT_TRY(recover(exists));
  {
    std::lock_guard lock(mutex_);
    for (const auto& tree : all_trees()) {
      if (tree->active_.memtable != nullptr) writing_.push_back(*tree);
      tree->install_state(tree->make_state(tree->active_.memtable, tree->sealed_));
    }
    watch_log_size();
  }
  WOMBAT_TRY(load_prepared());
  WOMBAT_TRY(load_history());
  if (!is_read_only_) WOMBAT_TRY(set_space_ceiling());
  is_started_ = true;
  return is_read_only_ ? Status::ok() : start_threads();
}

Status Db::start_threads() {
  const int64_t wanted = setting(OptionId::kCompactionThreads);
  compaction_threads_ = static_cast<uint32_t>(
      wanted != 0 ? wanted
                  : std::clamp<int64_t>(static_cast<int64_t>(std::thread::hardware_concurrency()), 1, 4));
  WOMBAT_ASSIGN(workers_, WorkerPool::create(compaction_threads_,
                                             static_cast<int>(setting(OptionId::kBackgroundNice))));
  memtable_blocks_->set_scarcity_listener([this] {  // called by writers, which close() waits for
    return workers_->submit(JobPriority::kFlush, [blocks = memtable_blocks_] { blocks->prepare(); });
  });
  tables_->set_obsolete_listener([this] { wake_housekeeper(); });
  values_->begin_removing([this] { wake_housekeeper(); });
  housekeeping_.synced_at_us = housekeeping_.reported_at_us = environment_.clock->now_us();
  try {
    housekeeping_.thread = std::thread([this] { housekeep(); });
  } catch (const std::system_error&) {
    return Status(Code::kNoMemory, "the operating system refuses another thread");
  }
  std::lock_guard lock(mutex_);
  schedule();
  return Status::ok();
}

void Db::stop_threads() {
  {
    std::lock_guard lock(mutex_);
    is_closing_ = true;
    changed_.notify_all();
  }
  {
    std::lock_guard lock(housekeeping_.mutex);
    housekeeping_.stops = true;
    housekeeping_.wakes.notify_one();
  }
  if (housekeeping_.thread.joinable()) housekeeping_.thread.join();
  if (workers_ != nullptr) workers_->drain_and_stop();
}

/// Somebody is inside a call. Calls that begin now are refused.
bool Db::has_calls() const {
  std::lock_guard lock(keyspaces_mutex_);
  const auto is_in_use = [](const std::shared_ptr<Tree>& tree) { return tree->calls_.load() != 0; };
  return std::any_of(dropped_.begin(), dropped_.end(), is_in_use) ||
         std::any_of(trees_.begin(), trees_.end(),
                     [&](const auto& entry) { return is_in_use(entry.second); });
}

Status Db::close() {
  std::lock_guard close_lock(close_mutex_);
  if (!is_closed_.load()) keep_last_time();
  if (is_closed_.exchange(true, std::memory_order_seq_cst)) return close_status_;
  {
    std::lock_guard lock(keyspaces_mutex_);  // a list of them would take memory, and nothing may fail here
    for (const auto& [id, tree] : trees_) tree->shut();
  }
  locks_.close();
  stop_threads();
  while (has_calls())
    std::this_thread::sleep_for(std::chrono::microseconds(100));  // they finish or fail soon
  if (tables_ != nullptr) {
    tables_->set_obsolete_listener(nullptr);
    values_->stop_removing();  // what memtables alone point to is needed by the next open
    remove_obsolete_files();
  }
  try {
    close_status_ = close_journals();
  } catch (const std::bad_alloc&) {
    close_status_ = Status::no_memory();
  }
  sides_.release();
  return close_status_;
}

Status Db::close_journals() {
  if (!is_started_ || is_read_only_) return Status::ok();
  if (is_degraded_.load()) {  // acknowledged writes may not be durable, and nobody can make them so
    std::lock_guard lock(mutex_);
    return failure_;
  }
  uint64_t log_number = 0;
  uint64_t log_size = 0;
  WOMBAT_TRY(wal_->close(&log_number, &log_size));
  WOMBAT_TRY(close_values());
  if (log_number != 0) {
    VersionEdit edit;
    edit.sealed_logs.emplace_back(log_number, log_size);
    static_cast<void>(manifest_->apply(std::move(edit)));  // without it the next open replays more carefully
  }
  return manifest_->close();
}

Db::~Db() {
  static_cast<void>(close());
  memory_->set_relief(nullptr);
  for (const auto& [id, tree] : trees_) tree->give_up_state();
  for (const auto& tree : dropped_) tree->give_up_state();
  // Retired states and frames refer to members of this object.
  process_epochs().synchronize();
  for (const auto& [id, tree] : trees_) tree->give_up_memtables();
  manifest_.reset();  // its tables refer to tables_ and cache_
  remove_obsolete_files();
}

}  // namespace wombat
