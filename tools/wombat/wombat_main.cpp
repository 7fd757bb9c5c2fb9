#include "command_line.h"

int main(int argument_count, char** arguments) {
  wombat::cli::CommandLine command_line;
  add_value_commands(command_line);
  add_rich_write_commands(command_line);
  add_conditional_write_commands(command_line);
  add_scan_commands(command_line);
  add_load_command(command_line);
  add_dump_command(command_line);
  add_txn_command(command_line);
  add_prepared_command(command_line);
  add_stats_commands(command_line);
  add_options_command(command_line);
  add_verify_command(command_line);
  add_maintenance_commands(command_line);
  add_destroy_command(command_line);
  add_keyspaces_command(command_line);
  add_dump_file_command(command_line);
  add_fill_command(command_line);
  add_bench_command(command_line);
  return static_cast<int>(command_line.run(argument_count, arguments));
}
