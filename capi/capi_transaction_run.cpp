// The work of a transaction, done again after conflicts.
#include <random>

#include "db/retry_settings.h"
#include "request_options.h"

using namespace wombat;

namespace {

bool is_worth_a_retry(wombat_status status) { return status == WOMBAT_CONFLICT || status == WOMBAT_DEADLOCK; }

Status check_task(const TaskControl& control, Clock& clock) {
  if (control.cancel != nullptr && control.cancel->is_cancelled())
    return Status(Code::kCancelled, "cancelled by the caller");
  if (control.deadline.has_passed(clock.now_us()))
    return Status(Code::kTimedOut, "the time limit passed before the transaction was committed");
  return Status::ok();
}

/// Sleeps in steps, so that a cancellation does not wait for long.
Status pause(uint64_t delay_us, const TaskControl& control, Clock& clock) {
  constexpr uint64_t kStepMicros = 10'000;
  for (uint64_t left_us = delay_us; left_us > 0;) {
    WOMBAT_TRY(check_task(control, clock));
    const uint64_t step_us = std::min(left_us, kStepMicros);
    clock.sleep_us(step_us);
    left_us -= step_us;
  }
  return check_task(control, clock);
}

/// One attempt: what the work, or else the commit, ended with. `*error` is filled for failures of the commit.
wombat_status attempt(wombat_db* db, const wombat_txn_options* options, wombat_txn_function work,
                      void* user_data, wombat_error* error) {
  wombat_txn* txn = nullptr;
  wombat_status status = wombat_txn_begin(db, options, &txn, error);
  if (status != WOMBAT_OK) return status;
  status = work(user_data, txn);
  if (status == WOMBAT_OK) {
    status = wombat_txn_commit(txn, nullptr, nullptr, error);
  } else if (status < 0 && error != nullptr) {
    static_cast<void>(report(Status(static_cast<Code>(status), "the work of the transaction failed"), error));
  }
  wombat_txn_destroy(txn);
  return status;
}

/// Even, and different in threads that met the same conflict.
uint64_t chance() {
  thread_local std::minstd_rand random(std::random_device{}());
  return static_cast<uint64_t>(random()) << 33;
}

}  // namespace

wombat_status wombat_txn_run(wombat_db* db, const wombat_txn_options* options, wombat_txn_function work,
                             void* user_data, const wombat_task_options* task, uint32_t* retries,
                             wombat_error* error) {
  if (retries != nullptr) *retries = 0;
  wombat_status outcome = WOMBAT_OK;
  const wombat_status prepared = guarded(error, [&] {
    if (work == nullptr) return Status::invalid_argument("work is NULL");
    SharedPlace place;
    TaskControl control;
    WOMBAT_TRY(share_database(db, &place));
    WOMBAT_TRY(read_task_options(task, &control));
    const RetryPolicy policy = retry_policy_of(*place.db);
    Clock& clock = place.db->clock();
    WOMBAT_TRY(check_task(control, clock));
    for (uint32_t retry = 0;; ++retry) {
      outcome = attempt(db, options, work, user_data, error);
      if (retries != nullptr) *retries = retry;
      if (!is_worth_a_retry(outcome) || retry >= policy.retry_count_max) return Status::ok();
      WOMBAT_TRY(pause(policy.delay_us(retry + 1, chance()), control, clock));
    }
  });
  return prepared != WOMBAT_OK ? prepared : outcome;
}

wombat_status wombat_txn_retry_delay(wombat_db* db, uint32_t retries, uint64_t* delay_us,
                                     wombat_error* error) {
  if (delay_us != nullptr) *delay_us = 0;
  return guarded(error, [&] {
    if (delay_us == nullptr) return Status::invalid_argument("delay_us is NULL");
    SharedPlace place;
    WOMBAT_TRY(share_database(db, &place));
    const RetryPolicy policy = retry_policy_of(*place.db);
    if (retries >= policy.retry_count_max) return Status::outcome(Code::kEnd);
    *delay_us = policy.delay_us(retries + 1, chance());
    return Status::ok();
  });
}
