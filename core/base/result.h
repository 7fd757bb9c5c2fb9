/// A value or the Status that says why there is none.
#pragma once

#include <optional>
#include <utility>

#include "base/status.h"

namespace wombat {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  /// `status` must not be OK: a Result without value and without reason is turned into kInternal.
  Result(Status status) : status_(std::move(status)) {
    if (status_.is_ok()) status_ = Status::internal("a result without a value");
  }

  bool is_ok() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return is_ok(); }
  const Status& status() const& noexcept { return status_; }
  Status status() && noexcept { return std::move(status_); }
  T& value() & { return *value_; }
  const T& value() const& { return *value_; }
  T&& value() && { return std::move(*value_); }
  T* operator->() { return &*value_; }
  T& operator*() & { return *value_; }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace wombat

#define WOMBAT_CONCAT_INNER(a, b) a##b
#define WOMBAT_CONCAT(a, b) WOMBAT_CONCAT_INNER(a, b)

/// WOMBAT_ASSIGN(auto x, f()): `x` becomes the value of f(), or the function returns its Status.
#define WOMBAT_ASSIGN(target, expression)                                                             \
  auto WOMBAT_CONCAT(result_, __LINE__) = (expression);                                               \
  if (!WOMBAT_CONCAT(result_, __LINE__)) return std::move(WOMBAT_CONCAT(result_, __LINE__)).status(); \
  target = std::move(WOMBAT_CONCAT(result_, __LINE__)).value()
