/// The operating system's files as Wombat sees them. Nothing outside env/ opens, writes or removes a file in
/// any other way, so a test that replaces FileSystem sees every call.
///
/// All work on one database goes through its Directory (names relative to one descriptor, never paths).
/// What sync promises: WritableFile::sync makes the file's bytes and size durable; the file's *name* is
/// durable only after Directory::sync.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/status.h"

namespace wombat {

/// A new file that is being written. One thread at a time, but sync() may run beside one that appends: what it covers is
/// what was appended before.
class WritableFile {
 public:
  /// Closes without reporting errors; code that wrote calls close() first.
  virtual ~WritableFile() = default;

  /// Appends all of `bytes` after the last byte written by append. After a failure the bytes at and beyond
  /// size() are undefined: the caller abandons the file or records its good size elsewhere.
  virtual Status append(Bytes bytes) = 0;
  /// Overwrites or extends at `offset`; does not move the append position.
  virtual Status write_at(uint64_t offset, Bytes bytes) = 0;
  /// Makes everything written so far durable, size included. After a failure nothing may be assumed of any
  /// byte since the last successful sync; never retried.
  virtual Status sync() = 0;
  /// Closes the descriptor and reports its error. Idempotent.
  virtual Status close() = 0;
  /// Bytes appended so far.
  virtual uint64_t size() const = 0;
  /// Says that many small appends follow, most of them without a sync of their own. From then on the file may
  /// be longer than size(), by zeros, until it is closed; after a crash it may stay so.
  virtual void expect_small_appends() {}
  /// Memory that is the file's, for the next `size` bytes (at least one), or null: append() then. They are appended
  /// when they have been stored and note_appended() was told; until then nothing is known of them.
  virtual char* append_space(size_t size) {
    static_cast<void>(size);
    return nullptr;
  }
  virtual void note_appended(size_t size) { static_cast<void>(size); }
  /// The bytes need not stay in the page cache when they are durable.
  virtual void leave_page_cache() {}
};

enum class AccessPattern { kRandom, kSequential };

/// How the bytes of a file come to a reader.
enum class ReadMode {
  kBuffered,  // through the operating system's page cache
  kDirect     // past it
};

/// What reads a file without its object: the descriptor, and what offsets, sizes and memory have to be multiples of.
struct RawAccess {
  int descriptor = -1;  // -1: there is none, only read_at
  uint32_t alignment = 1;
};

/// An existing file, read at offsets. Any thread, concurrently.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  /// Reads up to `size` bytes at `offset` into `out`; fewer only at the end of the file.
  virtual Result<size_t> read_at(uint64_t offset, size_t size, char* out) const = 0;
  virtual Result<uint64_t> size() const = 0;
  virtual void advise(AccessPattern pattern) const = 0;
  /// These bytes will be read soon: where that helps, they begin to come into memory. Promises nothing.
  virtual void prefetch(uint64_t offset, uint64_t size) const {
    static_cast<void>(offset);
    static_cast<void>(size);
  }
  /// Until release() the descriptor that this gives stays open: for reads that are issued together with others, see
  /// env/read_together.h. After a failure there is nothing to release.
  virtual Result<RawAccess> hold() const { return RawAccess{}; }
  virtual void release() const {}
};

/// Reads exactly `size` bytes or fails with kCorruption that names `name`, the offset and what was found.
Status read_exactly(const ReadableFile& file, Bytes name, uint64_t offset, size_t size, char* out);

/// Held until destroyed; see Directory::lock.
class DirectoryLock {
 public:
  virtual ~DirectoryLock() = default;
};

/// One directory. Any thread. Names are plain file names.
class Directory {
 public:
  virtual ~Directory() = default;

  /// For messages only.
  virtual const std::string& path() const = 0;
  /// The same for every object that stands for the same directory, however it was named; the path where nothing better is
  /// known.
  virtual std::string identity() { return path(); }
  /// Creates a file that must not exist (O_EXCL), mode 0600, never through a link.
  virtual Result<std::unique_ptr<WritableFile>> create_file(const std::string& name) = 0;
  /// The same for data that is seldom read: where such files have a directory of their own, there.
  virtual Result<std::unique_ptr<WritableFile>> create_cold_file(const std::string& name) {
    return create_file(name);
  }
  /// Fails with kMissingFile when absent and with kCorruption when it is no regular file.
  virtual Result<std::unique_ptr<ReadableFile>> open_file(const std::string& name) = 0;
  /// The same, read in that way; kUnsupported where it cannot be.
  virtual Result<std::unique_ptr<ReadableFile>> open_file_as(const std::string& name, ReadMode mode) {
    static_cast<void>(mode);
    return open_file(name);
  }
  /// kUnsupported, with the reason, when files here can certainly not be read as ReadMode::kDirect.
  virtual Status check_direct_reads() { return Status::ok(); }
  /// Atomically gives `from` the name `to`, replacing what had it.
  virtual Status rename_file(const std::string& from, const std::string& to) = 0;
  /// Removing a file that is absent is kMissingFile.
  virtual Status remove_file(const std::string& name) = 0;
  /// Names of all entries except "." and "..", unordered.
  virtual Result<std::vector<std::string>> list() = 0;
  virtual Result<uint64_t> file_size(const std::string& name) = 0;
  /// Makes creations, renames and removals so far durable. There is no call that does so for the bytes of a file that another
  /// process has written: it would succeed after a sync there that failed, and mean nothing.
  virtual Status sync() = 0;
  /// Takes the directory for this process by locking the file `name` (created when absent, never removed).
  /// A second lock, from this or another process, fails with kLocked.
  virtual Result<std::unique_ptr<DirectoryLock>> lock(const std::string& name) = 0;
  /// Bytes free for unprivileged use on the file system.
  virtual Result<uint64_t> free_space() = 0;
};

enum class DirectoryMode { kMustExist, kCreateIfMissing };

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// Fails with kDoesNotExist when absent, kNotADatabase when `path` is not a directory. A directory that was
  /// created is made durable in its parent.
  virtual Result<std::unique_ptr<Directory>> open_directory(const std::string& path, DirectoryMode mode) = 0;
  /// Removes an empty directory.
  virtual Status remove_directory(const std::string& path) = 0;
  /// What `path` means whatever the process's working directory is later.
  virtual std::string absolute_path(const std::string& path) { return path; }
};

/// The operating system's file system. Lives for ever.
FileSystem& posix_file_system();

}  // namespace wombat
