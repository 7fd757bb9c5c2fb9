/// Assertions for what only a bug in Wombat can break. Bytes from disk and arguments from users get a Status.
#pragma once

namespace wombat {
[[noreturn]] void check_failed(const char* expression, const char* file, int line) noexcept;
}

/// Always on: cheap facts that protect data.
#define WOMBAT_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::wombat::check_failed(#condition, __FILE__, __LINE__))

/// Debug, test and sanitizer builds only.
#ifdef WOMBAT_DEBUG_ASSERTIONS
#define WOMBAT_ASSERT(condition) WOMBAT_CHECK(condition)
#else
#define WOMBAT_ASSERT(condition) static_cast<void>(0)
#endif
