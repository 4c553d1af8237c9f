// Binding: a request's path, query and body become the members of a card.
#pragma once

#include "src/server/request.hpp"
#include "src/server/router.hpp"
#include "src/server/url.hpp"
#include "wats/model/codec.hpp"
#include "wats/model/fields.hpp"
#include "wats/model/param.hpp"
#include "wats/op/card.hpp"

#include <expected>
#include <optional>
#include <string>
#include <type_traits>

namespace wats::server {

/// A routed request.
struct Incoming {
  PathParams params;
  Query query;
  std::string body;
};

template <class T>
struct Given {
  using type = T;
};
template <class T>
struct Given<std::optional<T>> {
  using type = T;
};

/// The text for the member *name* at *place*, or null. Names of query parameters match regardless of case.
[[nodiscard]] inline const std::string* find_text(const Incoming& incoming, model::Place place,
                                                  std::string_view name) {
  if (place == model::Place::path) {
    for (const auto& [key, value] : incoming.params) {
      if (key == name) return &value;
    }
  } else {
    for (const auto& [key, value] : incoming.query) {
      if (same_letters(key, name)) return &value;
    }
  }
  return nullptr;
}

/// Fills a card; the error is a text for the client. Members of the body are left to the handler.
template <op::Operation Op>
[[nodiscard]] std::expected<Op, std::string> bind(const Incoming& incoming) {
  Op request;
  std::string problem;
  model::for_each_field<Op>([&](const auto& field) {
    using Member = typename std::remove_cvref_t<decltype(field)>::member_type;
    using Inner = typename Given<Member>::type;
    if (!problem.empty() || field.place == model::Place::body) return;
    if constexpr (model::Param<Inner>) {
      const auto name = model::wire_name(field, model::Naming::camel);
      const auto* const text = find_text(incoming, field.place, name);
      if (text == nullptr) {
        if (field.is_required) problem = "the parameter " + name + " is missing";
        return;
      }
      auto value = model::from_param<Inner>(*text);
      if (value)
        request.*(field.member) = *std::move(value);
      else
        problem = "the parameter " + name + " cannot be read: " + value.error().what();
    }
  });
  if (!problem.empty()) return std::unexpected(std::move(problem));
  return request;
}

}  // namespace wats::server
