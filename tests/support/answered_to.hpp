// Whom an answer was given to, as a Relay has written into it.
#pragma once

#include "tests/support/relay.hpp"
#include "wats/model/json.hpp"

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace wats::testing {

/// Takes the relay's mark out of a record, or out of the first of a list, and gives it back; empty where
/// there is none.
template <class T>
std::string take_mark(T& value) {
  std::string mark;
  if constexpr (std::is_base_of_v<Record, T>) {
    UnknownMembers rest;
    for (const auto& [name, text] : value.unknown.all()) {
      if (name == Relay::mark)
        mark = text.text().substr(1, text.text().size() - 2);
      else
        rest.add(name, text);
    }
    value.unknown = std::move(rest);
  }
  return mark;
}
template <class T>
std::string take_mark(std::vector<T>& list) {
  return list.empty() ? std::string() : take_mark(list.front());
}

}  // namespace wats::testing
