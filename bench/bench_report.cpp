#include "bench_report.h"

#include <wombat.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "resource_usage.h"

namespace wombat::bench {
namespace {

double mib(uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

std::string number(double value, int decimals) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(decimals) << value;
  return text.str();
}

/// Three digits or so, with a unit.
std::string duration(uint64_t ns) {
  const double value = static_cast<double>(ns);
  if (value < 1e3) return number(value, 0) + "ns";
  if (value < 1e6) return number(value / 1e3, value < 1e4 ? 2 : 1) + "us";
  if (value < 1e9) return number(value / 1e6, value < 1e7 ? 2 : 1) + "ms";
  return number(value / 1e9, 2) + "s";
}

std::string rate(double value) {
  if (value < 1e3) return number(value, 0);
  if (value < 1e6) return number(value / 1e3, 1) + "k";
  return number(value / 1e6, 2) + "M";
}

double ns_per_operation(const BenchResult& result) {
  return result.operations == 0 ? 0 : result.elapsed_s * 1e9 / static_cast<double>(result.operations);
}

double cpu_ns_per_operation(const BenchResult& result) {
  return result.operations == 0
             ? 0
             : static_cast<double>(result.thread_cpu_ns) / static_cast<double>(result.operations);
}

uint64_t engine_bytes(const BenchResult& result) {
  return result.log_bytes + result.flush_bytes + result.compaction_bytes;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

nlohmann::json result_json(const BenchResult& result) {
  return {{"workload", result.workload},
          {"threads", result.thread_count},
          {"operations", result.operations},
          {"elapsed_s", result.elapsed_s},
          {"ops_per_s", result.operations_per_s()},
          {"ns_per_op", ns_per_operation(result)},
          {"cpu_ns_per_op", cpu_ns_per_operation(result)},
          {"payload_bytes", result.payload_bytes},
          {"found", result.found},
          {"latency_ns",
           {{"samples", result.call_count_sampled},
            {"p50", result.p50_ns},
            {"p99", result.p99_ns},
            {"p999", result.p999_ns},
            {"max", result.max_ns},
            {"gap_max", result.gap_max_ns}}},
          {"settle_s", result.settle_s},
          {"written_bytes",
           {{"write_calls", result.write_call_bytes},
            {"block_device", result.write_block_bytes},
            {"log", result.log_bytes},
            {"flush", result.flush_bytes},
            {"compaction", result.compaction_bytes}}},
          {"disk_bytes", result.disk_bytes},
          {"memory_peak_bytes", result.memory_peak_bytes},
          {"user_s", result.user_s},
          {"system_s", result.system_s},
          {"background_writes", result.background_writes}};
}

}  // namespace

void print_table_head(std::ostream& out, const BenchConfig& config) {
  out << "wombat " << wombat_version_string() << ", " << machine_name() << "\n"
      << config.entry_count << " entries of " << config.keys.size_bytes << " + " << config.value_size
      << " bytes, " << config.thread_count << (config.thread_count == 1 ? " thread" : " threads")
      << ", preset " << config.preset << ", writes " << (config.sync ? "synced" : "not synced") << ", seed "
      << config.seed << "\n\n"
      << std::left << std::setw(17) << "workload" << std::right << std::setw(9) << "ops/s" << std::setw(11)
      << "ns/op" << std::setw(9) << "cpu/op" << std::setw(8) << "MB/s" << std::setw(9) << "p50"
      << std::setw(9) << "p99" << std::setw(9) << "p99.9" << std::setw(9) << "max" << std::setw(9) << "gap"
      << std::setw(9) << "wrote" << std::setw(9) << "engine" << std::setw(8) << "disk" << std::setw(8)
      << "cpu s" << std::setw(8) << "rss" << std::setw(9) << "settle"
      << "\n"
      << std::string(149, '-') << std::endl;
}

void print_table_row(std::ostream& out, const BenchResult& result) {
  out << std::left << std::setw(17) << result.workload << std::right;
  if (result.is_maintenance) {
    out << std::setw(9) << number(result.elapsed_s, 3) << " s" << std::setw(90)
        << number(mib(engine_bytes(result)), 1) << std::setw(8) << number(mib(result.disk_bytes), 1)
        << std::endl;
    if (!result.text.empty()) out << result.text << std::endl;
    return;
  }
  const double payload_mb = static_cast<double>(result.payload_bytes) / 1e6;
  out << std::setw(9) << rate(result.operations_per_s()) << std::setw(11)
      << number(ns_per_operation(result), 1) << std::setw(9) << number(cpu_ns_per_operation(result), 1)
      << std::setw(8) << number(result.elapsed_s > 0 ? payload_mb / result.elapsed_s : 0, 1) << std::setw(9)
      << duration(result.p50_ns) << std::setw(9) << duration(result.p99_ns) << std::setw(9)
      << duration(result.p999_ns) << std::setw(9) << duration(result.max_ns) << std::setw(9)
      << duration(result.gap_max_ns) << std::setw(9) << number(mib(result.write_block_bytes), 1)
      << std::setw(9) << number(mib(engine_bytes(result)), 1) << std::setw(8)
      << number(mib(result.disk_bytes), 1) << std::setw(8) << number(result.user_s + result.system_s, 2)
      << std::setw(8) << number(mib(result.memory_peak_bytes), 0) << std::setw(9)
      << (result.settle_s > 0 ? number(result.settle_s, 2) + "s" : "-");
  if (result.found > 0 && result.found < result.operations) out << "  found " << result.found;
  if (result.background_writes > 0)
    out << "  writer " << rate(static_cast<double>(result.background_writes) / result.elapsed_s) << "/s";
  out << std::endl;
}

std::string to_json(const BenchConfig& config, const std::vector<BenchResult>& results) {
  nlohmann::json root = {{"wombat_bench", 1},
                         {"version", wombat_version_string()},
                         {"time", utc_now()},
                         {"machine", machine_name()},
                         {"settings",
                          {{"num", config.entry_count},
                           {"reads", config.reads()},
                           {"key_size", config.keys.size_bytes},
                           {"value_size", config.value_size},
                           {"threads", config.thread_count},
                           {"batch_size", config.batch_size},
                           {"multi_size", config.multi_get_size},
                           {"seek_steps", config.seek_step_count},
                           {"seed", config.seed},
                           {"preset", config.preset},
                           {"options", config.options},
                           {"sync", config.sync}}},
                         {"results", nlohmann::json::array()}};
  for (const BenchResult& result : results) root["results"].push_back(result_json(result));
  return root.dump(2) + "\n";
}

bool append_csv(const std::string& path, const std::string& label, const BenchConfig& config,
                const std::vector<BenchResult>& results) {
  const bool is_new = !std::filesystem::exists(path);
  std::ofstream file(path, std::ios::app);
  if (is_new)
    file << "time,label,version,workload,num,key_size,value_size,threads,ops_per_s,ns_per_op,cpu_ns_per_op,"
            "p50_ns,p99_ns,"
            "p999_ns,"
            "max_ns,gap_max_ns,block_bytes,engine_bytes,disk_bytes,cpu_s,memory_peak_bytes,settle_s\n";
  for (const BenchResult& result : results) {
    file << utc_now() << ',' << label << ',' << wombat_version_string() << ',' << result.workload << ','
         << config.entry_count << ',' << config.keys.size_bytes << ',' << config.value_size << ','
         << result.thread_count << ',' << number(result.operations_per_s(), 1) << ','
         << number(ns_per_operation(result), 2) << ',' << number(cpu_ns_per_operation(result), 2) << ','
         << result.p50_ns << ',' << result.p99_ns << ',' << result.p999_ns << ',' << result.max_ns << ','
         << result.gap_max_ns << ',' << result.write_block_bytes << ',' << engine_bytes(result) << ','
         << result.disk_bytes << ',' << number(result.user_s + result.system_s, 3) << ','
         << result.memory_peak_bytes << ',' << number(result.settle_s, 3) << '\n';
  }
  file.flush();
  return file.good();
}

}  // namespace wombat::bench
