// Options objects and the enumeration of options.
#include <algorithm>
#include <array>
#include <numeric>

#include "filter_callback.h"
#include "handles.h"
#include "merge_callback.h"

using namespace wombat;

namespace {

/// Options in the order of their names.
OptionId option_at(size_t index) {
  std::array<uint32_t, kOptionCount> order;
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [](uint32_t a, uint32_t b) {
    return std::string_view(option_info(static_cast<OptionId>(a)).name) <
           option_info(static_cast<OptionId>(b)).name;
  });
  return static_cast<OptionId>(order[index]);
}

Status find_option(const char* name, OptionId* id) {
  if (name == nullptr) return Status::invalid_argument("name is NULL");
  WOMBAT_ASSIGN(*id, Options::find(name));
  return Status::ok();
}

Status create_options(const Options& values, wombat_options** options) {
  auto object = std::make_unique<OptionsObject>();
  object->options = values;
  publish(std::move(object), options);
  return Status::ok();
}

}  // namespace

size_t wombat_option_count(void) { return kOptionCount; }

wombat_status wombat_option_describe(size_t index, wombat_option_info* info, wombat_error* error) {
  return guarded(error, [&] {
    if (info == nullptr) return Status::invalid_argument("info is NULL");
    if (index >= kOptionCount) {
      return Status::invalid_argument("index is " + std::to_string(index) + "; there are " +
                                      std::to_string(kOptionCount) + " options");
    }
    if (info->size < offsetof(wombat_option_info, maximum) + sizeof(int64_t) || info->size > 4096) {
      return Status::invalid_argument("info.size is " + std::to_string(info->size) +
                                      "; set it to sizeof(wombat_option_info)");
    }
    const OptionInfo& found = option_info(option_at(index));
    wombat_option_info filled = {};
    filled.size = info->size;
    filled.name = found.name;
    filled.help = found.help;
    filled.default_value = found.default_value;
    filled.choices = found.choices;
    filled.type = static_cast<int32_t>(found.type);
    filled.is_mutable = found.is_mutable ? 1 : 0;
    filled.is_supported = found.is_supported ? 1 : 0;
    filled.is_per_keyspace = is_keyspace_option(option_at(index)) ? 1 : 0;
    filled.minimum = found.minimum;
    filled.maximum = found.maximum;
    std::memset(static_cast<void*>(info), 0, info->size);
    std::memcpy(static_cast<void*>(info), &filled, sizeof filled);
    return Status::ok();
  });
}

wombat_status wombat_options_create(wombat_options** options, wombat_error* error) {
  return guarded(error, [&] {
    if (options == nullptr) return Status::invalid_argument("options is NULL");
    *options = nullptr;
    return create_options(Options(), options);
  });
}

wombat_status wombat_options_create_preset(const char* preset, wombat_options** options,
                                           wombat_error* error) {
  return guarded(error, [&] {
    if (options == nullptr) return Status::invalid_argument("options is NULL");
    *options = nullptr;
    if (preset == nullptr) return Status::invalid_argument("preset is NULL");
    WOMBAT_ASSIGN(const Options values, Options::preset(preset));
    return create_options(values, options);
  });
}

wombat_status wombat_options_copy(const wombat_options* source, wombat_options** options,
                                  wombat_error* error) {
  return guarded(error, [&] {
    if (options == nullptr) return Status::invalid_argument("options is NULL");
    *options = nullptr;
    OptionsObject* object = nullptr;
    WOMBAT_TRY(resolve(source, &object));
    publish(std::make_unique<OptionsObject>(*object), options);
    return Status::ok();
  });
}

wombat_status wombat_options_set(wombat_options* options, const char* name, const char* value,
                                 wombat_error* error) {
  return guarded(error, [&] {
    OptionsObject* object = nullptr;
    OptionId id{};
    WOMBAT_TRY(resolve(options, &object));
    WOMBAT_TRY(find_option(name, &id));
    if (value == nullptr) return Status::invalid_argument("value is NULL");
    return object->options.set(id, value);
  });
}

wombat_status wombat_options_set_integer(wombat_options* options, const char* name, int64_t value,
                                         wombat_error* error) {
  return guarded(error, [&] {
    OptionsObject* object = nullptr;
    OptionId id{};
    WOMBAT_TRY(resolve(options, &object));
    WOMBAT_TRY(find_option(name, &id));
    return object->options.set_integer(id, value);
  });
}

wombat_status wombat_options_parse(wombat_options* options, const char* text, wombat_error* error) {
  return guarded(error, [&] {
    OptionsObject* object = nullptr;
    WOMBAT_TRY(resolve(options, &object));
    if (text == nullptr) return Status::invalid_argument("text is NULL");
    return object->options.parse(text);
  });
}

wombat_status wombat_options_get(const wombat_options* options, const char* name, char* buffer,
                                 size_t capacity, size_t* length, wombat_error* error) {
  return guarded(error, [&] {
    if (length != nullptr) *length = 0;
    OptionsObject* object = nullptr;
    OptionId id{};
    WOMBAT_TRY(resolve(options, &object));
    WOMBAT_TRY(find_option(name, &id));
    return write_text(object->options.text(id), buffer, capacity, length);
  });
}

wombat_status wombat_options_get_integer(const wombat_options* options, const char* name, int64_t* value,
                                         wombat_error* error) {
  return guarded(error, [&] {
    OptionsObject* object = nullptr;
    OptionId id{};
    WOMBAT_TRY(resolve(options, &object));
    WOMBAT_TRY(find_option(name, &id));
    if (option_info(id).type == OptionType::kText) {
      return Status::invalid_argument("option " + std::string(name) + " is text; use wombat_options_get");
    }
    if (value != nullptr) *value = object->options.integer(id);
    return Status::ok();
  });
}

wombat_status wombat_options_set_log_callback(wombat_options* options, wombat_log_function function,
                                              void* user_data, wombat_error* error) {
  return guarded(error, [&] {
    OptionsObject* object = nullptr;
    WOMBAT_TRY(resolve(options, &object));
    object->log_function = function;
    object->log_user_data = user_data;
    return Status::ok();
  });
}

wombat_status wombat_options_set_merge_operator(wombat_options* options, const char* name,
                                                wombat_merge_function function, void* user_data,
                                                wombat_error* error) {
  return guarded(error, [&] {
    OptionsObject* object = nullptr;
    WOMBAT_TRY(resolve(options, &object));
    Bytes bytes;
    WOMBAT_TRY(read_operator_name(name, &bytes));
    if (is_builtin_merge_operator(bytes)) {
      return Status::invalid_argument("\"" + escape_bytes(bytes) +
                                      "\" is an operator that every database has");
    }
    if (function == nullptr)
      object->merge_operators.erase(std::string(bytes));
    else
      object->merge_operators[std::string(bytes)] =
          std::make_shared<const MergeCallback>(function, user_data);
    return Status::ok();
  });
}

wombat_status wombat_options_set_compaction_filter(wombat_options* options, wombat_filter_function function,
                                                   void* user_data, wombat_error* error) {
  return guarded(error, [&] {
    OptionsObject* object = nullptr;
    WOMBAT_TRY(resolve(options, &object));
    object->compaction_filter =
        function == nullptr ? nullptr : std::make_shared<const FilterCallback>(function, user_data);
    return Status::ok();
  });
}

void wombat_options_destroy(wombat_options* options) { destroy<OptionsObject>(options); }
