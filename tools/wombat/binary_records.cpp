/// Format binary: a record is key size u32, value size u32, key, value; integers little-endian, no padding,
/// no header. These are the rows of wombat_iterator_read_batch. An entry that expires has the highest bit of its key
/// size set, and the time, u64, behind the sizes.
#include "little_endian.h"
#include "record_format.h"
#include "terminal.h"
#include "wombat.h"

namespace wombat::cli {

namespace {

constexpr size_t kHeaderSize = 8;
constexpr size_t kExpirySize = 8;
/// Greater than any key size: who does not know it refuses the record.
constexpr uint32_t kHasExpiry = uint32_t{1} << 31;

class BinaryReader : public RecordReader {
 public:
  explicit BinaryReader(Input& input) : input_(input) {}

  bool next(Record* record) override {
    start_ = input_.offset();
    const Bytes header = input_.read_bytes(kHeaderSize);
    if (header.empty() || is_interrupted()) return false;
    ++number_;
    expect(header.size(), kHeaderSize, "sizes");
    const uint32_t key_word = load_u32(header.data());
    const size_t key_size = key_word & ~kHasExpiry;
    const size_t value_size = load_u32(header.data() + 4);
    if (key_size > WOMBAT_KEY_SIZE_MAX) fail_size("key", key_size, WOMBAT_KEY_SIZE_MAX);
    if (value_size > WOMBAT_VALUE_SIZE_MAX) fail_size("value", value_size, WOMBAT_VALUE_SIZE_MAX);
    std::optional<uint64_t> expires_at_us;
    if ((key_word & kHasExpiry) != 0) {
      const Bytes time = input_.read_bytes(kExpirySize);
      if (is_interrupted()) return false;
      expect(time.size(), kExpirySize, "time of expiry");
      expires_at_us = load_u64(time.data());
    }
    const Bytes body = input_.read_bytes(key_size + value_size);
    if (is_interrupted()) return false;
    expect(body.size(), key_size + value_size, "key and value");
    *record = Record{body.substr(0, key_size), body.substr(key_size)};
    record->expires_at_us = expires_at_us;
    return true;
  }

 private:
  std::string place() const {
    return input_.name() + ", record " + std::to_string(number_) + " at byte " + std::to_string(start_);
  }

  void expect(size_t found, size_t wanted, const std::string& what) const {
    if (found == wanted) return;
    throw Failure(ExitCode::kMalformedInput, place(),
                  "expected " + with_commas(wanted) + " bytes of " + what + ", found " + with_commas(found) +
                      " before the end of the input",
                  "the input is cut off or not of format binary");
  }

  [[noreturn]] void fail_size(const std::string& what, size_t size, size_t limit) const {
    throw Failure(ExitCode::kMalformedInput, place(),
                  "expected a " + what + " of at most " + with_commas(limit) + " bytes, found a size of " +
                      with_commas(size),
                  "check that the input is of format binary");
  }

  Input& input_;
  uint64_t number_ = 0;
  uint64_t start_ = 0;
};

}  // namespace

std::unique_ptr<RecordReader> make_binary_reader(Input& input) {
  return std::make_unique<BinaryReader>(input);
}

void write_binary_record(const Record& record, std::string* out) {
  append_u32(static_cast<uint32_t>(record.key.size()) | (record.expires_at_us ? kHasExpiry : 0), out);
  append_u32(static_cast<uint32_t>(record.value.size()), out);
  if (record.expires_at_us) append_u64(*record.expires_at_us, out);
  out->append(record.key);
  out->append(record.value);
}

}  // namespace wombat::cli
