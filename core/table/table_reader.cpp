#include "table/table_reader.h"

#include <cstring>

#include "base/check.h"
#include "base/hash.h"
#include "table/fingerprint.h"
#include "table/table_iterator.h"
#include "table/table_reader_state.h"

namespace wombat {
namespace {

/// Equality without a call for the sizes that keys have.
inline bool bytes_equal(const char* a, const char* b, size_t size) {
  if (size < 8) {
    for (size_t i = 0; i < size; ++i) {
      if (a[i] != b[i]) return false;
    }
    return true;
  }
  if (size > 32) return std::memcmp(a, b, size) == 0;
  uint64_t different = load_le<uint64_t>(a + size - 8) ^ load_le<uint64_t>(b + size - 8);
  for (size_t i = 0; i + 8 < size; i += 8) different |= load_le<uint64_t>(a + i) ^ load_le<uint64_t>(b + i);
  return different == 0;
}

/// Newest version of `key` in one block that `limit` allows: its row, or shape.rows.
inline size_t find_in_block(const BlockShape& shape, const char* line, const char* frame, Bytes key,
                            uint64_t hash, Tag limit) {
  if (key.size() < shape.prefix_size) return shape.rows;
  const Bytes rest = key.substr(shape.prefix_size);
  size_t found = shape.rows;
  visit_fingerprint_matches(
      line + kHeaderLineFixedSize, shape.rows, static_cast<uint8_t>(hash >> 32), [&](size_t row) {
        const Bytes suffix = shape.suffix(frame, row);
        if (suffix.size() != rest.size() || !bytes_equal(suffix.data(), rest.data(), rest.size()) ||
            !bytes_equal(frame, key.data(), shape.prefix_size)) {
          return false;
        }
        if (shape.tag(frame, row) > limit) return false;  // a newer version: the wanted one comes behind it
        found = row;
        return true;
      });
  return found;
}

}  // namespace

Result<std::unique_ptr<TableReader>> TableReader::open(std::unique_ptr<ReadableFile> file, std::string name,
                                                       const FileHeader& identity, uint64_t file_size,
                                                       uint64_t digest, const TableReaderOptions& options) {
  WOMBAT_CHECK(options.cache != nullptr);
  Statistics* const statistics = options.statistics;
  file->advise(AccessPattern::kRandom);
  auto index = TableIndex::load(*file, name, identity, file_size, digest);
  if (!index) {
    if (statistics != nullptr && index.status().code() == Code::kCorruption) {
      statistics->add(Counter::kErrorsCorruption);
    }
    return std::move(index).status();
  }
  auto codec = codec_by_id((*index)->footer().codec);
  if (!codec) return codec.status().with_context(name);
  auto state = std::make_unique<State>();
  state->index = std::move(*index);
  state->blocks = std::make_unique<BlockStore>(std::move(file), std::move(name), *state->index,
                                               *options.cache, statistics, *codec, options.verify_checksums);
  if (statistics != nullptr) statistics->add(Counter::kTablesOpened);
  return std::unique_ptr<TableReader>(new TableReader(std::move(state)));
}

TableReader::TableReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
TableReader::~TableReader() = default;

Status TableReader::get(Bytes key, uint64_t hash, Timestamp at, bool fill_cache, ReadStripe& stripe,
                        Found* found, bool* was_found) const {
  const TableIndex& index = *state_->index;
  const BlockStore& blocks = *state_->blocks;
  *was_found = false;
  if (index.has_filter()) {
    stripe.add(ReadCounter::kFilterChecked);
    if (!index.may_contain(hash)) {
      stripe.add(ReadCounter::kFilterUseful);
      return Status::ok();
    }
  }
  size_t block = index.find_block(key);
  blocks.prefetch(block);
  if (index.shape(block).continues()) [[unlikely]]
    block = index.first_block(block, key);
  for (;;) {
    const char* const line = index.header_line(block);
    Frame* frame = blocks.find(block);
    if (frame != nullptr) [[likely]] {
      stripe.add(ReadCounter::kCacheHits);
    } else {
      WOMBAT_ASSIGN(frame, blocks.load(block, fill_cache));
    }
    const BlockShape shape = BlockShape::of(line);
    const size_t row = find_in_block(shape, line, frame->data(), key, hash, seek_tag(at));
    if (row != shape.rows) {
      found->tag = shape.tag(frame->data(), row);
      found->value = shape.value(frame->data(), row);
      found->frame = frame;
      *was_found = true;
      return Status::ok();
    }
    // Older versions of the key may be in the next block.
    ++block;
    if (block == index.block_count() || !index.shape(block).continues() || index.separator(block) != key)
        [[likely]] {
      return Status::ok();
    }
  }
}

bool TableReader::may_contain(uint64_t hash) const {
  return !state_->index->has_filter() || state_->index->may_contain(hash);
}

void TableReader::prefetch_filter(uint64_t hash) const { state_->index->prefetch_filter(hash); }

std::unique_ptr<Iterator> TableReader::new_iterator(bool fill_cache, size_t readahead_size_bytes) const {
  auto iterator = std::make_unique<TableIterator>(fill_cache, readahead_size_bytes);
  open_iterator(iterator.get());
  return iterator;
}

const TableProperties& TableReader::properties() const { return state_->index->properties(); }

uint64_t TableReader::approximate_offset(Bytes key) const {
  const TableIndex& index = *state_->index;
  if (compare_bytes(key, index.separator(index.block_count())) > 0) return index.properties().file_size;
  return index.location(index.first_block(index.find_block(key), key)).offset;
}

size_t TableReader::memory_usage() const {
  return sizeof(*this) + sizeof(State) + state_->index->memory_usage() + state_->blocks->memory_usage();
}

}  // namespace wombat
