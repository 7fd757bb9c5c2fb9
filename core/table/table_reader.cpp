#include "table/table_reader.h"

#include <algorithm>
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

/// The lines of a value, of those of a large one the first.
inline void prefetch_bytes(Bytes bytes) {
  constexpr size_t kBytesMax = 256;
  const size_t size = std::min(bytes.size(), kBytesMax);
  for (size_t at = 0; at < size; at += 64) __builtin_prefetch(bytes.data() + at);
  if (size > 0) __builtin_prefetch(bytes.data() + size - 1);
}

/// What a look at a row touches first.
inline void prefetch_row(const BlockShape& shape, const char* frame, size_t row) {
  if (shape.has_tags()) __builtin_prefetch(shape.tag_place(frame, row));
  if (shape.keys_vary()) {
    __builtin_prefetch(shape.key_offset_place(frame, row));
  } else {
    __builtin_prefetch(shape.suffix(frame, row).data());
  }
  if (shape.values_vary()) {
    __builtin_prefetch(shape.value_offset_place(frame, row));
  } else {
    prefetch_bytes(shape.value(frame, row));
  }
}

/// Newest version of `key` in one block that `limit` allows: its row, or shape.rows. All rows whose fingerprint matches
/// are asked for before one is looked at: the processor does not look ahead beyond a wrong guess about a comparison.
inline size_t find_in_block(const BlockShape& shape, const char* line, const char* frame, Bytes key,
                            uint64_t hash, Tag limit) {
  if (key.size() < shape.prefix_size) return shape.rows;
  const Bytes rest = key.substr(shape.prefix_size);
  const char* const fingerprints = line + kHeaderLineFixedSize;
  for (size_t base = 0; base < shape.rows; base += 64) {
    const uint64_t matches =
        match_rows(fingerprints + base, shape.rows - base, static_cast<uint8_t>(hash >> 32));
    for (uint64_t left = matches; left != 0; left &= left - 1)
      prefetch_row(shape, frame, base + static_cast<size_t>(__builtin_ctzll(left)));
    for (uint64_t left = matches; left != 0; left &= left - 1) {
      const size_t row = base + static_cast<size_t>(__builtin_ctzll(left));
      const Bytes suffix = shape.suffix(frame, row);
      if (suffix.size() != rest.size() || !bytes_equal(suffix.data(), rest.data(), rest.size()) ||
          !bytes_equal(frame, key.data(), shape.prefix_size)) {
        continue;
      }
      // A newer version than the wanted one: that comes behind it.
      if (shape.tag(frame, row) <= limit) return row;
    }
  }
  return shape.rows;
}

Result<BlockUnpacking> unpacking_of(const TableIndex& index, DecompressorPool* pool) {
  BlockUnpacking unpacking;
  if (pool == nullptr) unpacking.own_pool = std::make_unique<DecompressorPool>();
  unpacking.pool = pool != nullptr ? pool : unpacking.own_pool.get();
  WOMBAT_ASSIGN(unpacking.codec, codec_by_id(index.footer().codec));
  if (!index.footer().has_dictionary()) return unpacking;
  if (unpacking.codec != nullptr) unpacking.dictionary = unpacking.codec->load_dictionary(index.dictionary());
  if (unpacking.dictionary != nullptr) return unpacking;
  return Status::corruption("the dictionary is none of codec " +
                            std::string(codec_name(static_cast<CodecId>(index.footer().codec))));
}

}  // namespace

Result<std::unique_ptr<TableReader>> TableReader::open(std::unique_ptr<ReadableFile> file, std::string name,
                                                       const FileHeader& identity, uint64_t file_size,
                                                       uint64_t digest, const TableReaderOptions& options,
                                                       Timestamp ingested_at) {
  WOMBAT_CHECK(options.cache != nullptr);
  Statistics* const statistics = options.statistics;
  file->advise(AccessPattern::kRandom);
  auto index = TableIndex::load(*file, name, identity, file_size, digest, ingested_at);
  if (!index) {
    if (statistics != nullptr && index.status().code() == Code::kCorruption) {
      statistics->add(Counter::kErrorsCorruption);
    }
    return std::move(index).status();
  }
  auto unpacking = unpacking_of(**index, options.pool);
  if (!unpacking) return unpacking.status().with_context(name);
  auto state = std::make_unique<State>();
  state->index = std::move(*index);
  state->blocks = std::make_unique<BlockStore>(std::move(file), std::move(name), *state->index,
                                               *options.cache, statistics, std::move(*unpacking),
                                               options.verify_checksums, options.scan_ahead);
  if (statistics != nullptr) statistics->add(Counter::kTablesOpened);
  return std::unique_ptr<TableReader>(new TableReader(std::move(state), options.memory));
}

TableReader::TableReader(std::unique_ptr<State> state, MemoryAccount memory)
    : state_(std::move(state)),
      index_(state_->index.get()),
      blocks_(state_->blocks.get()),
      memory_(std::move(memory)) {
  memory_.set(memory_usage());
}
TableReader::~TableReader() = default;

Status TableReader::get(Bytes key, uint64_t hash, Timestamp at, bool fill_cache, ReadStripe& stripe,
                        Found* found, bool* was_found) const {
  Probe probe{key, hash};
  if (find_block(&probe, stripe)) return finish(probe, at, fill_cache, stripe, found, was_found);
  *was_found = false;
  return Status::ok();
}

bool TableReader::find_block(Probe* probe, ReadStripe& stripe) const {
  const TableIndex& index = *index_;
  if (index.has_filter()) {
    stripe.add(ReadCounter::kFilterChecked);
    if (!index.may_contain(probe->hash)) {
      stripe.add(ReadCounter::kFilterUseful);
      return false;
    }
  }
  probe->block = index.find_block(probe->key);
  blocks_->prefetch(probe->block);
  index.prefetch_header_line(probe->block);
  return true;
}

void TableReader::find_rows(Probe* probe) const {
  probe->frame = blocks_->peek(probe->block);
  if (probe->frame == nullptr) return;
  const char* const line = index_->header_line(probe->block);
  const BlockShape shape = BlockShape::of(line);
  const char* const frame = probe->frame->data();
  visit_fingerprint_matches(line + kHeaderLineFixedSize, shape.rows, static_cast<uint8_t>(probe->hash >> 32),
                            [&](size_t row) {
                              prefetch_row(shape, frame, row);
                              return false;
                            });
}

void TableReader::find_varying(const Probe& probe) const {
  if (probe.frame == nullptr) return;
  const char* const line = index_->header_line(probe.block);
  const BlockShape shape = BlockShape::of(line);
  if (!shape.keys_vary() && !shape.values_vary()) return;
  const char* const frame = probe.frame->data();
  visit_fingerprint_matches(line + kHeaderLineFixedSize, shape.rows, static_cast<uint8_t>(probe.hash >> 32),
                            [&](size_t row) {
                              if (shape.keys_vary()) __builtin_prefetch(shape.suffix(frame, row).data());
                              if (shape.values_vary()) prefetch_bytes(shape.value(frame, row));
                              return false;
                            });
}

/// `load` null: nothing was read before.
[[gnu::always_inline]] inline Status TableReader::finish_with(const Load* load, const Probe& probe,
                                                              Timestamp at, bool fill_cache,
                                                              ReadStripe& stripe, Found* found,
                                                              bool* was_found) const {
  const TableIndex& index = *index_;
  const BlockStore& blocks = *blocks_;
  *was_found = false;
  size_t block = probe.block;
  if (index.continues(block)) [[unlikely]]
    block = index.first_block(block, probe.key);
  for (;;) {
    const char* const line = index.header_line(block);
    Frame* frame = nullptr;
    if (load != nullptr && block == load->block) {
      frame = load->frame;
    } else if (frame = blocks.find(block); frame != nullptr) [[likely]] {
      stripe.add(ReadCounter::kCacheHits);
    } else {
      WOMBAT_ASSIGN(frame, blocks.load(block, fill_cache));
    }
    const BlockShape shape = BlockShape::of(line);
    const size_t row = find_in_block(shape, line, frame->data(), probe.key, probe.hash, seek_tag(at));
    if (row != shape.rows) {
      found->tag = shape.tag(frame->data(), row);
      found->value = shape.value(frame->data(), row);
      found->frame = frame;
      *was_found = true;
      return Status::ok();
    }
    // Older versions of the key may be in the next block.
    ++block;
    if (block == index.block_count() || !index.continues(block) || index.separator(block) != probe.key)
        [[likely]] {
      return Status::ok();
    }
  }
}

Status TableReader::finish(const Probe& probe, Timestamp at, bool fill_cache, ReadStripe& stripe,
                           Found* found, bool* was_found) const {
  return finish_with(nullptr, probe, at, fill_cache, stripe, found, was_found);
}

Status TableReader::finish(const Load& load, Timestamp at, bool fill_cache, ReadStripe& stripe, Found* found,
                           bool* was_found) const {
  return finish_with(&load, load.probe, at, fill_cache, stripe, found, was_found);
}

void TableReader::load_together(ReadRings* rings, Load* loads, size_t count, bool fill_cache) {
  std::vector<BlockLoad> blocks(count);
  std::vector<BlockLoad*> distinct;
  std::vector<size_t> places(count);
  distinct.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const TableReader& reader = *loads[i].reader;
    const Probe& probe = loads[i].probe;
    const TableIndex& index = *reader.index_;
    const size_t block =
        index.continues(probe.block) ? index.first_block(probe.block, probe.key) : probe.block;
    loads[i].block = block;
    const auto same = std::find_if(distinct.begin(), distinct.end(), [&](const BlockLoad* other) {
      return other->store == reader.blocks_ && other->block == block;
    });
    places[i] = static_cast<size_t>(same - distinct.begin());
    if (same != distinct.end()) continue;
    blocks[distinct.size()].store = reader.blocks_;
    blocks[distinct.size()].block = block;
    distinct.push_back(&blocks[distinct.size()]);
  }
  load_blocks_together(rings, blocks.data(), distinct.size(), fill_cache);
  for (size_t i = 0; i < count; ++i) {
    loads[i].frame = blocks[places[i]].frame;
    loads[i].status = blocks[places[i]].status;
  }
}

bool TableReader::may_contain(uint64_t hash) const {
  return !index_->has_filter() || index_->may_contain(hash);
}

void TableReader::prefetch_filter(uint64_t hash) const { index_->prefetch_filter(hash); }

std::unique_ptr<Iterator> TableReader::new_iterator(bool fill_cache, size_t readahead_size_bytes) const {
  auto iterator = std::make_unique<TableIterator>(fill_cache, readahead_size_bytes);
  open_iterator(iterator.get());
  return iterator;
}

const RangeSetPtr& TableReader::ranges() const { return index_->ranges(); }

const TableProperties& TableReader::properties() const { return index_->properties(); }

uint64_t TableReader::approximate_offset(Bytes key) const {
  const TableIndex& index = *index_;
  if (compare_bytes(key, index.separator(index.block_count())) > 0) return index.properties().file_size;
  return index.location(index.first_block(index.find_block(key), key)).offset;
}

size_t TableReader::memory_usage() const {
  return sizeof(*this) + sizeof(State) + index_->memory_usage() + blocks_->memory_usage();
}

}  // namespace wombat
