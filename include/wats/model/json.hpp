// Json: a JSON value kept as text, for answers whose shape nobody knows and members we do not.
#pragma once

#include "wats/core/error.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wats {

/// A valid JSON value as text. Default: null.
class Json {
 public:
  Json() = default;

  /// Checks *text* and keeps it as it stands. *Errors*: Errc::malformed_answer with the place.
  [[nodiscard]] static Result<Json> parse(std::string_view text);
  /// Keeps *text*, which the caller knows to be one valid JSON value.
  [[nodiscard]] static Json trusted(std::string text) {
    Json json;
    json.text_ = std::move(text);
    return json;
  }

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] bool is_null() const noexcept { return text_ == "null"; }

  friend bool operator==(const Json&, const Json&) = default;

 private:
  std::string text_ = "null";
};

/// Members of a record that this version does not know: kept in their order and sent back as they came.
class UnknownMembers {
 public:
  using Member = std::pair<std::string, Json>;

  void add(std::string name, Json value) { members_.emplace_back(std::move(name), std::move(value)); }
  [[nodiscard]] const std::vector<Member>& all() const noexcept { return members_; }
  [[nodiscard]] bool empty() const noexcept { return members_.empty(); }
  /// The last member of that name, which is the one that counts in JSON; nullptr without one.
  [[nodiscard]] const Json* find(std::string_view name) const noexcept {
    for (auto member = members_.rbegin(); member != members_.rend(); ++member) {
      if (member->first == name) return &member->second;
    }
    return nullptr;
  }

  friend bool operator==(const UnknownMembers&, const UnknownMembers&) = default;

 private:
  std::vector<Member> members_;
};

/// Base of every record: what a newer server added is never lost by reading, changing and storing.
class Record {
 public:
  UnknownMembers unknown;

  friend bool operator==(const Record&, const Record&) = default;
};

}  // namespace wats
