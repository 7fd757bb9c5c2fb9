#include "txn_results.h"

#include "output.h"

namespace wombat::cli {

void TxnResults::begin_object(const char* word, uint64_t line) {
  out_ += "{\"op\":\"" + std::string(word) + "\",\"line\":" + std::to_string(line);
}

void TxnResults::value(const Operation& operation, Bytes key, Bytes value, bool with_key) {
  if (with_key || settings_.json) return row(operation, key, value);
  out_ += shown(settings_, value) + "\n";
}

void TxnResults::absent(const std::string& place, const Operation& operation, Bytes key) {
  if (!settings_.json) {
    notes_ += (notes_.empty() ? "" : "\n") + ("wombat: " + place + ": not found: '" + escaped(key) + "'");
    return;
  }
  begin_object(word_of(operation.verb), operation.line);
  out_.push_back(',');
  append_json_bytes("key", key, &out_);
  out_ += ",\"value\":null}\n";
}

void TxnResults::presence(const Operation& operation, Bytes key, bool is_present) {
  if (!settings_.json) {
    out_ += is_present ? "present\n" : "absent\n";
    return;
  }
  begin_object(word_of(operation.verb), operation.line);
  out_.push_back(',');
  append_json_bytes("key", key, &out_);
  out_ += is_present ? ",\"exists\":true}\n" : ",\"exists\":false}\n";
}

void TxnResults::row(const Operation& operation, Bytes key, Bytes value) {
  const bool keys_only = operation.query.keys_only;
  if (settings_.json) {
    begin_object(word_of(operation.verb), operation.line);
    out_.push_back(',');
    append_json_bytes("key", key, &out_);
    if (!keys_only) {
      out_.push_back(',');
      append_json_bytes("value", value, &out_);
    }
    out_ += "}\n";
  } else if (settings_.hex) {
    out_ += colored(settings_, Color::kKey, to_hex(key)) + (keys_only ? "" : "\t" + to_hex(value)) + "\n";
  } else {
    out_ += colored(settings_, Color::kKey, escaped(key)) + (keys_only ? "" : "\t" + escaped(value)) + "\n";
  }
}

void TxnResults::count(const Operation& operation, uint64_t count) {
  if (!settings_.json) {
    out_ += std::to_string(count) + "\n";
    return;
  }
  begin_object(word_of(operation.verb), operation.line);
  out_ += ",\"count\":" + std::to_string(count) + "}\n";
}

void TxnResults::committed(const ScriptTransaction& transaction, uint64_t timestamp, uint64_t retries) {
  if (!settings_.json) return;
  begin_object("commit", transaction.end_line);
  out_ += ",\"timestamp\":" + std::to_string(timestamp) + ",\"retries\":" + std::to_string(retries) + "}\n";
}

void TxnResults::rolled_back(const ScriptTransaction& transaction, bool is_dry_run) {
  if (!settings_.json) return;
  begin_object("rollback", transaction.end_line);
  out_ += is_dry_run ? ",\"dry_run\":true}\n" : "}\n";
}

void TxnResults::prepared(const ScriptTransaction& transaction, uint64_t retries) {
  if (!settings_.json) return;
  begin_object("prepare", transaction.end_line);
  out_ += ",\"name\":" + json_string(transaction.name) + ",\"retries\":" + std::to_string(retries) + "}\n";
}

void TxnResults::hand_over() {
  write_out(out_);
  if (!notes_.empty()) note(settings_, notes_);
  drop();
}

void TxnResults::drop() {
  out_.clear();
  notes_.clear();
}

}  // namespace wombat::cli
