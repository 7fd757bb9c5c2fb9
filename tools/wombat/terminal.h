/// The only place of the command that talks to the operating system beyond standard streams: terminals,
/// signals, programs.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace wombat::cli {

bool is_terminal(std::FILE* stream);
/// Columns of the terminal behind `stream`; 80 when not known.
int terminal_width(std::FILE* stream);

/// Bytes of the regular file behind `stream` from its present position on; nothing for pipes and terminals.
std::optional<uint64_t> remaining_file_size(std::FILE* stream);
bool is_directory(std::FILE* stream);
/// Reads what is there, at least a byte, past the stream's own buffer; 0 at the end and after an interrupt;
/// nothing on a failure, which errno names.
std::optional<size_t> read_some(std::FILE* stream, char* out, size_t size);

/// From now on the first Ctrl-C (or SIGTERM) only sets a flag; the second one ends the process as usual.
void catch_interrupts();
bool is_interrupted();

/// Full path of `name` beside the running program, if there is such a program.
std::optional<std::string> program_beside_us(const std::string& name);
/// Becomes another program. Returns the errno that says why not.
int become_program(const std::string& path, const std::vector<std::string>& arguments);

/// A fresh empty directory for a scratch database.
std::optional<std::string> make_scratch_directory();

}  // namespace wombat::cli
