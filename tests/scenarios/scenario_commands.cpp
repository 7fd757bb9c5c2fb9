#include "scenarios/scenario_commands.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <utility>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/coding.h"

namespace wombat {

namespace {

std::string read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write_whole(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

/// The features and the checksum lie where docs/file_formats.md says.
void store_header_checksum(std::string* content) {
  store_le<uint64_t>(content->data() + 56, checksum64(Bytes(*content).substr(0, 56), 0));
}
void flip_header_bit(std::string* content, size_t offset, uint64_t bit) {
  content->at(offset + bit / 8) = static_cast<char>(content->at(offset + bit / 8) ^ 1 << bit % 8);
  store_header_checksum(content);
}

/// "prefix=x" with name "prefix" gives "x".
const char* argument(const std::vector<std::string>& words, const std::string& name) {
  for (const std::string& word : words)
    if (word.compare(0, name.size() + 1, name + "=") == 0) return word.c_str() + name.size() + 1;
  return nullptr;
}

}  // namespace

ScenarioCommands::~ScenarioCommands() {
  for (const auto& [name, snapshot] : snapshots_) wombat_snapshot_release(snapshot);
  if (db_ != nullptr) static_cast<void>(wombat_close(db_, nullptr));
}

std::string ScenarioCommands::run(const std::string& line) {
  std::istringstream in(line);
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  std::string shown = dispatch(words);
  for (size_t at; (at = shown.find(directory_.path())) != std::string::npos;)
    shown.replace(at, directory_.path().size(), "DIR");
  static const std::regex kChecksum("0x[0-9a-f]+");  // depends on the identity of the database
  static const std::regex kNumber(
      "[0-9]{6}\\.(?=table|log|manifest)");  // depends on what ran in the background
  shown = std::regex_replace(std::regex_replace(shown, kChecksum, "0x#"), kNumber, "N.");
  if (shown.empty() || shown.back() != '\n') shown += '\n';
  return shown;
}

std::string ScenarioCommands::dispatch(const Words& words) {
  for (const auto family : {&ScenarioCommands::run_database, &ScenarioCommands::run_data,
                            &ScenarioCommands::run_upkeep, &ScenarioCommands::run_files}) {
    std::string shown = (this->*family)(words);
    if (!shown.empty()) return shown;
  }
  return "no such command, or too few words: " + words[0];
}

std::string ScenarioCommands::result(wombat_status status) const {
  return status < 0 ? std::string(wombat_status_name(status)) + ": " + error_.message
                    : wombat_status_name(status);
}

std::string ScenarioCommands::run_database(const Words& words) {
  if (words[0] == "open") return open(words);
  if (words[0] == "close") return close();
  if (words[0] == "reopen") {
    const std::string closed = close();
    return closed == "OK" ? open(words) : closed;
  }
  if (words[0] == "destroy") return result(wombat_destroy(path_of("/db").c_str(), &error_));
  if (words[0] == "preset") {
    wombat_options* options = nullptr;
    const wombat_status status = wombat_options_create_preset(words[1].c_str(), &options, &error_);
    wombat_options_destroy(options);
    return result(status);
  }
  return {};
}

std::string ScenarioCommands::open(const Words& words) {
  wombat_options* options = nullptr;
  wombat_status status = wombat_options_create(&options, &error_);
  std::string text = "compaction.threads=1; checkpoint.interval_s=0";
  for (size_t i = 1; i < words.size(); ++i) text += ";" + words[i];
  if (status == WOMBAT_OK) status = wombat_options_parse(options, text.c_str(), &error_);
  wombat_db* db = nullptr;
  if (status == WOMBAT_OK) status = wombat_open(path_of("/db").c_str(), options, &db, &error_);
  wombat_options_destroy(options);
  if (db != nullptr) db_ = db;
  return result(status);
}

std::string ScenarioCommands::close() {
  wombat_db* const db = std::exchange(db_, nullptr);
  return result(wombat_close(db, &error_));
}

std::string ScenarioCommands::run_data(const Words& words) {
  const std::string& name = words[0];
  const auto word = [&](size_t i) { return i < words.size() ? words[i] : std::string(); };
  const std::string key = word(1);
  const std::string value = word(2);
  if (name == "put")
    return result(wombat_put(db_, key.data(), key.size(), value.data(), value.size(), nullptr, &error_));
  if (name == "delete") return result(wombat_delete(db_, key.data(), key.size(), nullptr, &error_));
  if (name == "get") return get(key, nullptr);
  if (name == "batch") return batch(words);
  if (name == "fill") return fill(words);
  if (name == "scan") return scan(words);
  if (name == "snapshot") return result(wombat_snapshot_create(db_, &snapshots_[key], &error_));
  if (name == "get_at") return get(value, snapshots_[key]);
  if (name == "release") {
    wombat_snapshot_release(snapshots_[key]);
    snapshots_.erase(key);
    return "OK";
  }
  return {};
}

std::string ScenarioCommands::get(const std::string& key, const wombat_snapshot* snapshot) {
  wombat_read_options options{};
  options.size = sizeof options;
  options.snapshot = snapshot;
  std::string buffer(1 << 20, '\0');
  size_t size = 0;
  const wombat_status status =
      wombat_get(db_, key.data(), key.size(), &options, buffer.data(), buffer.size(), &size, &error_);
  return status == WOMBAT_OK ? escape_bytes(Bytes(buffer).substr(0, size)) + "\n" : result(status);
}

std::string ScenarioCommands::batch(const Words& words) {
  wombat_batch* batch = nullptr;
  wombat_status status = wombat_batch_create(&batch, &error_);
  for (size_t i = 1; i < words.size() && status == WOMBAT_OK; ++i) {
    const std::string& word = words[i];
    const size_t equals = word.find('=');
    status = word[0] == '-' ? wombat_batch_delete(batch, word.data() + 1, word.size() - 1, &error_)
                            : wombat_batch_put(batch, word.data(), equals, word.data() + equals + 1,
                                               word.size() - equals - 1, &error_);
  }
  if (status == WOMBAT_OK) status = wombat_write(db_, batch, nullptr, &error_);
  wombat_batch_destroy(batch);
  return result(status);
}

std::string ScenarioCommands::fill(const Words& words) {
  if (words.size() != 4) return {};
  const int count = std::stoi(words[2]);
  wombat_status status = WOMBAT_OK;
  for (int i = 0; i < count && status == WOMBAT_OK; ++i) {
    const std::string key = words[1] + std::to_string(100000 + i);
    const std::string value(static_cast<size_t>(std::stoi(words[3])), static_cast<char>('a' + i % 26));
    status = wombat_put(db_, key.data(), key.size(), value.data(), value.size(), nullptr, &error_);
  }
  return result(status);
}

std::string ScenarioCommands::scan(const Words& words) {
  wombat_iterator_options options{};
  options.size = sizeof options;
  const auto set = [&](const char* name, const void** data, size_t* size) {
    if (const char* value = argument(words, name)) *data = value, *size = std::string(value).size();
  };
  set("lower", &options.lower, &options.lower_size);
  set("upper", &options.upper, &options.upper_size);
  set("prefix", &options.prefix, &options.prefix_size);
  const auto move = words.back() == "reverse" ? wombat_iterator_prev : wombat_iterator_next;
  wombat_iterator* iterator = nullptr;
  wombat_status status = wombat_iterator_create(db_, &options, &iterator, &error_);
  std::string shown;
  while (status == WOMBAT_OK) {
    const void* key = nullptr;
    const void* value = nullptr;
    size_t key_size = 0;
    size_t value_size = 0;
    status = move(iterator, &key, &key_size, &value, &value_size, &error_);
    if (status == WOMBAT_OK)
      shown += escape_bytes(as_bytes(key, key_size)) + " = " + escape_bytes(as_bytes(value, value_size), 20) +
               "\n";
  }
  wombat_iterator_destroy(iterator);
  return shown + result(status);
}

std::string ScenarioCommands::run_upkeep(const Words& words) {
  const std::string& name = words[0];
  if (name == "flush") return result(wombat_flush(db_, nullptr, &error_));
  if (name == "wait") return result(wombat_wait(db_, nullptr, &error_));
  if (name == "verify") return result(wombat_verify(db_, nullptr, &error_));
  if (name == "sync") return result(wombat_sync(db_, &error_));
  if (name == "compact") {
    const bool is_range = words.size() == 3;
    return result(wombat_compact_range(db_, is_range ? words[1].data() : nullptr,
                                       is_range ? words[1].size() : 0, is_range ? words[2].data() : nullptr,
                                       is_range ? words[2].size() : 0, nullptr, &error_));
  }
  if (words.size() < 2) return {};
  if (name == "property") return property(words[1]);
  if (name == "statistic") return statistic(words[1]);
  if (name == "option") {
    char text[200];
    const wombat_status status =
        wombat_get_option(db_, words[1].c_str(), text, sizeof text, nullptr, &error_);
    return status == WOMBAT_OK ? text : result(status);
  }
  if (name == "set_option" && words.size() == 3)
    return result(wombat_set_option(db_, words[1].c_str(), words[2].c_str(), &error_));
  return {};
}

std::string ScenarioCommands::property(const std::string& name) {
  std::string text(100'000, '\0');
  size_t length = 0;
  const wombat_status status = wombat_property(db_, name.c_str(), text.data(), text.size(), &length, &error_);
  if (status != WOMBAT_OK) return result(status);
  return length == 0 ? "(empty)" : text.substr(0, length);
}

std::string ScenarioCommands::statistic(const std::string& name) {
  std::vector<uint64_t> values(wombat_statistic_count());
  size_t count = 0;
  const wombat_status status = wombat_statistics(db_, values.data(), values.size(), &count, &error_);
  if (status != WOMBAT_OK) return result(status);
  for (size_t i = 0; i < count; ++i) {
    const char* known = nullptr;
    static_cast<void>(wombat_statistic_describe(i, &known, nullptr, nullptr));
    if (known == name) return std::to_string(values[i]);
  }
  return "no statistic has this name";
}

std::string ScenarioCommands::path_of(const std::string& name) const {
  if (name[0] == '/') return directory_.path() + name;
  const size_t dot = name.find('.');
  const bool is_indexed = dot != std::string::npos && name.size() == dot + 2 && name[dot + 1] <= '9';
  if (!is_indexed) return directory_.file("db/" + name);
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory_.file("db")))
    if (entry.path().extension() == "." + name.substr(0, dot)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths.at(static_cast<size_t>(name[dot + 1] - '0'));
}

std::string ScenarioCommands::list_files(const std::string& kind) const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory_.file("db")))
    if (kind.empty() || entry.path().extension() == "." + kind) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  std::string shown;
  for (const std::string& name : names) shown += name + "\n";
  return shown;
}

std::string ScenarioCommands::change_file(const std::string& path, void (*change)(std::string*, uint64_t),
                                          uint64_t number) {
  std::string content = read_whole(path);
  change(&content, number);
  write_whole(path, content);
  return "OK";
}

std::string ScenarioCommands::run_files(const Words& words) {
  const std::string& name = words[0];
  if (name == "files") return list_files(words.size() == 2 ? words[1] : std::string());
  if (words.size() < 2) return {};
  const std::string path = path_of(words[1]);
  const uint64_t number = words.size() == 3 ? std::strtoull(words[2].c_str(), nullptr, 0) : 0;
  if (name == "remove") return std::filesystem::remove(path) ? "OK" : "there was none";
  if (name == "mkdir") return std::filesystem::create_directory(path) ? "OK" : "there was one";
  if (words.size() < 3) return {};
  if (name == "write") {
    write_whole(path, words[2]);
    return "OK";
  }
  if (name == "truncate")
    return change_file(
        path, [](std::string* content, uint64_t size) { content->resize(size); }, number);
  if (name == "damage") {
    return change_file(
        path,
        [](std::string* content, uint64_t at) { content->at(at) = static_cast<char>(~content->at(at)); },
        number);
  }
  if (name == "format") {
    return change_file(
        path,
        [](std::string* content, uint64_t version) {
          content->at(8) = static_cast<char>(version);
          store_header_checksum(content);
        },
        number);
  }
  if (name == "feature") {
    return change_file(
        path, [](std::string* content, uint64_t bit) { flip_header_bit(content, 12, bit); }, number);
  }
  if (name == "read_only_feature") {
    return change_file(
        path, [](std::string* content, uint64_t bit) { flip_header_bit(content, 16, bit); }, number);
  }
  return {};
}

}  // namespace wombat
