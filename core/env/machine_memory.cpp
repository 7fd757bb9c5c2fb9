#include "env/machine_memory.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>

namespace wombat {

namespace {

/// Above this a limit means that there is none: version 1 has the largest multiple of a page.
constexpr uint64_t kLimitMax = uint64_t{1} << 60;
constexpr size_t kFileSizeMax = 64 * 1024;
constexpr int kDepthMax = 64;

std::string read_small_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kFileSizeMax, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return text;
}

/// A number alone on the first line. "max", or anything else, says nothing.
std::optional<uint64_t> read_limit(const std::string& path) {
  const std::string text = read_small_file(path);
  uint64_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  const bool is_alone = end == text.data() + text.size() || *end == '\n';
  if (error != std::errc() || !is_alone || limit == 0 || limit >= kLimitMax) return std::nullopt;
  return limit;
}

/// The least limit of a group and of those that it is in. In a container the path may be one that only the host sees; then
/// the mount itself is the group.
uint64_t least_limit(const std::string& root, std::string_view group, const char* file) {
  if (group.find("..") != std::string_view::npos) group = "";
  uint64_t least = 0;
  for (int depth = 0; depth < kDepthMax; ++depth) {
    while (!group.empty() && group.back() == '/') group.remove_suffix(1);
    const std::optional<uint64_t> limit = read_limit(root + std::string(group) + "/" + file);
    if (limit && (least == 0 || *limit < least)) least = *limit;
    if (group.empty()) break;
    const size_t slash = group.rfind('/');
    group = slash == std::string_view::npos ? std::string_view() : group.substr(0, slash);
  }
  return least;
}

bool lists_memory(std::string_view controllers) {
  while (!controllers.empty()) {
    const size_t end = std::min(controllers.find(','), controllers.size());
    if (controllers.substr(0, end) == "memory") return true;
    controllers.remove_prefix(std::min(end + 1, controllers.size()));
  }
  return false;
}

}  // namespace

uint64_t physical_memory() noexcept {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_size = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_size <= 0) return 0;
  return static_cast<uint64_t>(pages) * static_cast<uint64_t>(page_size);
}

uint64_t control_group_memory(const std::string& process_groups, const std::string& mount) {
  const std::string text = read_small_file(process_groups);
  uint64_t least = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    // hierarchy:controllers:path
    const size_t first = line.find(':');
    const size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const std::string_view group = line.substr(second + 1);
    uint64_t limit = 0;
    if (line.substr(0, first) == "0" && controllers.empty()) {
      limit = least_limit(mount, group, "memory.max");
    } else if (lists_memory(controllers)) {
      limit = least_limit(mount + "/memory", group, "memory.limit_in_bytes");
    }
    if (limit != 0 && (least == 0 || limit < least)) least = limit;
  }
  return least;
}

uint64_t usable_memory() {
  const uint64_t machine = physical_memory();
  const uint64_t group = control_group_memory();
  if (machine == 0 || group == 0) return std::max(machine, group);
  return std::min(machine, group);
}

}  // namespace wombat
