/// What a reader makes of bytes that are not as they were written: right answers or errors, never wrong
/// answers.
#include <set>

#include "base/coding.h"
#include "support/seed.h"
#include "table/table_format.h"
#include "table_maker.h"

namespace wombat {
namespace {

std::vector<TestEntry> small_entries(Random& random, int count) {
  std::vector<TestEntry> entries;
  for (int i = 0; i < count; ++i) {
    const std::string key = "key" + std::to_string(random.below(40));
    entries.push_back({key, make_tag(random.below(20), random.one_in(5) ? Kind::kDelete : Kind::kPut),
                       "value" + std::to_string(random.below(1000)) + std::string(20, 'x')});
    entries.push_back({"m" + std::to_string(i), make_tag(0, Kind::kPut), "fixed"});
  }
  sort_entries(&entries);
  return entries;
}

struct Packing {
  const char* name;
  CodecId codec;
  size_t dictionary_size_max;
  int entry_count;
};
/// A dictionary needs some blocks to learn from, and to pay for itself.
constexpr Packing kPackings[] = {
    {"plain", CodecId::kNone, 0, 60},    {"zlib", CodecId::kZlib, 0, 60},
    {"lz4", CodecId::kLz4, 0, 60},       {"zstd", CodecId::kZstd, 0, 60},
    {"snappy", CodecId::kSnappy, 0, 60}, {"dictionary", CodecId::kZstd, 400, 600}};

class TableDamage : public ::testing::TestWithParam<Packing> {
 protected:
  void SetUp() override {
    options_.block_size_bytes = 400;
    options_.codec = GetParam().codec;
    options_.dictionary_size_max = GetParam().dictionary_size_max;
    if (options_.codec != CodecId::kNone && codec_if_built(options_.codec) == nullptr)
      GTEST_SKIP() << "built without " << codec_name(options_.codec);
    entries_ = small_entries(random_, GetParam().entry_count);
    image_ = make_table(entries_, options_);
    const TableCompression& compression = image_.properties.compression;
    ASSERT_EQ(compression.compressed_count != 0, options_.codec != CodecId::kNone);
    ASSERT_EQ(compression.dictionary_bytes != 0, options_.dictionary_size_max != 0);
  }

  /// Every answer is right or an error; returns whether all were right.
  bool expect_no_lie(TableWorld& world, const TableReader& table) {
    bool all_right = true;
    for (size_t i = 0; i < entries_.size(); ++i) {
      const TestEntry& entry = entries_[i];
      const GetAnswer answer = get_from(world, table, entry.key, tag_timestamp(entry.tag));
      all_right = all_right && answer.status;
      if (!answer.status) continue;
      const size_t expected = model_get(entries_, entry.key, tag_timestamp(entry.tag));
      EXPECT_TRUE(answer.found) << entry.key;
      EXPECT_EQ(answer.tag, entries_[expected].tag);
      EXPECT_EQ(answer.value, entries_[expected].value);
    }
    const auto iterator = table.new_iterator(random_.one_in(2), random_.below(2000));
    size_t i = 0;
    for (iterator->seek_first(); iterator->valid() && i < entries_.size(); iterator->next(), ++i) {
      EXPECT_EQ(iterator->key(), entries_[i].key);
      EXPECT_EQ(iterator->tag(), entries_[i].tag);
      EXPECT_EQ(iterator->value(), entries_[i].value);
    }
    EXPECT_FALSE(iterator->valid());
    EXPECT_TRUE(i == entries_.size() || !iterator->status()) << "rows are missing without an error";
    return all_right && iterator->status();
  }

  SeedScope seed_{7};
  Random random_{seed_.seed()};
  TableOptions options_;
  std::vector<TestEntry> entries_;
  TableImage image_;
};

TEST_P(TableDamage, EveryDamagedByteIsDetectedAndNoneLies) {
  ASSERT_GT(image_.content.size(), 1000u);
  for (size_t at = 0; at < image_.content.size(); ++at) {
    TableImage damaged = image_;
    damaged.content[at] = static_cast<char>(damaged.content[at] ^ (1 + random_.below(255)));
    TableWorld world;
    const auto opened = world.open(damaged);
    if (!opened) continue;
    const Status verified = (*opened.value()).verify({});
    ASSERT_FALSE(verified) << "byte " << at;
    EXPECT_EQ(verified.code(), Code::kCorruption);
    EXPECT_NE(verified.message().find("000007.table"), std::string::npos);
    expect_no_lie(world, *opened.value());
    ASSERT_FALSE(HasFailure()) << "byte " << at;
  }
}

TEST_P(TableDamage, EveryTruncationAndExtensionIsRefused) {
  for (size_t size = 0; size < image_.content.size(); ++size) {
    TableImage damaged = image_;
    damaged.content.resize(size);
    TableWorld world;
    ASSERT_FALSE(world.open(damaged)) << size;
    damaged.properties.file_size = size;
    ASSERT_FALSE(world.open(damaged)) << size;
  }
  TableImage damaged = image_;
  damaged.content.append(64, '\0');
  TableWorld world;
  EXPECT_FALSE(world.open(damaged));
  damaged.properties.file_size += 64;
  EXPECT_FALSE(world.open(damaged));
}

TEST_P(TableDamage, ShorterFileBehindAnOpenTableIsAnError) {
  TableWorld world;
  const auto opened = world.open(image_);
  ASSERT_TRUE(opened);
  const std::string whole = image_.content;
  image_.content.resize(100);
  EXPECT_FALSE(expect_no_lie(world, *opened.value()));
  EXPECT_FALSE(opened.value()->verify({}));
  EXPECT_GT(world.statistics.total(Counter::kErrorsCorruption), 0u);
  image_.content = whole;
  EXPECT_TRUE(expect_no_lie(world, *opened.value()));
  EXPECT_TRUE(opened.value()->verify({}));
}

TEST_P(TableDamage, WrongPlaceIsRefused) {
  TableWorld world;
  TableReaderOptions options;
  options.cache = &world.cache;
  const auto open_as = [&](const FileHeader& identity, uint64_t digest) {
    return TableReader::open(std::make_unique<StringReader>(&image_.content), "x", identity,
                             image_.properties.file_size, digest, options)
        .status()
        .code();
  };
  EXPECT_EQ(open_as(table_header(), image_.properties.digest), Code::kOk);
  EXPECT_EQ(open_as(table_header(), image_.properties.digest + 1), Code::kCorruption);
  FileHeader other = table_header();
  other.file_number = 8;
  EXPECT_EQ(open_as(other, image_.properties.digest), Code::kCorruption);
  other = table_header();
  other.database_id[3] ^= 1;
  EXPECT_EQ(open_as(other, image_.properties.digest), Code::kCorruption);
}

/// Changes bytes and makes every checksum right again, so that only the checks of structure stand between
/// them and the reader.
class Forger {
 public:
  explicit Forger(TableImage* image) : image_(image) {
    Bytes content(image->content);
    footer_at_ = content.size() - kTableFooterSize;
    context_ = table_header().context();
    auto decoded =
        decode_table_footer(content.substr(footer_at_), content.substr(0, kFileHeaderSize), footer_at_,
                            context_.seed_at(footer_at_), image->properties.digest, "x");
    EXPECT_TRUE(decoded) << decoded.status().to_string();
    footer_ = original_ = *decoded;
  }
  TableFooter& footer() { return footer_; }

  void seal() {
    std::string& content = image_->content;
    const TableSection& index = original_.sections[kSectionIndex];
    const TableSection& headers = original_.sections[kSectionHeaders];
    for (size_t block = 0; block < original_.block_count; ++block) {
      char* const entry = content.data() + index.offset + block * kBlockIndexEntrySize;
      const BlockLocation location = load_block_location(entry);
      const size_t line_at = headers.offset + block * original_.header_line_size;
      const size_t line_size = kHeaderLineFixedSize + load_le<uint16_t>(content.data() + line_at);
      if (location.offset > footer_at_ || line_at + line_size > footer_at_) continue;
      const Bytes stored = Bytes(content).substr(location.offset, location.stored_size);
      store_le(entry + 8, checksum64(Bytes(content).substr(line_at, line_size), stored,
                                     context_.seed_at(location.offset)));
    }
    for (TableSection& section : footer_.sections) {
      if (section.offset > footer_at_ || section.size > footer_at_ - section.offset) continue;
      section.checksum =
          checksum64(Bytes(content).substr(section.offset, section.size), context_.seed_at(section.offset));
    }
    std::string bytes;
    image_->properties.digest = encode_table_footer(footer_, Bytes(content).substr(0, kFileHeaderSize),
                                                    context_.seed_at(footer_at_), &bytes);
    content.replace(footer_at_, kTableFooterSize, bytes);
  }

 private:
  TableImage* image_;
  uint64_t footer_at_;
  ChecksumContext context_;
  TableFooter original_;
  TableFooter footer_;
};

void use_everything(TableWorld& world, const TableReader& table, const std::vector<TestEntry>& entries) {
  static_cast<void>(table.verify({}));
  for (const TestEntry& entry : entries) static_cast<void>(get_from(world, table, entry.key, kTimestampMax));
  const auto iterator = table.new_iterator(false, 500);
  uint64_t sum = 0;
  for (iterator->seek_first(); iterator->valid(); iterator->next()) {
    for (const char byte : iterator->key()) sum += static_cast<unsigned char>(byte);
    for (const char byte : iterator->value()) sum += static_cast<unsigned char>(byte);
  }
  for (iterator->seek_last(); iterator->valid(); iterator->prev()) sum += iterator->key().size();
  for (const TestEntry& entry : entries) iterator->seek(entry.key, entry.tag);
  table.describe([&](std::string_view line) { sum += line.size(); });
  EXPECT_NE(sum, 0u);
}

TEST_P(TableDamage, ForgedBytesWithRightChecksumsDoNotCrash) {
  size_t opened_count = 0;
  for (int attempt = 0; attempt < 6000; ++attempt) {
    TableImage forged = image_;
    Forger forger(&forged);
    const uint64_t sections_at = forger.footer().sections[0].offset;
    const uint64_t filter_at = forger.footer().sections[kSectionFilter].offset;
    for (uint64_t n = 1 + random_.below(3); n > 0; --n) {
      const uint64_t from = random_.one_in(3) ? kFileHeaderSize : sections_at;
      const uint64_t at = from + random_.below((from == sections_at ? filter_at : sections_at) - from);
      const char interesting[] = {'\0', '\1', '\x7F', '\x80', '\xFF', static_cast<char>(random_.next())};
      forged.content[at] = interesting[random_.below(sizeof interesting)];
    }
    forger.seal();
    TableWorld world;
    const auto opened = world.open(forged);
    if (!opened) continue;
    ++opened_count;
    use_everything(world, *opened.value(), entries_);
  }
  EXPECT_GT(opened_count, 100u);
}

TEST_P(TableDamage, ForgedFootersDoNotCrash) {
  for (int attempt = 0; attempt < 3000; ++attempt) {
    TableImage forged = image_;
    Forger forger(&forged);
    TableFooter& footer = forger.footer();
    const uint64_t numbers[] = {
        0, 1, 64, ~uint64_t{0}, ~uint64_t{63}, uint64_t{1} << 31, random_.next(), random_.below(3000)};
    const uint64_t number = numbers[random_.below(std::size(numbers))];
    TableSection& section = footer.sections[random_.below(kSectionCount)];
    switch (random_.below(7)) {
      case 0:
        footer.block_count = static_cast<uint32_t>(number);
        break;
      case 1:
        footer.header_line_size = static_cast<uint16_t>(number);
        break;
      case 2:
        section.offset = number;
        break;
      case 3:
        section.size = number;
        break;
      case 4:
        footer.entry_count = number;
        break;
      case 5:
        section.size += number % 64;
        break;
      default:
        footer.block_count += static_cast<uint32_t>(random_.below(5)) - 2;
        footer.header_line_size = static_cast<uint16_t>(64 * random_.below(20));
        break;
    }
    forger.seal();
    TableWorld world;
    const auto opened = world.open(forged);
    if (opened) use_everything(world, *opened.value(), entries_);
  }
}

TEST_P(TableDamage, WrongTotalsAreFoundByVerify) {
  for (int field = 0; field < 7; ++field) {
    TableImage forged = image_;
    Forger forger(&forged);
    TableFooter& footer = forger.footer();
    uint64_t* const fields[] = {&footer.delete_count,  &footer.key_bytes,     &footer.value_bytes,
                                &footer.timestamp_min, &footer.timestamp_max, &footer.distinct_key_count,
                                &footer.entry_count};
    ++*fields[field];
    forger.seal();
    TableWorld world;
    const auto opened = world.open(forged);
    ASSERT_EQ(opened.is_ok(), field != 6);
    if (!opened) continue;
    EXPECT_EQ(opened.value()->verify({}).code(), Code::kCorruption) << field;
  }
}

TEST_P(TableDamage, FilterWithoutAKeyIsFoundByVerify) {
  TableImage forged = image_;
  Forger forger(&forged);
  const TableSection& filter = forger.footer().sections[kSectionFilter];
  std::fill_n(forged.content.begin() + static_cast<ptrdiff_t>(filter.offset), filter.size, '\0');
  forger.seal();
  TableWorld world;
  const auto opened = world.open(forged);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened.value()->verify({}).code(), Code::kCorruption);
}

TEST_P(TableDamage, UnknownFilterKindIsIgnored) {
  TableImage forged = image_;
  Forger forger(&forged);
  forger.footer().filter_kind = 9;
  const TableSection& filter = forger.footer().sections[kSectionFilter];
  std::fill_n(forged.content.begin() + static_cast<ptrdiff_t>(filter.offset), filter.size, '\0');
  forger.seal();
  TableWorld world;
  const auto opened = world.open(forged);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened.value()->verify({}));
  EXPECT_TRUE(opened.value()->may_contain(0));
  EXPECT_TRUE(expect_no_lie(world, *opened.value()));
}

TEST_P(TableDamage, WhatOnlyALaterVersionCanReadIsUnsupported) {
  for (int change = 0; change < 5; ++change) {
    TableImage forged = image_;
    Forger forger(&forged);
    TableFooter& footer = forger.footer();
    if (change == 0) footer.format_flags = 64;
    if (change == 1) footer.comparator = 2;
    if (change == 2) footer.hash = 2;
    if (change == 3) footer.format_flags |= uint32_t{1} << 31;
    if (change == 4) footer.codec = 77;
    forger.seal();
    TableWorld world;
    const auto opened = world.open(forged);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.status().code(), change == 4 ? Code::kCorruption : Code::kUnsupported) << change;
  }
}

TEST_P(TableDamage, CodecsThatThisBuildLacksAreNamedWithTheFile) {
  for (const CodecId id : kAllCodecs) {
    if (id == CodecId::kNone || codec_if_built(id) != nullptr) continue;
    TableImage forged = image_;
    Forger forger(&forged);
    forger.footer().codec = static_cast<uint8_t>(id);
    forger.seal();
    TableWorld world;
    const auto opened = world.open(forged);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.status().code(), Code::kUnsupported);
    EXPECT_NE(opened.status().message().find(codec_name(id)), std::string::npos);
    EXPECT_NE(opened.status().message().find("000007.table"), std::string::npos);
  }
}

/// Right checksums, but nothing that the codec of the footer has packed: errors, and no crash.
TEST_P(TableDamage, OtherCodecsThanTheOneThatPackedAreRefused) {
  if (options_.codec == CodecId::kNone) GTEST_SKIP() << "nothing is packed";
  for (const CodecId id : kAllCodecs) {
    if (id == options_.codec || (id != CodecId::kNone && codec_if_built(id) == nullptr)) continue;
    TableImage forged = image_;
    Forger forger(&forged);
    forger.footer().codec = static_cast<uint8_t>(id);
    forger.seal();
    TableWorld world;
    const auto opened = world.open(forged);
    if (!opened) {
      EXPECT_EQ(opened.status().code(), Code::kCorruption);
      continue;
    }
    EXPECT_EQ(opened.value()->verify({}).code(), Code::kCorruption) << codec_name(id);
    use_everything(world, *opened.value(), entries_);
  }
}

TEST_P(TableDamage, ForgedDictionariesDoNotCrash) {
  if (options_.dictionary_size_max == 0) GTEST_SKIP() << "no dictionary";
  size_t refused_count = 0;
  for (int attempt = 0; attempt < 2000; ++attempt) {
    TableImage forged = image_;
    Forger forger(&forged);
    const TableSection section = forger.footer().sections[kSectionDictionary];
    ASSERT_GT(section.size, 0u);
    const uint64_t span =
        random_.one_in(2) ? 8 : section.size;  // the first bytes say how large it is, and what
    forged.content[section.offset + random_.below(span)] = static_cast<char>(random_.next());
    forger.seal();
    TableWorld world;
    const auto opened = world.open(forged);
    refused_count += opened ? 0 : 1;
    if (opened && attempt % 10 == 0) use_everything(world, *opened.value(), entries_);
  }
  EXPECT_GT(refused_count, 100u);
}

INSTANTIATE_TEST_SUITE_P(Codecs, TableDamage, ::testing::ValuesIn(kPackings),
                         [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace wombat
