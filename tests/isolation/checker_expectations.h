/// What tests of the checker expect of a history written by hand.
#pragma once

#include <gtest/gtest.h>

#include "isolation/history_builder.h"
#include "isolation/isolation_checker.h"

namespace wombat::isolation {

/// Found even at the lowest level.
inline void expect_found(const HistoryBuilder& builder, AnomalyKind kind) {
  const CheckReport report = check_history(builder.history(), IsolationLevel::kReadCommitted);
  EXPECT_TRUE(report.has(kind)) << report.counts_text();
  EXPECT_FALSE(report.is_clean(IsolationLevel::kReadCommitted));
}

inline void expect_clean(const HistoryBuilder& builder,
                         IsolationLevel level = IsolationLevel::kSerializable) {
  const CheckReport report = check_history(builder.history(), level);
  EXPECT_TRUE(report.is_clean(level)) << report.forbidden_text(level);
}

}  // namespace wombat::isolation
