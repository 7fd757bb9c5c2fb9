#include "db/external_table.h"
#include "resources/memory_scenarios.h"

namespace wombat {

void ingest_scenario(ApiSession& s) {
  static constexpr const char* kPath = "/outside/table";
  {
    const AllocationExempt exempt;
    static_cast<void>(s.file_system().open_directory("/outside", DirectoryMode::kCreateIfMissing));
    auto builder = ExternalTableBuilder::create(s.file_system(), kPath, {});
    for (int i = 5; builder && i < 15; ++i) static_cast<void>((*builder)->put(KeyText(i).text, "taken in"));
    s.require(builder && (*builder)->finish(), "the table is built");
  }
  s.put(7, 800);
  wombat_status status = s.expect("ingest", wombat_ingest(s.db, &kPath, 1, 0, nullptr, &s.error));
  // It may have been taken in, and there was no memory to show it.
  if (status == WOMBAT_NO_MEMORY) status = WOMBAT_DEGRADED;
  const AllocationExempt exempt;
  for (int i = 5; i < 15; ++i) s.contents().note(KeyText(i).text, "taken in", status);
}

}  // namespace wombat
