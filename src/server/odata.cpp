#include "src/server/odata.hpp"

#include "src/server/odata_grammar.hpp"
#include "src/server/url.hpp"
#include "wats/model/timestamp.hpp"

#include <tao/pegtl/contrib/parse_tree.hpp>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace wats::server {
namespace {

namespace peg = tao::pegtl;
using Node = peg::parse_tree::node;

template <class Rule>
using Selector = peg::parse_tree::selector<
    Rule, peg::parse_tree::store_content::on<
              odata::null_literal, odata::boolean_literal, odata::string_literal, odata::guid_literal,
              odata::date_literal, odata::number_literal, odata::field, odata::op_eq, odata::op_ne,
              odata::op_gt, odata::op_ge, odata::op_lt, odata::op_le, odata::comparison, odata::membership,
              odata::contains_name, odata::startswith_name, odata::endswith_name, odata::function,
              odata::negation, odata::term, odata::conjunction, odata::expression>>;

/// Thrown inside this file only, to leave the recursion.
struct Refused {
  std::string why;
};

std::string shown(std::string_view text) {
  constexpr std::size_t most = 40;
  return "'" + std::string(text.substr(0, most)) + (text.size() > most ? "...'" : "'");
}

class Compiler {
 public:
  explicit Compiler(std::span<const Column> columns) : columns_(columns) {}

  /// Parentheses stand only where SQL needs them: its parser has a stack of 100 symbols.
  void expression(const Node& node, bool is_negated = false) {
    const bool grouped = node.children.size() > 1 || is_negated;
    if (grouped) out_.where.push_back('(');
    joined(node, " OR ", [this](const Node& child) { conjunction(child); });
    if (grouped) out_.where.push_back(')');
  }

  [[nodiscard]] SqlFilter take() { return std::move(out_); }

 private:
  template <class Each>
  void joined(const Node& node, std::string_view word, Each each) {
    bool first = true;
    for (const auto& child : node.children) {
      if (!first) out_.where += word;
      first = false;
      each(*child);
    }
  }

  void conjunction(const Node& node) {
    joined(node, " AND ", [this](const Node& child) { term(child); });
  }

  void term(const Node& node) {
    const std::size_t negations = node.children.size() - 1;
    const Node& inner = *node.children.back();
    const bool is_negated = negations % 2 == 1;
    const bool was_below_not = below_not_;
    below_not_ = below_not_ || negations > 0;
    if (is_negated) out_.where += "NOT ";
    if (inner.is_type<odata::expression>())
      expression(inner, is_negated);
    else
      condition(inner);
    below_not_ = was_below_not;
  }

  void condition(const Node& node) {
    // Below a `not` SQL's third truth value would win; OData knows only two.
    out_.where += below_not_ ? "ifnull(" : "(";
    if (node.is_type<odata::comparison>()) comparison(node);
    if (node.is_type<odata::membership>()) membership(node);
    if (node.is_type<odata::function>()) function(node);
    out_.where += below_not_ ? ",0)" : ")";
  }

  void comparison(const Node& node) {
    const Column& column = find(*node.children[0]);
    const Node& op = *node.children[1];
    const Node& literal = *node.children[2];
    const bool equal = op.is_type<odata::op_eq>();
    const bool different = op.is_type<odata::op_ne>();
    if (literal.is_type<odata::null_literal>()) {
      if (!equal && !different) throw Refused{"null can only be compared with eq and ne"};
      out_.where += column.sql + (equal ? " IS NULL" : " IS NOT NULL");
      return;
    }
    if (column.kind == ColumnKind::boolean && !equal && !different) {
      throw Refused{column.wire + " is true or false: only eq and ne compare it"};
    }
    out_.where += column.sql + sql_operator(op) + parameter(value(column, literal));
  }

  static std::string sql_operator(const Node& op) {
    if (op.is_type<odata::op_eq>()) return " = ";
    if (op.is_type<odata::op_ne>()) return " IS NOT ";
    if (op.is_type<odata::op_gt>()) return " > ";
    if (op.is_type<odata::op_ge>()) return " >= ";
    if (op.is_type<odata::op_lt>()) return " < ";
    return " <= ";
  }

  void membership(const Node& node) {
    const Column& column = find(*node.children[0]);
    out_.where += column.sql + " IN (";
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      if (node.children[i]->is_type<odata::null_literal>())
        throw Refused{"null cannot stand in a list; use eq null"};
      if (i > 1) out_.where.push_back(',');
      out_.where += parameter(value(column, *node.children[i]));
    }
    out_.where.push_back(')');
  }

  void function(const Node& node) {
    const Node& name = *node.children[0];
    const Column& column = find(*node.children[1]);
    if (column.kind != ColumnKind::text && column.kind != ColumnKind::report_type) {
      throw Refused{column.wire + " is no text: " + name.string() + " cannot be used on it"};
    }
    const auto text = parameter(unquoted(*node.children[2]));
    if (name.is_type<odata::contains_name>()) {
      out_.where += "instr(" + column.sql + "," + text + ") > 0";
    } else if (name.is_type<odata::startswith_name>()) {
      out_.where += "substr(" + column.sql + ",1,length(" + text + ")) = " + text;
    } else {
      out_.where += column.sql + " IS NOT NULL AND (" + text + " = '' OR substr(" + column.sql + ",-length(" +
                    text + ")) = " + text + ")";
    }
  }

  const Column& find(const Node& field) const {
    const auto name = field.string_view();
    for (const auto& column : columns_) {
      if (same_letters(column.wire, name)) return column;
    }
    throw Refused{"unknown field " + shown(name)};
  }

  std::string parameter(SqlValue value) {
    out_.params.push_back(std::move(value));
    return "?" + std::to_string(out_.params.size());
  }

  static std::string unquoted(const Node& literal) {
    const auto quoted = literal.string_view();
    std::string text;
    for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
      text.push_back(quoted[i]);
      if (quoted[i] == '\'') ++i;
    }
    return text;
  }

  static SqlValue value(const Column& column, const Node& literal) {
    switch (column.kind) {
      case ColumnKind::text:
        if (literal.is_type<odata::string_literal>()) return unquoted(literal);
        // The server's ids are kept in small letters.
        if (literal.is_type<odata::guid_literal>()) return lower(literal.string_view());
        throw Refused{column.wire + " is a text: write '...' instead of " + shown(literal.string_view())};
      case ColumnKind::report_type:
        if (literal.is_type<odata::string_literal>()) {
          auto letter = unquoted(literal);
          return letter == "U" ? std::string("T") : letter;
        }
        throw Refused{column.wire + " is 'T' or 'R', not " + shown(literal.string_view())};
      case ColumnKind::boolean:
        if (literal.is_type<odata::boolean_literal>())
          return std::int64_t{lower(literal.string_view()) == "true"};
        throw Refused{column.wire + " is true or false, not " + shown(literal.string_view())};
      case ColumnKind::time:
        return time(column, literal);
      case ColumnKind::integer:
      case ColumnKind::real:
        break;
    }
    return number(column, literal);
  }

  static SqlValue time(const Column& column, const Node& literal) {
    if (literal.is_type<odata::date_literal>()) {
      std::string text = literal.string();
      // A '+' that was not percent-encoded arrives as a space.
      if (const auto space = text.find(' '); space != std::string::npos) text[space] = '+';
      if (auto when = Timestamp::parse(text)) {
        return std::int64_t{when->instant().time_since_epoch().count()};
      }
    }
    throw Refused{column.wire + " is a time: write 2026-01-31T12:00:00Z without quotes instead of " +
                  shown(literal.string_view())};
  }

  static SqlValue number(const Column& column, const Node& literal) {
    if (!literal.is_type<odata::number_literal>()) {
      throw Refused{column.wire + " is a number, not " + shown(literal.string_view())};
    }
    auto text = literal.string_view();
    if (text.starts_with('+')) text.remove_prefix(1);
    const char* const end = text.data() + text.size();
    std::int64_t whole = 0;
    if (const auto [rest, error] = std::from_chars(text.data(), end, whole);
        rest == end && error == std::errc()) {
      return whole;
    }
    double real = 0;
    if (const auto [rest, error] = std::from_chars(text.data(), end, real);
        rest == end && error == std::errc()) {
      return real;
    }
    throw Refused{"the number " + shown(text) + " is out of range"};
  }

  std::span<const Column> columns_;
  SqlFilter out_;
  bool below_not_ = false;
};

/// The parser is recursive in parentheses only; too deep a nesting is refused before it starts.
int nesting(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '\'') quoted = !quoted;
    if (quoted) continue;
    if (c == '(') deepest = std::max(deepest, ++depth);
    if (c == ')') --depth;
  }
  return deepest;
}

/// A text for what is well-formed OData but not supported, or empty.
std::string_view unsupported(std::string_view text) {
  std::string bare;
  bool quoted = false;
  for (const char c : text) {
    if (c == '\'') quoted = !quoted;
    if (!quoted) bare.push_back(c);
  }
  bare = lower(bare);
  for (const std::string_view sign : {"/any(", "/all("}) {
    if (bare.find(sign) != std::string::npos) return "any() and all() are not supported by this server";
  }
  for (const std::string_view sign : {" add ", " sub ", " mul ", " div ", " mod "}) {
    if (bare.find(sign) != std::string::npos) return "arithmetic is not supported";
  }
  if (bare.find(" has ") != std::string::npos) return "has is not supported";
  return {};
}

/// Where reading stopped: the longest prefix that still is a list of whole terms.
// NOLINTNEXTLINE(readability-identifier-naming): spelt like the rules of the grammar
struct readable : peg::opt<odata::gap, odata::expression> {};

std::string place(std::string_view text) {
  peg::memory_input<> input(text.data(), text.data() + text.size(), "filter");
  peg::parse<readable>(input);
  const auto at = static_cast<std::size_t>(input.current() - text.data());
  if (at >= text.size()) return "it ends too early";
  return "at position " + std::to_string(at) + ", " + shown(text.substr(at));
}

std::unexpected<Error> refused(const std::string& why) {
  return fail(Errc::invalid_argument, "$filter cannot be used: " + why);
}

}  // namespace

Result<SqlFilter> compile_filter(std::string_view text, std::span<const Column> columns) {
  if (text.size() > max_filter_length) {
    return refused("it is longer than " + std::to_string(max_filter_length) + " characters");
  }
  if (nesting(text) > max_filter_nesting) {
    return refused("its parentheses nest deeper than " + std::to_string(max_filter_nesting));
  }
  peg::memory_input<> input(text.data(), text.data() + text.size(), "filter");
  const auto tree = peg::parse_tree::parse<odata::filter, Selector>(input);
  if (!tree) {
    const auto why = unsupported(text);
    return refused(why.empty() ? "it is not a filter as OData writes it (" + place(text) + ")"
                               : std::string(why));
  }
  try {
    Compiler compiler(columns);
    compiler.expression(*tree->children.front());
    return compiler.take();
  } catch (const Refused& refusal) {
    return refused(refusal.why);
  }
}

}  // namespace wats::server
