#include "env/posix_lock.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <mutex>

#include "env/posix_descriptor.h"

namespace wombat {

namespace {

/// A lock held by this process. The operating system's lock alone would be lost from sight when a second
/// opener in this process came by another path, and its answer could not tell "this process" from "another
/// one".
struct HeldLock {
  dev_t device = 0;  // of the directory
  ino_t inode = 0;
  std::string name;
  HeldLock* next = nullptr;

  bool is_same(const HeldLock& other) const {
    return device == other.device && inode == other.inode && name == other.name;
  }
};

constinit std::mutex held_mutex;
constinit HeldLock* held_first = nullptr;  // guarded by held_mutex

bool add_held(HeldLock* lock) {
  std::lock_guard guard(held_mutex);
  for (const HeldLock* held = held_first; held != nullptr; held = held->next) {
    if (held->is_same(*lock)) return false;
  }
  lock->next = held_first;
  held_first = lock;
  return true;
}

void remove_held(const HeldLock* lock) {
  std::lock_guard guard(held_mutex);
  HeldLock** link = &held_first;
  while (*link != lock) link = &(*link)->next;
  *link = lock->next;
}

struct flock whole_file(short type) {
  struct flock range = {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  return range;
}

class PosixDirectoryLock final : public DirectoryLock {
 public:
  PosixDirectoryLock() = default;
  PosixDirectoryLock(const PosixDirectoryLock&) = delete;
  PosixDirectoryLock& operator=(const PosixDirectoryLock&) = delete;

  ~PosixDirectoryLock() override {
    // A forked child shares the open file: unlocking there would take the lock from the parent, and not
    // unlocking here would leave it with a child that lives on.
    if (is_locked_ && ::getpid() == owner_) {
      struct flock range = whole_file(F_UNLCK);
      static_cast<void>(::fcntl(file_.number(), F_OFD_SETLK, &range));
    }
    file_ = Descriptor();
    if (is_held_) remove_held(&held_);
  }

  Status acquire(int directory, const std::string& path, const std::string& name) {
    struct stat facts;
    if (::fstat(directory, &facts) != 0) return file_error(errno, "stat", path);
    held_.device = facts.st_dev;
    held_.inode = facts.st_ino;
    held_.name = name;
    is_held_ = add_held(&held_);
    if (!is_held_) return Status(Code::kLocked, path + " is already open in this process");
    return lock_file(directory, path, name);
  }

 private:
  Status lock_file(int directory, const std::string& path, const std::string& name) {
    const std::string file_path = path + "/" + name;
    file_ = Descriptor(retry_interrupted([&] {
      return ::openat(directory, name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    }));
    if (!file_.is_open()) return file_error(errno, "open", file_path);
    struct stat facts;
    if (::fstat(file_.number(), &facts) != 0) return file_error(errno, "stat", file_path);
    if (!S_ISREG(facts.st_mode)) return Status::corruption(file_path + " is not a regular file");

    struct flock range = whole_file(F_WRLCK);
    if (::fcntl(file_.number(), F_OFD_SETLK, &range) != 0) {
      if (errno != EAGAIN && errno != EACCES) return file_error(errno, "lock", file_path);
      return Status(Code::kLocked, path + " is locked by " + holder());
    }
    is_locked_ = true;
    owner_ = ::getpid();
    write_holder();
    return Status::ok();
  }

  /// Who holds the lock, as far as the file tells.
  std::string holder() const {
    char text[21];
    const ssize_t got = retry_interrupted([&] { return ::pread(file_.number(), text, sizeof(text), 0); });
    size_t digits = 0;
    while (got > 0 && digits < static_cast<size_t>(got) && text[digits] >= '0' && text[digits] <= '9')
      ++digits;
    if (digits == 0 || digits == sizeof(text)) return "another process";
    return "process " + std::string(text, digits);
  }

  /// For the messages of others only, so a full disk does not matter.
  void write_holder() {
    const std::string text = std::to_string(owner_) + "\n";
    if (::ftruncate(file_.number(), 0) != 0) return;
    static_cast<void>(!::pwrite(file_.number(), text.data(), text.size(), 0));
  }

  HeldLock held_;
  bool is_held_ = false;
  bool is_locked_ = false;
  pid_t owner_ = 0;
  Descriptor file_;
};

}  // namespace

Result<std::unique_ptr<DirectoryLock>> lock_posix_directory(int directory, const std::string& path,
                                                            const std::string& name) {
  auto lock = std::make_unique<PosixDirectoryLock>();
  WOMBAT_TRY(lock->acquire(directory, path, name));
  return std::unique_ptr<DirectoryLock>(std::move(lock));
}

}  // namespace wombat
