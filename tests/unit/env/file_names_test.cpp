#include "env/file_names.h"

#include <gtest/gtest.h>

namespace wombat {
namespace {

TEST(FileNames, HaveSixDigitsOrMoreAndTheEndingOfTheirKind) {
  EXPECT_EQ(file_name(FileKind::kManifest, 1), "000001.manifest");
  EXPECT_EQ(file_name(FileKind::kLog, 123456), "123456.log");
  EXPECT_EQ(file_name(FileKind::kTable, 1234567), "1234567.table");
  EXPECT_EQ(file_name(FileKind::kValueLog, UINT64_MAX), "18446744073709551615.values");
}

TEST(FileNames, EveryNameParsesToItself) {
  for (const FileKind kind : {FileKind::kManifest, FileKind::kLog, FileKind::kTable, FileKind::kValueLog}) {
    for (const uint64_t number :
         {uint64_t{0}, uint64_t{7}, uint64_t{999999}, uint64_t{1000000}, UINT64_MAX}) {
      const auto parsed = parse_file_name(file_name(kind, number));
      ASSERT_TRUE(parsed.has_value()) << file_name(kind, number);
      EXPECT_EQ(parsed->kind, kind);
      EXPECT_EQ(parsed->number, number);
    }
  }
}

TEST(FileNames, ForeignNamesDenoteNothing) {
  for (const char* const name : {"",
                                 "LOCK",
                                 "CURRENT",
                                 "CURRENT.tmp",
                                 "1.log",
                                 "00001.log",
                                 "0000001.log",
                                 ".log",
                                 "000001",
                                 "000001.LOG",
                                 "000001.log.bak",
                                 "000001.log~",
                                 " 000001.log",
                                 "+000001.log",
                                 "-000001.log",
                                 "00000a.log",
                                 "0x0001.log",
                                 "18446744073709551616.log",
                                 "99999999999999999999999.table",
                                 "000001.sst",
                                 "000001.table.log"}) {
    EXPECT_FALSE(parse_file_name(name).has_value()) << name;
  }
  EXPECT_FALSE(parse_file_name(Bytes("000001\0.log", 11)).has_value());
}

TEST(FileNamesDeathTest, KindWithoutNumberIsABug) {
  EXPECT_DEATH(file_name(FileKind::kCurrent, 1), "internal check failed");
}

}  // namespace
}  // namespace wombat
