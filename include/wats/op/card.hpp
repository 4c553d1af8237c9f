// Card: everything there is to know about one REST operation, read by client, server, program and tests
// alike.
#pragma once

#include "wats/core/answer.hpp"
#include "wats/core/traits.hpp"
#include "wats/model/fields.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace wats::op {

/// Public routes, or internal ones below /api/internal that need the Referer header.
enum class Visibility : std::uint8_t { open, internal };

enum class BodyKind : std::uint8_t { none, json, bytes };

/// The constant part of an operation.
struct Card {
  std::string_view id;       ///< operationId in the contract
  std::string_view summary;  ///< one line for people
  Method method = Method::get;
  std::string_view path;  ///< template, for example /api/Product/{partNumber}
  CacheClass cache_class = CacheClass::never;
  Visibility visibility = Visibility::open;
  BodyKind body = BodyKind::none;
  model::Naming naming = model::Naming::camel;
  /// A POST that only asks (`x-read-only-query`): its answer is kept like that of a GET, told apart by the
  /// canonical form of its body.
  bool is_query = false;
  /// How long after a write its effect may stay invisible in queries (DESIGN, Words: settling).
  std::chrono::seconds settling{0};

  [[nodiscard]] constexpr bool is_read() const noexcept {
    return method == Method::get || method == Method::head || is_query;
  }
};

/// An id as tags name it: servers take ids, which are hexadecimal numbers, in capitals and small letters
/// alike.
[[nodiscard]] inline std::string same_in_any_case(std::string_view id) {
  std::string folded(id);
  for (char& letter : folded) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return folded;
}

/// Takes the tags that a card names; a tag is a kind and an id, which may be empty.
struct TagProbe {
  void operator()(std::string_view kind, std::string_view id) const;
};

// clang-format off: it would fill the list up to a paragraph.
/// One REST operation as a type: its constants, its members (`fields()`), its answer, and the functions of a
/// request:
///
///     Idempotency idempotency() const;                        what a repeat does
///     void tags(Out&& out) const;                             reads: what the answer depends on; writes: what they change
///     static void answer_tags(const Answer&, Out&&);          optional: tags known only from the answer
///     bool truncated(const Answer&) const;                    optional: the server cut the list
///     static Result<Answer> decode(std::string_view);         optional: an answer that is not simply JSON of Answer
// clang-format on
template <class Op>
concept Operation = model::HasFields<Op> && requires(const Op& request, TagProbe probe) {
  typename Op::Answer;
  { Op::card } -> std::convertible_to<const Card&>;
  { request.idempotency() } -> std::same_as<Idempotency>;
  request.tags(probe);
};

/// A list of operation types.
template <class... Ops>
struct OperationList {
  template <class Visit>
  static constexpr void for_each(Visit&& visit) {
    (visit.template operator()<Ops>(), ...);
  }
  static constexpr std::size_t size = sizeof...(Ops);
};

}  // namespace wats::op
