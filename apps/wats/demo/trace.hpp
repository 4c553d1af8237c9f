// Trace: what every call of a run asked, what it was answered, and when.
#pragma once

#include "wats/core/answer.hpp"
#include "wats/core/error.hpp"
#include "wats/core/traits.hpp"
#include "wats/model/param.hpp"
#include "wats/op/all.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace wats::demo {

using Time = std::chrono::steady_clock::time_point;

/// A read with its answer; none when the server said that there is no such thing.
template <class Op>
struct Read {
  Op request;
  std::shared_ptr<const typename Op::Answer> answer;
};

/// The reads that a run makes; empty for writes and failed calls.
using AnyRead =
    std::variant<std::monostate, Read<op::ProcessList>, Read<op::ProductList>, Read<op::ProductGet>,
                 Read<op::ProductGetRevisionByPath>, Read<op::ProductionGetUnit>,
                 Read<op::ProductionVerifyUnit>, Read<op::ReportQueryHeaders>>;

/// Where an answer came from.
enum class Source : std::uint8_t {
  server,        ///< a request of its own
  memory,        ///< stored by an earlier call
  joined,        ///< the request of another call that was under way
  second_level,  ///< kept on disk by an earlier start, or in Redis by another client
};

/// One call.
struct Event {
  std::string_view operation;
  CacheClass cache_class = CacheClass::never;
  bool is_write = false;
  Source source = Source::server;
  /// Operation and members: two reads with the same key ask the same question.
  std::string key;
  /// "kind id": what a read depends on, what a write changes; as the card says.
  std::vector<std::string> tags;
  Time start;
  Time end;
  /// What went wrong; empty when nothing did. Finding nothing is an answer.
  std::string failure;
  AnyRead read;

  /// A read that the cache may answer for a while.
  [[nodiscard]] bool is_cacheable() const noexcept {
    return !is_write && (cache_class == CacheClass::fixed || cache_class == CacheClass::slow);
  }
  [[nodiscard]] bool is_hit() const noexcept { return source != Source::server; }
  [[nodiscard]] std::chrono::nanoseconds duration() const noexcept { return end - start; }
};

/// Takes the tags that a card names.
class TagTexts {
 public:
  explicit TagTexts(std::vector<std::string>& out) : out_(out) {}
  void operator()(std::string_view kind, std::string_view id) const {
    std::string text(kind);
    text.append(" ").append(id);
    if (std::ranges::find(out_, text) == out_.end()) out_.push_back(std::move(text));
  }

 private:
  std::vector<std::string>& out_;
};

/// Operation and the members that travel in path and query, for example "product_get PN-1001".
template <op::Operation Op>
[[nodiscard]] std::string key_of(const Op& request) {
  std::string key(Op::card.id);
  model::for_each_field<Op>([&](const auto& field) {
    if constexpr (model::Param<std::remove_cvref_t<decltype(request.*field.member)>>) {
      if (model::has_param(request.*field.member)) key += " " + model::to_param(request.*field.member);
    }
  });
  return key;
}

/// What is known of a call before it is made.
template <op::Operation Op>
[[nodiscard]] Event event_of(const Op& request) {
  Event event;
  event.operation = Op::card.id;
  event.cache_class = Op::card.cache_class;
  event.is_write = request.idempotency() != Idempotency::safe;
  event.key = key_of(request);
  request.tags(TagTexts(event.tags));
  return event;
}

/// Completes an event with what came back.
template <op::Operation Op>
void add_result(Event& event, Op request, const Result<Answer<typename Op::Answer>>& result) {
  constexpr bool kept = std::is_constructible_v<AnyRead, Read<Op>>;
  if (!result) {
    if (event.is_write || result.error().code() != Errc::not_found)
      event.failure = result.error().message();
    else if constexpr (kept)
      event.read = Read<Op>(std::move(request), nullptr);
    return;
  }
  const Provenance& provenance = result->provenance();
  if (provenance.joined)
    event.source = Source::joined;
  else if (provenance.origin == Origin::memory)
    event.source = Source::memory;
  else if (provenance.origin == Origin::second_level)
    event.source = Source::second_level;
  if constexpr (requires { Op::answer_tags(**result, TagTexts(event.tags)); }) {
    Op::answer_tags(**result, TagTexts(event.tags));
  }
  if constexpr (kept) event.read = Read<Op>(std::move(request), result->share());
}

/// Collects events. *Thread safety*: any thread.
class Trace {
 public:
  void add(Event event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
  }
  [[nodiscard]] std::vector<Event> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(events_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Event> events_;
};

}  // namespace wats::demo
