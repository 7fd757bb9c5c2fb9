#include "txn_script.h"

#include <algorithm>

#include "failure.h"
#include "input.h"
#include "merge_operand.h"
#include "nearest_word.h"
#include "range_arguments.h"
#include "script_line.h"

namespace wombat::cli {

namespace {

constexpr size_t kMany = SIZE_MAX;

struct VerbInfo {
  Verb verb;
  const char* word;
  const char* usage;
  size_t count_min;  // of arguments besides flags
  size_t count_max;
};

constexpr VerbInfo kVerbs[] = {
    {Verb::kGet, "get", "get KEY ...", 1, kMany},
    {Verb::kGetForUpdate, "get-for-update", "get-for-update KEY ...", 1, kMany},
    {Verb::kExists, "exists", "exists KEY", 1, 1},
    {Verb::kScan, "scan", "scan [--from KEY] [--to KEY] [--prefix KEY] [-r] [-k] [-n N]", 0, 0},
    {Verb::kCount, "count", "count [--from KEY] [--to KEY] [--prefix KEY]", 0, 0},
    {Verb::kAssert, "assert", "assert KEY = VALUE", 3, 3},
    {Verb::kAssertAbsent, "assert-absent", "assert-absent KEY", 1, 1},
    {Verb::kAssertPresent, "assert-present", "assert-present KEY", 1, 1},
    {Verb::kPut, "put", "put KEY VALUE [--ttl MILLISECONDS]", 2, 2},
    {Verb::kDelete, "delete", "delete KEY ...", 1, kMany},
    {Verb::kDeleteRange, "delete-range", "delete-range [--from KEY] [--to KEY] [--prefix KEY] [--all]", 0, 0},
    {Verb::kMerge, "merge", "merge OPERATOR KEY OPERAND", 3, 3},
    {Verb::kUse, "use", "use KEYSPACE", 1, 1},
    {Verb::kSavepoint, "savepoint", "savepoint", 0, 0},
    {Verb::kRollbackToSavepoint, "rollback-to-savepoint", "rollback-to-savepoint", 0, 0},
    {Verb::kReleaseSavepoint, "release-savepoint", "release-savepoint", 0, 0},
    {Verb::kBegin, "begin", "begin [serializable|snapshot|read_committed] [read-only] [pessimistic]", 0, 3},
    {Verb::kCommit, "commit", "commit", 0, 0},
    {Verb::kRollback, "rollback", "rollback", 0, 0},
    {Verb::kPrepare, "prepare", "prepare NAME", 1, 1},
};

const std::vector<ScriptFlag> kRangeFlags = {
    {"--from", nullptr, true}, {"--to", nullptr, true}, {"--prefix", nullptr, true}};

std::vector<ScriptFlag> flags_of(Verb verb) {
  std::vector<ScriptFlag> flags;
  if (verb == Verb::kPut) return {{"--ttl", nullptr, true}};
  if (verb != Verb::kScan && verb != Verb::kCount && verb != Verb::kDeleteRange) return flags;
  flags = kRangeFlags;
  if (verb == Verb::kDeleteRange) flags.push_back({"--all", nullptr, false});
  if (verb == Verb::kScan) {
    flags.push_back({"--reverse", "-r", false});
    flags.push_back({"--keys-only", "-k", false});
    flags.push_back({"--limit", "-n", true});
  }
  return flags;
}

bool is_write(Verb verb) {
  return verb == Verb::kPut || verb == Verb::kDelete || verb == Verb::kDeleteRange || verb == Verb::kMerge ||
         verb == Verb::kGetForUpdate;
}

/// Puts the lines together to transactions.
class ScriptReader {
 public:
  ScriptReader(Input& input, const ScriptTransaction& standard, const Settings& settings)
      : standard_(standard), settings_(settings) {
    script_.name = input.name();
    Bytes line;
    while (input.next_line(&line)) {
      line_ = input.line_number();
      read_line(line);
    }
    if (open_ == nullptr) return;
    if (open_->is_explicit) {
      throw Failure(ExitCode::kMalformedInput, script_.place(open_->line),
                    "this transaction has no end: expected commit, rollback or prepare before the end of the "
                    "script");
    }
    open_->end_line = line_;
  }

  TxnScript script() && { return std::move(script_); }

 private:
  std::string place() const { return script_.place(line_); }
  [[noreturn]] void fail(const std::string& why, const std::string& advice = "") const {
    throw Failure(ExitCode::kMalformedInput, place(), why, advice);
  }

  const VerbInfo& verb_of(const ScriptWord& word) const {
    std::vector<std::string> words;
    for (const VerbInfo& info : kVerbs) {
      if (word.text == info.word) return info;
      words.push_back(info.word);
    }
    const std::string nearest = nearest_word(word.text, words);
    std::string list;
    for (const std::string& each : words) list += (list.empty() ? "" : ", ") + each;
    fail("there is no operation '" + escaped(word.text) + "'",
         nearest.empty() ? "use one of " + list : "did you mean '" + nearest + "'?");
  }

  void read_line(Bytes line) {
    const std::vector<ScriptWord> words = split_line(line, place());
    if (words.empty()) return;
    const VerbInfo& info = verb_of(words.front());
    const ScriptArguments arguments = read_arguments(words, flags_of(info.verb), info.usage, place());
    const size_t count = arguments.positionals.size();
    if (count < info.count_min || count > info.count_max)
      fail(std::string("expected ") + info.usage + ", found " + std::to_string(count) + " arguments",
           "put quotation marks around blanks");
    switch (info.verb) {
      case Verb::kBegin:
        return begin(arguments.positionals);
      case Verb::kCommit:
      case Verb::kRollback:
      case Verb::kPrepare:
        return end(info.verb, arguments.positionals);
      default:
        return add(info, arguments);
    }
  }

  ScriptTransaction& open_transaction(bool is_explicit) {
    script_.transactions.push_back(standard_);
    open_ = &script_.transactions.back();
    open_->line = line_;
    open_->is_explicit = is_explicit;
    return *open_;
  }

  void begin(const std::vector<std::string>& words) {
    if (open_ != nullptr) {
      fail("the transaction of line " + std::to_string(open_->line) + " is not over",
           "end it with commit, rollback or prepare before");
    }
    ScriptTransaction& transaction = open_transaction(true);
    for (const std::string& word : words) {
      if (word == "read-only") {
        transaction.is_read_only = true;
      } else if (word == "pessimistic") {
        transaction.is_pessimistic = true;
      } else if (isolation_of(word) != WOMBAT_ISOLATION_DEFAULT) {
        transaction.isolation = isolation_of(word);
      } else {
        fail("expected serializable, snapshot, read_committed, read-only or pessimistic, found '" +
             escaped(word) + "'");
      }
    }
  }

  void end(Verb verb, const std::vector<std::string>& words) {
    if (open_ == nullptr) fail("there is no transaction to end here");
    open_->end = verb;
    open_->end_line = line_;
    if (verb == Verb::kPrepare) open_->name = words.front();
    if (verb == Verb::kPrepare && open_->is_read_only) fail("a read-only transaction cannot be prepared");
    open_ = nullptr;
  }

  void add(const VerbInfo& info, const ScriptArguments& arguments) {
    Operation operation;
    operation.verb = info.verb;
    operation.line = line_;
    try {
      decode(arguments, &operation);
    } catch (const Failure& failure) {
      if (failure.code() == ExitCode::kMalformedInput) throw;
      throw Failure(ExitCode::kMalformedInput, place(), failure.what());
    }
    ScriptTransaction& transaction = open_ != nullptr ? *open_ : open_transaction(false);
    if (transaction.is_read_only && is_write(info.verb))
      fail(std::string(info.word) + " in a read-only transaction", "leave read-only out");
    transaction.operations.push_back(std::move(operation));
  }

  std::string decoded(const std::string& text, const char* what) const {
    return decode_argument(text, settings_.encoding(), what);
  }

  uint64_t number(const ScriptArguments& arguments, const char* flag) const {
    if (!arguments.has(flag)) return 0;
    const auto number = parse_size(arguments.value(flag));
    if (!number) fail("expected a whole number behind " + std::string(flag), "for example 5000 or 10k");
    return *number;
  }

  void decode(const ScriptArguments& arguments, Operation* operation) const {
    const std::vector<std::string>& words = arguments.positionals;
    switch (operation->verb) {
      case Verb::kUse:
        operation->name = words[0];
        return;
      case Verb::kMerge:
        operation->name = words[0];
        operation->keys.push_back(decoded(words[1], "key"));
        operation->value = decode_operand(words[0], words[2], settings_);
        return;
      case Verb::kPut:
        operation->keys.push_back(decoded(words[0], "key"));
        operation->value = decoded(words[1], "value");
        operation->ttl_ms = number(arguments, "--ttl");
        return;
      case Verb::kAssert:
        if (words[1] != "=") fail("expected assert KEY = VALUE, found '" + escaped(words[1]) + "' for =");
        operation->keys.push_back(decoded(words[0], "key"));
        operation->value = decoded(words[2], "value");
        return;
      case Verb::kScan:
      case Verb::kCount:
      case Verb::kDeleteRange:
        decode_query(arguments, operation);
        return;
      default:
        for (const std::string& word : words) operation->keys.push_back(decoded(word, "key"));
    }
  }

  void decode_query(const ScriptArguments& arguments, Operation* operation) const {
    RowQuery& query = operation->query;
    const auto take = [&](const char* flag, std::string* key, bool* has_key) {
      *key = arguments.value(flag);
      *has_key = arguments.has(flag);
    };
    KeyRange range;
    take("--from", &range.from, &range.has_from);
    take("--to", &range.to, &range.has_to);
    take("--prefix", &range.prefix, &range.has_prefix);
    query.range = decoded_range(range, settings_);
    query.backward = arguments.has("--reverse");
    query.keys_only = arguments.has("--keys-only") || operation->verb == Verb::kCount;
    query.limit = number(arguments, "--limit");
    const bool has_range = range.has_from || range.has_to || range.has_prefix;
    if (operation->verb == Verb::kDeleteRange && !has_range && !arguments.has("--all"))
      fail("delete-range: no range was given", "give --from, --to or --prefix; --all removes everything");
  }

  const ScriptTransaction& standard_;
  const Settings& settings_;
  TxnScript script_;
  uint64_t line_ = 0;
  ScriptTransaction* open_ = nullptr;
};

}  // namespace

const char* word_of(Verb verb) {
  for (const VerbInfo& info : kVerbs)
    if (info.verb == verb) return info.word;
  return "";
}

int32_t isolation_of(const std::string& word) {
  return word == "serializable"     ? WOMBAT_SERIALIZABLE
         : word == "snapshot"       ? WOMBAT_SNAPSHOT
         : word == "read_committed" ? WOMBAT_READ_COMMITTED
                                    : WOMBAT_ISOLATION_DEFAULT;
}

bool ScriptTransaction::writes() const {
  if (is_read_only) return false;
  if (end == Verb::kPrepare) return true;
  return std::any_of(operations.begin(), operations.end(),
                     [](const Operation& operation) { return is_write(operation.verb); });
}

TxnScript read_script(const std::string& path, const ScriptTransaction& standard, const Settings& settings) {
  Input input(path);
  return ScriptReader(input, standard, settings).script();
}

}  // namespace wombat::cli
