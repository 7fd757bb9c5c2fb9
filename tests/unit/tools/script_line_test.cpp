#include "script_line.h"

#include <gtest/gtest.h>

#include "failure.h"

namespace wombat::cli {
namespace {

std::vector<std::string> words_of(Bytes line) {
  std::vector<std::string> words;
  for (const ScriptWord& word : split_line(line, "here")) words.push_back(word.text);
  return words;
}

using Words = std::vector<std::string>;

TEST(ScriptLine, WordsAreSplitAsAShellDoes) {
  EXPECT_EQ(words_of(""), Words());
  EXPECT_EQ(words_of(" \t\r"), Words());
  EXPECT_EQ(words_of("put a\t b\r"), (Words{"put", "a", "b"}));
  EXPECT_EQ(words_of("put 'a b' \"c 'd'\" e'f g'h"), (Words{"put", "a b", "c 'd'", "ef gh"}));
  EXPECT_EQ(words_of("put '' \"\""), (Words{"put", "", ""}));
  EXPECT_EQ(words_of("put 'it'\"'\"'s'"), (Words{"put", "it's"}));
  EXPECT_EQ(words_of("a\\tb c\\\\"), (Words{"a\\tb", "c\\\\"}));
}

TEST(ScriptLine, ANumberSignBeginsACommentWhereAWordWould) {
  EXPECT_EQ(words_of("# all"), Words());
  EXPECT_EQ(words_of("get a # rest"), (Words{"get", "a"}));
  EXPECT_EQ(words_of("get a#b '#c'"), (Words{"get", "a#b", "#c"}));
}

TEST(ScriptLine, AQuotationMarkNeedsAnother) {
  for (const char* line : {"put 'a", "put \"a'", "'"}) {
    try {
      split_line(line, "x:3");
      ADD_FAILURE() << line;
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.code(), ExitCode::kMalformedInput);
      EXPECT_EQ(std::string(failure.what()).substr(0, 5), "x:3: ");
    }
  }
}

ScriptArguments arguments_of(Bytes line) {
  static const std::vector<ScriptFlag> kFlags = {{"--from", nullptr, true}, {"--reverse", "-r", false}};
  return read_arguments(split_line(line, "here"), kFlags, "scan [--from KEY] [-r]", "here");
}

TEST(ScriptLine, FlagsAreThoseOfTheCommandLine) {
  EXPECT_EQ(arguments_of("scan --from a -r").value("--from"), "a");
  EXPECT_TRUE(arguments_of("scan --from a -r").has("--reverse"));
  EXPECT_EQ(arguments_of("scan --from=a=b").value("--from"), "a=b");
  EXPECT_EQ(arguments_of("scan --from --reverse").value("--from"), "--reverse");
  EXPECT_EQ(arguments_of("scan -1 - '--from' -- --reverse").positionals,
            (Words{"-1", "-", "--from", "--reverse"}));
}

TEST(ScriptLine, FlagsThatAreNotKnownOrNotRightAreRefused) {
  for (const char* line :
       {"scan --form a", "scan --from", "scan --reverse=1", "scan -r --reverse", "scan -x"})
    EXPECT_THROW(arguments_of(line), Failure) << line;
}

}  // namespace
}  // namespace wombat::cli
