// CardCall: the operation's half of a call, read from its card.
#pragma once

#include "wats/http/detail/call_run.hpp"
#include "wats/model/canonical.hpp"
#include "wats/model/codec.hpp"
#include "wats/model/param.hpp"
#include "wats/op/card.hpp"
#include "wats/service/detail/target.hpp"

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace wats::detail {

/// Adds tags of a card to a set.
class TagCollector {
 public:
  explicit TagCollector(cache::TagSet& set) noexcept : set_(set) {}
  void operator()(std::string_view kind, std::string_view id) const { set_.add(cache::Tag(kind, id)); }

 private:
  cache::TagSet& set_;
};

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <op::Operation Op>
class CardCall final : public http::detail::CallRun {
 public:
  using Answer = typename Op::Answer;

  /// *refusal*: why the request must not be sent; the call then ends with it.
  CardCall(std::shared_ptr<http::detail::Engine> engine, Op request,
           std::optional<Error> refusal = std::nullopt)
      : CallRun(std::move(engine)), request_(std::move(request)), refusal_(std::move(refusal)) {}

 private:
  [[nodiscard]] http::detail::Traits traits() const override {
    return {.operation = Op::card.id,
            .method = Op::card.method,
            .cache_class = Op::card.cache_class,
            .idempotency = request_.idempotency(),
            .settling = Op::card.settling};
  }

  [[nodiscard]] std::shared_ptr<http::detail::CallRun> again() const override {
    return std::make_shared<CardCall>(engine(), request_, refusal_);
  }
  [[nodiscard]] const Error* refusal() const noexcept override { return refusal_ ? &*refusal_ : nullptr; }

  void key(http::detail::Key& out) const override {
    out.append(Op::card.id);
    model::for_each_field<Op>([&](const auto& field) {
      const auto& value = request_.*field.member;
      using Value = std::remove_cvref_t<decltype(value)>;
      if constexpr (std::same_as<Value, std::string>) {
        out.part(value);
      } else if constexpr (IsOptional<Value>::value) {
        if (value) {
          out.part(model::to_param(*value));
        } else {
          out.absent();
        }
      } else if constexpr (!is_body<Value>) {
        out.part(model::to_param(value));
      } else if constexpr (Op::card.is_query) {
        out.part(model::canonical_json(model::to_json(value, Op::card.naming)));
      }
    });
  }

  void tags(cache::TagSet& out) const override { request_.tags(TagCollector(out)); }

  [[nodiscard]] Result<void> build(http::detail::WireRequest& out) const override {
    out.method = Op::card.method;
    Target target(Op::card.path);
    model::for_each_field<Op>([&](const auto& field) {
      const auto& value = request_.*field.member;
      using Value = std::remove_cvref_t<decltype(value)>;
      if constexpr (is_body<Value>) {
        model::append_json(out.body, value, Op::card.naming);
        out.has_body = true;
      } else if constexpr (IsOptional<Value>::value) {
        if (value) target.add(field.place, model::wire_name(field, Op::card.naming), model::to_param(*value));
      } else {
        target.add(field.place, model::wire_name(field, Op::card.naming), model::to_param(value));
      }
    });
    auto text = std::move(target).text();
    if (!text) return std::unexpected(std::move(text).error());
    out.target = *std::move(text);
    return {};
  }

  [[nodiscard]] Result<http::detail::Decoded> decode(http::detail::WireAnswer& answer,
                                                     cache::TagSet& more) const override {
    auto value = read(answer.body);
    if (!value) return std::unexpected(std::move(value).error());
    if constexpr (requires { Op::answer_tags(*value, TagCollector(more)); }) {
      Op::answer_tags(*value, TagCollector(more));
    }
    bool truncated = false;
    if constexpr (requires { request_.truncated(*value); }) truncated = request_.truncated(*value);
    auto held = std::make_shared<HeldValue<Answer>>(*std::move(value));
    held->truncated = truncated;
    // An estimate: the members and their strings beside the text they came from.
    const std::size_t bytes = sizeof(HeldValue<Answer>) + 2 * answer.body.size();
    held->bytes = bytes;
    return http::detail::Decoded(std::move(held), bytes);
  }

  [[nodiscard]] std::string server_words(const http::detail::WireAnswer& answer) const override {
    return words_of_server(answer.body);
  }

  /// Members that travel as the body are records and documents.
  template <class Value>
  static constexpr bool is_body = Op::card.body != op::BodyKind::none && !std::same_as<Value, std::string> &&
                                  !IsOptional<Value>::value && std::is_class_v<Value>;

  [[nodiscard]] static Result<Answer> read(const std::string& body) {
    if constexpr (requires { Op::decode(std::string_view(body)); }) {
      return Op::decode(body);
    } else {
      return model::from_json<Answer>(body, Op::card.naming);
    }
  }

  Op request_;
  std::optional<Error> refusal_;
};

}  // namespace wats::detail
