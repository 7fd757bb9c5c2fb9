#include "resources/acknowledged.h"

#include <algorithm>

namespace wombat {

namespace {

std::string text_of(const Acknowledged::Value& value) {
  return value ? "\"" + value->substr(0, 40) + "\" (" + std::to_string(value->size()) + " bytes)" : "nothing";
}

std::string failure_text(const char* call, wombat_status status, const wombat_error& error) {
  return std::string(call) + ": " + wombat_status_name(status) +
         (status < 0 ? std::string(": ") + error.message : "");
}

/// The value of a key as wombat_get gives it; OK or NOT_FOUND.
wombat_status look_up(wombat_db* db, const std::string& key, Acknowledged::Value* value,
                      wombat_error* error) {
  std::string buffer(1 << 18, '\0');
  size_t size = 0;
  const wombat_status status =
      wombat_get(db, key.data(), key.size(), nullptr, buffer.data(), buffer.size(), &size, error);
  value->reset();
  if (status == WOMBAT_OK) *value = buffer.substr(0, size);
  return status == WOMBAT_NOT_FOUND ? WOMBAT_OK : status;
}

constexpr std::string_view kSidePrefix = "side/";

wombat_status read_rows(wombat_db* db, std::string_view prefix, std::map<std::string, std::string>* rows,
                        wombat_error* error) {
  wombat_iterator* iterator = nullptr;
  wombat_status status = wombat_iterator_create(db, nullptr, &iterator, error);
  if (status != WOMBAT_OK) return status;
  const void* key = nullptr;
  const void* value = nullptr;
  size_t key_size = 0;
  size_t value_size = 0;
  while ((status = wombat_iterator_next(iterator, &key, &key_size, &value, &value_size, error)) ==
         WOMBAT_OK) {
    rows->emplace(std::string(prefix).append(static_cast<const char*>(key), key_size),
                  std::string(static_cast<const char*>(value), value_size));
  }
  wombat_iterator_destroy(iterator);
  return status;
}

struct Handle {
  wombat_db* db = nullptr;
  ~Handle() { static_cast<void>(wombat_close(db, nullptr)); }
};

}  // namespace

void Acknowledged::note(const std::string& key, Value value, wombat_status status) {
  const AllocationExempt exempt;
  note_possible(&values_.try_emplace(key, 1, std::nullopt).first->second, {std::move(value)}, status);
}

void Acknowledged::note_append(const std::string& key, const std::string& operand, wombat_status status) {
  const AllocationExempt exempt;
  std::vector<Value>& allowed = values_.try_emplace(key, 1, std::nullopt).first->second;
  std::vector<Value> next = allowed;
  for (Value& value : next) value = value.value_or("") + operand;
  note_possible(&allowed, std::move(next), status);
}

void Acknowledged::note_range(const std::string& lower, const std::string& upper, wombat_status status) {
  const AllocationExempt exempt;
  for (auto at = values_.lower_bound(lower); at != values_.end() && at->first < upper; ++at)
    note_possible(&at->second, {std::nullopt}, status);
}

void Acknowledged::note_possible(std::vector<Value>* allowed, std::vector<Value> next, wombat_status status) {
  const bool is_in_doubt = status == WOMBAT_IO_ERROR || status == WOMBAT_DEGRADED;
  if (status != WOMBAT_OK && !is_in_doubt) return;
  if (!is_in_doubt) allowed->clear();
  allowed->insert(allowed->end(), next.begin(), next.end());
}

bool Acknowledged::allows(const std::string& key, const Value& found) const {
  const auto entry = values_.find(key);
  if (entry == values_.end()) return !found;
  return std::find(entry->second.begin(), entry->second.end(), found) != entry->second.end();
}

std::string Acknowledged::difference(wombat_db* db) const {
  const AllocationExempt exempt;
  wombat_error error;
  std::map<std::string, std::string> rows;
  wombat_status status = read_rows(db, "", &rows, &error);
  if (status != WOMBAT_END) return failure_text("scan", status, error);
  Handle side;
  status = wombat_keyspace_open(db, "side", &side.db, &error);
  if (status == WOMBAT_OK && (status = read_rows(side.db, kSidePrefix, &rows, &error)) != WOMBAT_END)
    return failure_text("scan of a keyspace", status, error);
  for (const auto& [row_key, row_value] : rows) {
    if (!allows(row_key, row_value)) return "a scan finds " + row_key + " with " + text_of(row_value);
  }
  for (const auto& [known, allowed] : values_) {
    const auto row = rows.find(known);
    const Value scanned = row == rows.end() ? Value() : Value(row->second);
    Value got;
    const bool is_in_side = known.starts_with(kSidePrefix);
    if (is_in_side && side.db == nullptr) return "there is no keyspace for " + known;
    status = look_up(is_in_side ? side.db : db, is_in_side ? known.substr(kSidePrefix.size()) : known, &got,
                     &error);
    if (status != WOMBAT_OK) return failure_text("get", status, error);
    if (got != scanned) return known + ": a scan finds " + text_of(scanned) + ", get " + text_of(got);
    if (!allows(known, got))
      return known + " must hold " + text_of(allowed.front()) + ", found " + text_of(got);
  }
  return {};
}

}  // namespace wombat
