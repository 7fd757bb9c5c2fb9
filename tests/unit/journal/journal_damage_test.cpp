// Every way of damaging small journals: what is read is always a prefix of what was written, and damage to
// bytes that a later fragment knows to be durable is always reported.
#include <gtest/gtest.h>

#include "journal/journal_format.h"
#include "journal_image.h"
#include "support/seed.h"

namespace wombat {
namespace {

JournalImage random_journal(Random* random, bool large_records) {
  JournalMaker maker;
  const uint64_t count = 1 + random->below(12);
  for (uint64_t i = 0; i < count; ++i) {
    maker.add(random_bytes(random->below(large_records && random->one_in(3) ? 70000 : 90), random));
    if (random->one_in(3)) maker.sync();
    if (random->one_in(6)) maker.writer().mark_synced();
  }
  return maker.finish();
}

// Adds what mark_synced wrote to the lists of `image`, which knows of add only.
JournalImage with_marks(const JournalImage& image) {
  JournalImage complete;
  complete.bytes = image.bytes;
  auto reader = JournalReader::open(std::make_unique<StringReadableFile>(image.bytes), "x", FileKind::kLog);
  EXPECT_TRUE(reader);
  Bytes record;
  while (reader.value()->next(&record)) {
    complete.records.emplace_back(record);
    complete.ends.push_back(reader.value()->position());
  }
  return complete;
}

// The record whose fragments, or the padding in front of them, hold the byte at `offset`.
size_t record_at(const JournalImage& image, uint64_t offset) {
  return static_cast<size_t>(std::upper_bound(image.ends.begin(), image.ends.end(), offset) -
                             image.ends.begin());
}

// The largest synced offset that a record other than `record` carries.
uint64_t watermark_without(const JournalImage& image, size_t record) {
  uint64_t watermark = 0;
  for (size_t i = 0; i < image.records.size(); ++i) {
    if (i != record) watermark = std::max(watermark, image.synced_offsets[i]);
  }
  return watermark;
}

void expect_exact_verdict(const JournalImage& image, uint64_t offset, const ReadJournal& read) {
  if (offset < kFileHeaderSize) {
    EXPECT_FALSE(read.status) << "header byte " << offset;
    EXPECT_TRUE(read.records.empty());
    return;
  }
  const size_t damaged = record_at(image, offset);
  ASSERT_EQ(read.records.size(), damaged) << "byte " << offset << ": " << read.status.to_string();
  ASSERT_TRUE(is_prefix(read.records, image.records)) << "byte " << offset;
  if (watermark_without(image, damaged) > image.start(damaged)) {
    ASSERT_EQ(read.status.code(), Code::kCorruption) << "byte " << offset << " was known to be durable";
  } else {
    ASSERT_TRUE(read.status) << "byte " << offset << ": " << read.status.to_string();
    ASSERT_GT(read.dropped_bytes, 0u);
  }
}

TEST(JournalDamageTest, EveryFlippedByteOfASmallJournalIsJudgedExactly) {
  const SeedScope seed(41);
  Random random(seed.seed());
  for (int round = 0; round < 40; ++round) {
    JournalMaker maker;
    const uint64_t count = 1 + random.below(10);
    for (uint64_t i = 0; i < count; ++i) {
      maker.add(random_bytes(1 + random.below(60), &random));
      if (random.one_in(3)) maker.sync();
    }
    const JournalImage image = maker.finish();
    for (uint64_t offset = 0; offset < image.bytes.size(); ++offset) {
      std::string damaged = image.bytes;
      damaged[offset] = static_cast<char>(damaged[offset] ^ (1 + random.below(255)));
      expect_exact_verdict(image, offset, read_journal(damaged));
      if (HasFatalFailure()) return;
    }
  }
}

TEST(JournalDamageTest, FlippedBytesOfAJournalOfSeveralBlocksAreJudgedExactly) {
  const SeedScope seed(42);
  Random random(seed.seed());
  for (int round = 0; round < 40; ++round) {
    JournalMaker maker;
    const uint64_t count = 1 + random.below(20);
    for (uint64_t i = 0; i < count; ++i) {
      maker.add(random_bytes(1 + random.below(random.one_in(3) ? 70000 : 500), &random));
      if (random.one_in(3)) maker.sync();
    }
    const JournalImage image = maker.finish();
    for (int i = 0; i < 60; ++i) {
      const uint64_t offset = random.below(image.bytes.size());
      std::string damaged = image.bytes;
      damaged[offset] = static_cast<char>(damaged[offset] ^ (1 + random.below(255)));
      expect_exact_verdict(image, offset, read_journal(damaged));
      if (HasFatalFailure()) return;
    }
  }
}

TEST(JournalDamageTest, EveryTruncationGivesTheRecordsBeforeIt) {
  const SeedScope seed(43);
  Random random(seed.seed());
  for (int round = 0; round < 20; ++round) {
    const JournalImage image = with_marks(random_journal(&random, false));
    for (uint64_t size = 0; size < image.bytes.size(); ++size) {
      const ReadJournal read = read_journal(image.bytes.substr(0, size));
      if (size < kFileHeaderSize) {
        ASSERT_FALSE(read.status);
        continue;
      }
      ASSERT_TRUE(read.status) << read.status.to_string();
      ASSERT_EQ(read.records.size(), record_at(image, size)) << "cut at " << size;
      ASSERT_TRUE(is_prefix(read.records, image.records));
      ASSERT_EQ(read_journal(image.bytes.substr(0, size), size + 1).status.code(), Code::kCorruption);
    }
  }
}

// One way of damaging several bytes.
void damage(std::string* bytes, Random* random) {
  const size_t from = random->below(bytes->size());
  const size_t size = 1 + random->below(random->one_in(2) ? 64 : 40000);
  const size_t end = std::min(bytes->size(), from + size);
  switch (random->below(5)) {
    case 0:
      std::fill(bytes->begin() + static_cast<ptrdiff_t>(from), bytes->begin() + static_cast<ptrdiff_t>(end),
                '\0');
      break;
    case 1:
      bytes->replace(from, end - from, random_bytes(end - from, random));
      break;
    case 2:
      bytes->erase(from, size);
      break;
    case 3:
      bytes->insert(from, bytes->substr(random->below(bytes->size()), size));
      break;
    default: {
      const std::string piece = bytes->substr(random->below(bytes->size()), size);
      bytes->replace(from, std::min(piece.size(), bytes->size() - from), piece);
    }
  }
}

TEST(JournalDamageTest, RandomDamageNeverYieldsWrongRecords) {
  const SeedScope seed(44);
  Random random(seed.seed());
  for (int round = 0; round < 1500; ++round) {
    const JournalImage image = with_marks(random_journal(&random, true));
    std::string bytes = image.bytes;
    for (uint64_t i = 1 + random.below(3); i > 0 && !bytes.empty(); --i) damage(&bytes, &random);
    const FileHeader identity = journal_header();
    const ReadJournal read = read_journal(bytes, 0, random.one_in(2) ? &identity : nullptr);
    ASSERT_TRUE(is_prefix(read.records, image.records));
    if (!read.status) {
      ASSERT_TRUE(read.status.code() == Code::kCorruption || read.status.code() == Code::kNotADatabase ||
                  read.status.code() == Code::kFormatVersion || read.status.code() == Code::kUnsupported)
          << read.status.to_string();
    }
    const ReadJournal sealed = read_journal(bytes, image.bytes.size(), &identity);
    ASSERT_TRUE(!sealed.status || sealed.records == image.records) << "every byte was known to be durable";
  }
}

TEST(JournalDamageTest, RandomBytesBehindAHeaderAreAnEmptyJournal) {
  const SeedScope seed(45);
  Random random(seed.seed());
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    encode_file_header(journal_header(), &bytes);
    bytes += random_bytes(random.below(random.one_in(10) ? 3 << 20 : 1000), &random);
    const ReadJournal read = read_journal(bytes);
    ASSERT_TRUE(read.status) << read.status.to_string();
    ASSERT_TRUE(read.records.empty());
  }
}

}  // namespace
}  // namespace wombat
