#include "device_sync.h"

#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

#include "latency_sampler.h"

namespace wombat::bench {

double measure_device_sync(const std::string& directory, size_t record_bytes, uint64_t count) {
  constexpr size_t kFileBytes = 4 << 20;
  const std::string path = directory + "/device-sync";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) throw std::runtime_error("cannot create " + path);
  ::unlink(path.c_str());
  const std::vector<char> zeroes(kFileBytes), record(record_bytes, 'x');
  bool good =
      ::pwrite(file, zeroes.data(), kFileBytes, 0) == static_cast<ssize_t>(kFileBytes) && ::fsync(file) == 0;
  const uint64_t start = now_ns();
  size_t offset = 0;
  for (uint64_t i = 0; i < count && good; ++i) {
    if (offset + record_bytes > kFileBytes) offset = 0;
    good = ::pwrite(file, record.data(), record_bytes, static_cast<off_t>(offset)) ==
               static_cast<ssize_t>(record_bytes) &&
           ::fdatasync(file) == 0;
    offset += record_bytes;
  }
  const double elapsed_s = static_cast<double>(now_ns() - start) * 1e-9;
  ::close(file);
  if (!good) throw std::runtime_error("cannot write " + path);
  return static_cast<double>(count) / elapsed_s;
}

}  // namespace wombat::bench
