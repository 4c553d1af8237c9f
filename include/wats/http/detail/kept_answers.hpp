// What the cache holds of an answer whose headers matter: the answer, what they say, and what else was
// answered to the same question.
#pragma once

#include "wats/cache/clock.hpp"
#include "wats/cache/tags.hpp"
#include "wats/core/answer.hpp"
#include "wats/core/headers.hpp"
#include "wats/policy/byte_range.hpp"
#include "wats/policy/reuse.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wats::http::detail {

/// Lets one refresh begin a second. *Thread safety*: any thread.
class RefreshMark {
 public:
  RefreshMark() = default;
  /// What is copied was not refreshed yet.
  RefreshMark(const RefreshMark& /*other*/) noexcept {}
  RefreshMark& operator=(const RefreshMark&) = delete;
  ~RefreshMark() = default;

  [[nodiscard]] bool take(cache::TimePoint now) noexcept {
    auto last = last_.load(std::memory_order_relaxed);
    const auto at = now.time_since_epoch().count();
    const auto pause = cache::Duration(std::chrono::seconds(1)).count();
    return (last == never || at - last >= pause) && last_.compare_exchange_strong(last, at);
  }

 private:
  static constexpr cache::Duration::rep never = cache::Duration::min().count();
  std::atomic<cache::Duration::rep> last_{never};
};

/// One answer. Never changes once it is stored.
class KeptAnswer {
 public:
  KeptAnswer() = default;

  std::shared_ptr<const wats::detail::Held> held;
  int status = 0;
  /// Of the answer, and of what confirmed it since.
  Headers headers;
  policy::Stored rules;
  /// When it came, or was confirmed last.
  cache::TimePoint came;
  /// Learnt from the answer itself.
  cache::TagSet tags;
  /// What of the request chose it: the fields that Vary names, and whether it asked for a part.
  std::string selection;
  /// What of the whole it is; nothing for the whole.
  std::optional<policy::StoredPart> part;
  std::size_t bytes = 0;
  /// For who shows it stale while a new one is fetched.
  mutable RefreshMark refresh;
};

/// What is stored under one key: the answers for different choices of Vary, the latest first.
class KeptAnswers final : public wats::detail::Held {
 public:
  using Pointer = std::shared_ptr<const KeptAnswer>;
  /// Of more, the one that came first goes.
  static constexpr std::size_t most = 8;

  explicit KeptAnswers(Pointer only) {
    follows_http = true;
    add(std::move(only));
  }
  /// *first*, and of *others* those that it does not replace.
  KeptAnswers(Pointer first, const KeptAnswers& others) : KeptAnswers(std::move(first)) {
    for (const Pointer& other : others.all) {
      if (all.size() < most && other->selection != all.front()->selection) add(other);
    }
  }

  std::vector<Pointer> all;

 private:
  void add(Pointer answer) {
    bytes += answer->bytes + answer->headers.text().size() + answer->selection.size();
    all.push_back(std::move(answer));
  }
};

}  // namespace wats::http::detail
