/// The arguments that say how a command writes: --sync, --ttl.
#pragma once

#include "command_line.h"
#include "output.h"
#include "wombat.h"

namespace wombat::cli {

struct WriteArguments {
  std::string sync = "default";
  uint64_t ttl_ms = 0;

  void declare_sync(Command& command) {
    command.choice("--sync", &sync, {"default", "always", "never"}, "When the write is durable");
  }
  void declare_ttl(Command& command) {
    command.number("--ttl", &ttl_ms,
                   "Milliseconds after which the key is absent again; 0: as option ttl.default_ms");
  }
  wombat_write_options write_options(const Settings& settings) const {
    wombat_write_options options = {};
    options.size = sizeof options;
    options.sync = sync == "always"  ? WOMBAT_SYNC_ALWAYS
                   : sync == "never" ? WOMBAT_SYNC_NEVER
                                     : WOMBAT_SYNC_DEFAULT;
    options.timeout_us = settings.timeout_us();
    options.ttl_ms = ttl_ms;
    return options;
  }
};

/// The outcome of a write that depends on what was there; `why_not` is for people.
inline ExitCode report_written(const Settings& settings, bool is_written, const std::string& why_not) {
  if (settings.json) {
    write_out(is_written ? "{\"written\":true}\n" : "{\"written\":false}\n");
  } else if (!is_written) {
    note(settings, "wombat: " + why_not + "; nothing was written");
  }
  return is_written ? ExitCode::kOk : ExitCode::kNotFound;
}

}  // namespace wombat::cli
