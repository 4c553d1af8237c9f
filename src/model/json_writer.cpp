// Records to JSON: one loop over the members, whatever the type.
#include "src/model/json_appender.hpp"
#include "wats/model/detail/type_table.hpp"

#include <cstddef>
#include <cstring>
#include <string>

namespace wats::model::detail {
namespace {

class Writer {
 public:
  Writer(std::string& out, Naming naming) : out_(out), naming_(static_cast<std::size_t>(naming)) {}

  void write(const ValueType& type, const void* from) {
    switch (type.kind) {
      case Kind::done:
        return out_.raw("null");
      case Kind::boolean:
        return out_.raw(as<bool>(from) ? "true" : "false");
      case Kind::int32: {
        // Enumerations come here as well: the bytes of an int, whatever its name.
        std::int32_t number = 0;
        std::memcpy(&number, from, sizeof number);
        return out_.number(std::int64_t{number});
      }
      case Kind::int64:
        return out_.number(as<std::int64_t>(from));
      case Kind::float64:
        return out_.number(as<double>(from));
      case Kind::text:
        return out_.text(as<std::string>(from));
      case Kind::timestamp:
        return out_.time(as<Timestamp>(from));
      case Kind::open:
        return out_.text(type.text->view(from));
      case Kind::raw:
        return write_raw(type.text->view(from));
      case Kind::record:
        return write_record(type.record(), static_cast<const std::byte*>(from));
      case Kind::list:
        return write_list(type, from);
      case Kind::maybe:
        return write_maybe(type, from);
    }
  }

 private:
  void write_raw(std::string_view text) { out_.raw(text.empty() ? "null" : text); }

  /// At the root or in a list, where a value cannot be left out.
  void write_maybe(const ValueType& type, const void* from) {
    bool is_null = false;
    const void* value = type.maybe->value(from, is_null);
    if (value == nullptr) return out_.raw("null");
    write(*type.element, value);
  }

  void write_list(const ValueType& type, const void* from) {
    const auto* item = static_cast<const std::byte*>(type.list->data(from));
    out_.raw('[');
    for (std::size_t i = 0, size = type.list->size(from); i < size; ++i, item += type.list->stride) {
      if (i != 0) out_.raw(',');
      write(*type.element, item);
    }
    out_.raw(']');
  }

  void write_record(const RecordTable& table, const std::byte* from) {
    bool is_first = true;
    for (const Member& member : table.members()) {
      const ValueType* type = member.type;
      const void* value = from + member.offset;
      bool is_null = false;
      while (type->kind == Kind::maybe && value != nullptr) {
        value = type->maybe->value(value, is_null);
        type = type->element;
      }
      if (value == nullptr && !is_null) continue;
      // The first member has no comma before it.
      out_.raw(is_first ? '{' : ',');
      is_first = false;
      out_.raw(std::string_view(member.keys[naming_]).substr(1));
      if (value == nullptr) {
        out_.raw("null");
      } else {
        write(*type, value);
      }
    }
    if (const auto offset = table.unknown()) {
      for (const auto& [name, json] : as<UnknownMembers>(from + *offset).all()) {
        out_.raw(is_first ? '{' : ',');
        is_first = false;
        out_.text(name);
        out_.raw(':');
        out_.raw(json.text());
      }
    }
    if (is_first) out_.raw('{');
    out_.raw('}');
  }

  JsonAppender out_;
  std::size_t naming_;
};

}  // namespace

void write_json(std::string& out, const ValueType& type, const void* from, Naming naming) {
  Writer(out, naming).write(type, from);
}

}  // namespace wats::model::detail
