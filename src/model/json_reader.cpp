// Records from JSON: one loop over the members as they come, whatever the type.
#include "src/model/json_scalar.hpp"
#include "src/model/json_token.hpp"
#include "src/model/json_walk.hpp"
#include "src/model/json_workspace.hpp"
#include "wats/model/detail/type_table.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wats::model::detail {
namespace {

namespace ondemand = simdjson::ondemand;

class Reader {
 public:
  /// *text* is what *document* was begun with, without the *skipped* bytes of white space before it.
  Reader(ondemand::document& document, std::string_view text, std::size_t skipped, Naming naming)
      : document_(document), text_(text), skipped_(skipped), naming_(naming) {}

  [[nodiscard]] std::optional<Error> read_document(const ValueType& type, void* to);

 private:
  /// Where a value stands decides what null means there.
  enum class Spot : std::uint8_t { root, member, element };
  static constexpr std::size_t not_a_name = std::numeric_limits<std::size_t>::max();

  template <class Source>
  [[nodiscard]] bool read(Source& source, const ValueType& given_type, void* to, int depth, Spot spot);
  bool read_raw(ondemand::value& value, const ValueType& type, void* to, int depth);
  bool read_raw(ondemand::document& document, const ValueType& type, void* to, int depth);
  bool read_object(ondemand::object& object, const RecordTable& table, std::byte* to, int depth,
                   std::string_view where);
  bool read_array(ondemand::array& array, const ValueType& type, void* to, int depth, std::string_view where);
  bool read_unknown(ondemand::field& field, const RecordTable& table, std::byte* to, int depth);
  [[nodiscard]] std::size_t find_member(ondemand::field& field, const RecordTable& table,
                                        std::size_t expected);
  bool check_required(const RecordTable& table, std::uint64_t seen, std::string_view where);

  /// Nothing stands behind the document's value, which begins with *token*.
  bool at_end(std::string_view token);

  [[nodiscard]] Error error() const;
  /// Puts *step* before the path of a failure, on the way out. Always false.
  bool failed_in(std::string_view step) {
    const bool needs_dot = !path_.empty() && path_.front() != '[';
    path_ = std::string(step) + (needs_dot ? "." : "") + path_;
    return false;
  }

  ondemand::document& document_;
  std::string_view text_;
  std::size_t skipped_;
  Naming naming_;
  Flaw flaw_;
  std::string path_;
  std::string unescaped_;
};

Error Reader::error() const {
  std::string what = path_;
  if (!what.empty()) what += ": ";
  what += flaw_.what;
  if (flaw_.where != nullptr) {
    const auto byte = static_cast<std::size_t>(flaw_.where - text_.data()) + skipped_;
    what += " (at byte " + std::to_string(byte) + ")";
  }
  return Error(Errc::malformed_answer, std::move(what));
}

template <class Source>
bool Reader::read(Source& source, const ValueType& given_type, void* to, int depth, Spot spot) {
  const std::string_view token = token_of(source);
  const char first = token.empty() ? '\0' : token.front();
  const ValueType* type = &given_type;
  while (type->kind == Kind::maybe) {
    if (first == 'n' && trimmed_right(token) == "null") {
      type->maybe->set_null(to);
      return true;
    }
    to = type->maybe->emplace(to);
    type = type->element;
  }
  if (type->kind == Kind::raw) return read_raw(source, *type, to, depth);
  if (type->kind == Kind::done) return walk(source, depth, flaw_);
  if (first == '{' || first == '[') {
    if (type->kind != (first == '{' ? Kind::record : Kind::list)) return mismatch(*type, token, flaw_);
    if (depth >= max_nesting) return refuse(flaw_, "nested deeper than 64 levels", token);
    if (first == '{') {
      ondemand::object object;
      if (const auto error = source.get_object().get(object)) return refuse(flaw_, error, token);
      return read_object(object, type->record(), static_cast<std::byte*>(to), depth + 1, token);
    }
    ondemand::array array;
    if (const auto error = source.get_array().get(array)) return refuse(flaw_, error, token);
    return read_array(array, *type, to, depth + 1, token);
  }
  // The server sends null for lists and texts that are empty: such a member keeps its default.
  if (first == 'n' && trimmed_right(token) == "null" && spot == Spot::member) return true;
  if (!read_scalar(trimmed_right(token), *type, to, unescaped_, flaw_)) return false;
  if (first == '"') pass_text(source);
  return true;
}

bool Reader::read_raw(ondemand::value& value, const ValueType& type, void* to, int depth) {
  const std::string_view token = token_of(value);
  std::string_view text;
  if (!capture(document_, value, depth, text, flaw_)) return false;
  if (auto error = type.text->assign(to, text)) return refuse(flaw_, error->what(), token);
  return true;
}

bool Reader::read_raw(ondemand::document& document, const ValueType& type, void* to, int depth) {
  if (!walk(document, depth, flaw_) || !at_end(text_)) return false;
  if (auto error = type.text->assign(to, text_)) return refuse(flaw_, error->what(), text_);
  return true;
}

bool Reader::at_end(std::string_view token) {
  const bool is_nested = token.starts_with('{') || token.starts_with('[');
  const std::string_view scalar = trimmed_right(token);
  const bool is_whole =
      is_nested ? is_finished(document_) : scalar.data() + scalar.size() == text_.data() + text_.size();
  return is_whole || refuse(flaw_, "something follows the JSON value", {});
}

bool Reader::read_object(ondemand::object& object, const RecordTable& table, std::byte* to, int depth,
                         std::string_view where) {
  std::uint64_t seen = 0;
  std::size_t expected = 0;
  for (auto result : object) {
    ondemand::field field;
    if (const auto error = std::move(result).get(field)) return refuse(flaw_, error, where);
    where = {field.key().raw(), 1};
    const std::size_t i = find_member(field, table, expected);
    if (i == not_a_name) return false;
    if (i == table.members().size()) {
      if (!read_unknown(field, table, to, depth)) return false;
      continue;
    }
    const Member& member = table.members()[i];
    void* value = to + member.offset;
    const std::uint64_t bit = std::uint64_t{1} << i;
    // Of several members of one name the last counts, and it counts alone.
    if ((seen & bit) != 0) member.type->assign(value, table.default_of(member));
    seen |= bit;
    expected = i + 1;
    if (!read(field.value(), *member.type, value, depth, Spot::member)) {
      return failed_in(member.names[static_cast<std::size_t>(naming_)]);
    }
  }
  return check_required(table, seen, where);
}

bool Reader::check_required(const RecordTable& table, std::uint64_t seen, std::string_view where) {
  const std::uint64_t missing = table.required() & ~seen;
  if (missing == 0) return true;
  const Member& member = table.members()[static_cast<std::size_t>(std::countr_zero(missing))];
  refuse(flaw_, "missing", where);
  return failed_in(member.names[static_cast<std::size_t>(naming_)]);
}

std::size_t Reader::find_member(ondemand::field& field, const RecordTable& table, std::size_t expected) {
  const std::size_t exact = table.find_exact(field.key().raw(), naming_, expected);
  if (exact != table.members().size()) return exact;
  const std::string_view key = raw_key(field);
  if (key.find('\\') == std::string_view::npos) return table.find_ignoring_case(key);
  if (!unescape(key, unescaped_)) {
    refuse(flaw_, "invalid escape in a member's name", key);
    return not_a_name;
  }
  return table.find_ignoring_case(unescaped_);
}

bool Reader::read_unknown(ondemand::field& field, const RecordTable& table, std::byte* to, int depth) {
  const std::string_view key = raw_key(field);
  std::string name;
  static_cast<void>(unescape(key, name));  // find_member() has seen that it can be
  std::string_view text;
  if (!capture(document_, field.value(), depth, text, flaw_)) return failed_in(excerpt(name));
  if (const auto offset = table.unknown()) {
    as<UnknownMembers>(to + *offset).add(std::move(name), Json::trusted(std::string(text)));
  }
  return true;
}

bool Reader::read_array(ondemand::array& array, const ValueType& type, void* to, int depth,
                        std::string_view where) {
  std::size_t index = 0;
  for (auto result : array) {
    ondemand::value value;
    if (const auto error = std::move(result).get(value)) return refuse(flaw_, error, where);
    where = token_of(value);
    if (!read(value, *type.element, type.list->add(to), depth, Spot::element)) {
      return failed_in("[" + std::to_string(index) + "]");
    }
    ++index;
  }
  return true;
}

std::optional<Error> Reader::read_document(const ValueType& type, void* to) {
  const std::string_view token = token_of(document_);
  if (read(document_, type, to, 0, Spot::root) && at_end(token)) return std::nullopt;
  return error();
}

}  // namespace

std::optional<Error> read_json(std::string_view text, std::size_t readable, const ValueType& type, void* to,
                               Naming naming) {
  if (type.kind == Kind::done) return std::nullopt;  // answers nothing, whatever the body says
  const std::string_view json = trimmed(text);
  const bool is_nothing = json.empty() || json == "null";
  if (is_nothing && type.kind == Kind::list) return std::nullopt;  // how the server writes an empty list
  if (json.empty()) {
    if (type.kind == Kind::maybe || type.kind == Kind::raw) return std::nullopt;
    return Error(Errc::malformed_answer,
                 "expected " + std::string(expectation(type.kind)) + ", found an empty body");
  }
  const auto skipped = static_cast<std::size_t>(json.data() - text.data());
  ParserLease lease;
  ondemand::document document;
  if (const auto error = lease.begin(json, readable - skipped).get(document)) {
    return Error(Errc::malformed_answer, std::string("not valid JSON: ") + simdjson::error_message(error));
  }
  return Reader(document, lease.text(), skipped, naming).read_document(type, to);
}

}  // namespace wats::model::detail
