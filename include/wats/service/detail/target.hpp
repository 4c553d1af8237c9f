// Target: path and query of a request, put together from a card's template and members.
#pragma once

#include "wats/core/error.hpp"
#include "wats/model/fields.hpp"

#include <string>
#include <string_view>

namespace wats::detail {

class Target {
 public:
  explicit Target(std::string_view path_template) : path_(path_template) {}

  /// *Errors* are kept for text(): a path member that is empty would name another route.
  void add(model::Place place, std::string_view name, std::string_view value);

  /// *Errors*: Errc::invalid_argument naming the member.
  [[nodiscard]] Result<std::string> text() &&;

 private:
  std::string path_;
  std::string query_;
  std::string missing_;
};

/// What a server says in the body of an error, in one line of at most 500 bytes: the message of an object, a
/// JSON text, or the body itself. Control characters become blanks.
[[nodiscard]] std::string words_of_server(std::string_view body);

}  // namespace wats::detail
