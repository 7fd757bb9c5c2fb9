/// The commands of scenario files, carried out through the C API in a directory of their own.
///
///   open [option=value]...      close                       reopen [option=value]...
///   put KEY VALUE               delete KEY                  get KEY
///   batch KEY=VALUE... -KEY...  fill PREFIX COUNT SIZE      scan [lower=K] [upper=K] [prefix=K] [reverse]
///   snapshot NAME               get_at NAME KEY             release NAME
///   flush                       compact [LOWER UPPER]       wait      verify      sync
///   property NAME               statistic NAME              option NAME
///   set_option NAME VALUE       preset NAME                 destroy
///   files                       damage FILE OFFSET          truncate FILE SIZE    remove FILE
///   write FILE TEXT             mkdir NAME                  format FILE VERSION
///   feature FILE BIT            read_only_feature FILE BIT
///
/// The database is `db`; file names are relative to it, or to the directory around it with a leading "/". A
/// first word "FILE.n" such as "table.0" is the n-th file with that ending. `format` writes another format
/// version into a file's header, `feature` and `read_only_feature` flip a feature bit there, with the right
/// checksum.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "support/temp_directory.h"
#include "wombat.h"

namespace wombat {

class ScenarioCommands {
 public:
  ~ScenarioCommands();

  /// Runs one line and returns what it shows, with a line end; the directory appears as DIR.
  std::string run(const std::string& line);

 private:
  using Words = std::vector<std::string>;
  std::string dispatch(const Words& words);
  std::string run_database(const Words& words);
  std::string run_data(const Words& words);
  std::string run_upkeep(const Words& words);
  std::string run_files(const Words& words);

  std::string open(const Words& words);
  std::string close();
  std::string get(const std::string& key, const wombat_snapshot* snapshot);
  std::string batch(const Words& words);
  std::string fill(const Words& words);
  std::string scan(const Words& words);
  std::string property(const std::string& name);
  std::string statistic(const std::string& name);
  std::string list_files(const std::string& kind) const;
  std::string change_file(const std::string& path, void (*change)(std::string*, uint64_t), uint64_t number);
  std::string path_of(const std::string& name) const;
  std::string result(wombat_status status) const;

  TempDirectory directory_;
  wombat_db* db_ = nullptr;
  std::map<std::string, wombat_snapshot*> snapshots_;
  wombat_error error_{};
};

}  // namespace wombat
