// The long calls.
#include "request_options.h"

using namespace wombat;

namespace {

/// Tells the caller of the beginning, the end, and at most once in a while of what lies between.
struct PacedProgress {
  wombat_progress_function function;
  void* user_data;
  uint64_t told_at_us = 0;

  static constexpr uint64_t kPauseMicros = 20'000;

  bool operator()(uint64_t done, uint64_t total) {
    const uint64_t now_us = system_clock().now_us();
    const bool is_last = total != 0 && done >= total;
    if (!is_last && told_at_us != 0 && now_us - told_at_us < kPauseMicros) return true;
    told_at_us = now_us;
    return function(user_data, done, total) == 0;
  }
};

}  // namespace

Status wombat::read_task_options(const wombat_task_options* options, TaskControl* control) {
  if (options == nullptr) return Status::ok();
  wombat_task_options known;
  WOMBAT_TRY(read_struct(options, "wombat_task_options", &known));
  if (known.timeout_us != 0) control->deadline = Deadline::after(system_clock().now_us(), known.timeout_us);
  if (known.cancel != nullptr) {
    EpochGuard guard(process_epochs());
    CancelObject* object = nullptr;
    WOMBAT_TRY(resolve(known.cancel, &object));
    control->cancel = object->token;
  }
  if (known.progress != nullptr) control->progress = PacedProgress{known.progress, known.user_data};
  return Status::ok();
}

namespace {

struct OptionalBytes {
  Bytes bytes;
  const Bytes* or_null = nullptr;

  Status read(const void* data, size_t size, const char* what) {
    WOMBAT_TRY(read_bytes(data, size, what, &bytes));
    if (data != nullptr) or_null = &bytes;
    return Status::ok();
  }
};

template <typename Task>
wombat_status run_task(wombat_db* db, const wombat_task_options* options, wombat_error* error, Task task) {
  return guarded(error, [&] {
    SharedPlace place;
    TaskControl control;
    WOMBAT_TRY(share_database(db, &place));
    WOMBAT_TRY(read_task_options(options, &control));
    return task(place, control);
  });
}

}  // namespace

wombat_status wombat_cancel_create(wombat_cancel** cancel, wombat_error* error) {
  return guarded(error, [&] {
    if (cancel == nullptr) return Status::invalid_argument("cancel is NULL");
    *cancel = nullptr;
    publish(std::make_unique<CancelObject>(), cancel);
    return Status::ok();
  });
}

wombat_status wombat_cancel_request(wombat_cancel* cancel, wombat_error* error) {
  return guarded(error, [&] {
    EpochGuard guard(process_epochs());
    CancelObject* object = nullptr;
    WOMBAT_TRY(resolve(cancel, &object));
    object->token->cancel();
    return Status::ok();
  });
}

void wombat_cancel_destroy(wombat_cancel* cancel) {
  guarded_free([&] {
    auto* const object = static_cast<CancelObject*>(end_handle(cancel, HandleKind::kCancel));
    if (object != nullptr) retire(object);
  });
}

wombat_status wombat_flush(wombat_db* db, const wombat_task_options* options, wombat_error* error) {
  return run_task(db, options, error, [](const SharedPlace& place, const TaskControl& control) {
    return place.tree->is_default() ? place.db->flush(control) : place.tree->flush(control);
  });
}

wombat_status wombat_compact_range(wombat_db* db, const void* lower, size_t lower_size, const void* upper,
                                   size_t upper_size, const wombat_task_options* options,
                                   wombat_error* error) {
  return run_task(db, options, error, [&](const SharedPlace& place, const TaskControl& control) {
    OptionalBytes from;
    OptionalBytes to;
    WOMBAT_TRY(from.read(lower, lower_size, "lower"));
    WOMBAT_TRY(to.read(upper, upper_size, "upper"));
    if (from.or_null != nullptr && to.or_null != nullptr && from.bytes > to.bytes) {
      return Status::invalid_argument("lower is greater than upper: no key can lie between them");
    }
    return place.tree->compact_range(from.or_null, to.or_null, control);
  });
}

wombat_status wombat_compaction_pause(wombat_db* db, const wombat_task_options* options,
                                      wombat_error* error) {
  return run_task(db, options, error, [](const SharedPlace& place, const TaskControl& control) {
    return place.db->pause_compactions(control);
  });
}

wombat_status wombat_compaction_resume(wombat_db* db, wombat_error* error) {
  return run_task(db, nullptr, error, [](const SharedPlace& place, const TaskControl&) {
    return place.db->resume_compactions();
  });
}

wombat_status wombat_wait(wombat_db* db, const wombat_task_options* options, wombat_error* error) {
  return run_task(db, options, error, [](const SharedPlace& place, const TaskControl& control) {
    return place.tree->is_default() ? place.db->wait_for_background(control)
                                    : place.tree->wait_for_background(control);
  });
}

wombat_status wombat_verify(wombat_db* db, const wombat_task_options* options, wombat_error* error) {
  return run_task(db, options, error, [](const SharedPlace& place, const TaskControl& control) {
    return place.tree->is_default() ? place.db->verify(control) : place.tree->verify(control);
  });
}

wombat_status wombat_reclaim(wombat_db* db, uint32_t dead_percent, const wombat_task_options* options,
                             wombat_error* error) {
  return run_task(db, options, error, [dead_percent](const SharedPlace& place, const TaskControl& control) {
    if (dead_percent > 100) {
      return Status::invalid_argument("dead_percent is " + std::to_string(dead_percent) +
                                      "; expected 0 to 100");
    }
    return place.db->reclaim(dead_percent, control);
  });
}

wombat_status wombat_clean_up_logs(wombat_db* db, uint64_t* removed, wombat_error* error) {
  return guarded(error, [&] {
    if (removed != nullptr) *removed = 0;
    SharedPlace place;
    uint64_t count = 0;
    WOMBAT_TRY(share_database(db, &place));
    WOMBAT_TRY(place.db->clean_up_logs(&count));
    if (removed != nullptr) *removed = count;
    return Status::ok();
  });
}

wombat_status wombat_approximate_size(wombat_db* db, const void* lower, size_t lower_size, const void* upper,
                                      size_t upper_size, uint64_t* size, wombat_error* error) {
  return guarded(error, [&] {
    if (size != nullptr) *size = 0;
    SharedPlace place;
    OptionalBytes from;
    OptionalBytes to;
    WOMBAT_TRY(share_database(db, &place));
    WOMBAT_TRY(from.read(lower, lower_size, "lower"));
    WOMBAT_TRY(to.read(upper, upper_size, "upper"));
    const uint64_t estimate = place.tree->approximate_size(from.or_null, to.or_null);
    if (size != nullptr) *size = estimate;
    return Status::ok();
  });
}
