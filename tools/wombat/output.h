/// Standard output of a command: buffered, checked, with colours where they are wanted.
#pragma once

#include <string>
#include <string_view>

#include "settings.h"

namespace wombat::cli {

/// Writes bytes to standard output. Throws Failure (I/O) when that fails, for instance because the disk is
/// full.
void write_out(std::string_view bytes);
/// Hands everything to the operating system. Throws as write_out does.
void flush_out();
/// A note for people on standard error; nothing with --quiet.
void note(const Settings& settings, const std::string& line);

enum class Color { kKey, kGood, kBad, kDim, kBold };
/// `text` in a colour where standard output is a terminal and neither --no-color nor NO_COLOR forbids it.
std::string colored(const Settings& settings, Color color, const std::string& text);
/// The same for standard error.
std::string colored_error(const Settings& settings, Color color, const std::string& text);

/// How a key or a value is shown: as the encoding of the command line says; on a terminal bytes that could
/// disturb it are escaped.
std::string shown(const Settings& settings, Bytes bytes);

}  // namespace wombat::cli
