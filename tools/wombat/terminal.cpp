#include "terminal.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace wombat::cli {

namespace {

volatile sig_atomic_t interrupted = 0;

void note_interrupt(int) { interrupted = 1; }

}  // namespace

bool is_terminal(std::FILE* stream) { return isatty(fileno(stream)) == 1; }

int terminal_width(std::FILE* stream) {
  winsize size{};
  if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

std::optional<uint64_t> remaining_file_size(std::FILE* stream) {
  struct stat info {};
  if (fstat(fileno(stream), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  const off_t position = lseek(fileno(stream), 0, SEEK_CUR);
  if (position < 0 || position > info.st_size) return std::nullopt;
  return static_cast<uint64_t>(info.st_size - position);
}

bool is_directory(std::FILE* stream) {
  struct stat info {};
  return fstat(fileno(stream), &info) == 0 && S_ISDIR(info.st_mode);
}

std::optional<size_t> read_some(std::FILE* stream, char* out, size_t size) {
  for (;;) {
    const ssize_t count = read(fileno(stream), out, size);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno != EINTR) return std::nullopt;
    if (is_interrupted()) return 0;
  }
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = note_interrupt;
  // Without SA_RESTART a read from a pipe ends at once; SA_RESETHAND lets a second Ctrl-C end the process.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  for (const int signal_number : {SIGINT, SIGTERM}) {
    struct sigaction former {};
    sigaction(signal_number, nullptr, &former);
    if (former.sa_handler != SIG_IGN) sigaction(signal_number, &action, nullptr);
  }
}

bool is_interrupted() { return interrupted != 0; }

std::optional<std::string> program_beside_us(const std::string& name) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return std::nullopt;
  const std::string path = (self.parent_path() / name).string();
  if (access(path.c_str(), X_OK) != 0) return std::nullopt;
  return path;
}

int become_program(const std::string& path, const std::vector<std::string>& arguments) {
  std::vector<char*> pointers{const_cast<char*>(path.c_str())};
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  execv(path.c_str(), pointers.data());
  return errno;
}

std::optional<std::string> make_scratch_directory() {
  const char* folder = std::getenv("TMPDIR");
  std::string path = std::string(folder != nullptr && *folder != '\0' ? folder : "/tmp") + "/wombat-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) return std::nullopt;
  return path;
}

}  // namespace wombat::cli
