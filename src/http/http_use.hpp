// HttpUse: how one read uses answers that are kept with their headers.
#pragma once

#include "wats/core/headers.hpp"
#include "wats/core/traits.hpp"
#include "wats/http/detail/kept_answers.hpp"
#include "wats/http/detail/request.hpp"
#include "wats/policy/answer_facts.hpp"
#include "wats/policy/byte_range.hpp"
#include "wats/policy/reuse.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wats::http::detail {

/// What is stored for one request, and what HTTP's rules (RFC 9111) say about it. *Ownership*: its call's;
/// used where that runs.
class HttpUse {
 public:
  using Kept = KeptAnswers::Pointer;
  using Held = wats::detail::Held;
  /// The same answer with other headers; null where it has none.
  using Redress = std::function<std::shared_ptr<const Held>(const Held&, const Headers&)>;

  /// By all of the rules. *own*: what the caller adds to the request; null for nothing. *targeted*: the field
  /// that speaks to this cache alone (RFC 9213), "" for none. Both have to outlive this.
  [[nodiscard]] static std::unique_ptr<HttpUse> strict(Method method, const Headers* own,
                                                       std::string_view targeted);
  /// For the answer to a POST, which is sent now, in case its Content-Location is its own target.
  [[nodiscard]] static std::unique_ptr<HttpUse> strict_post(const Headers* own, std::string_view targeted);
  /// Only to have the server confirm what is out of time.
  [[nodiscard]] static std::unique_ptr<HttpUse> validating();

  [[nodiscard]] bool is_strict() const noexcept { return is_strict_; }
  [[nodiscard]] policy::Wish& wish() noexcept { return wish_; }
  [[nodiscard]] const policy::Wish& wish() const noexcept { return wish_; }
  /// The caller has conditions of its own: the answer is for him alone.
  [[nodiscard]] bool is_conditional() const noexcept { return is_conditional_; }
  /// Its answer is good for others who ask the same: it is whole.
  [[nodiscard]] bool can_be_shared() const noexcept {
    return facts_.method != policy::MethodKind::head && !facts_.has_range && !wish_.no_store;
  }

  /// Takes what suits the request out of what is stored; false: nothing does.
  bool choose(const Held* stored);
  /// Null for nothing.
  [[nodiscard]] const Kept& stored() const noexcept { return stored_; }
  [[nodiscard]] policy::ReuseVerdict decide(cache::TimePoint now) const noexcept;
  [[nodiscard]] bool may_stand_in(policy::OriginFailure failure, cache::TimePoint now,
                                  std::chrono::seconds ceiling) const noexcept;

  /// Has the server asked whether what is stored still holds, if it can be.
  void add_validators(WireRequest& out);
  /// Whether this answer says that it does, or which of several it is that does.
  [[nodiscard]] bool is_confirmed_by(const WireAnswer& answer);
  /// Whether the answer to a HEAD is of the version that is stored.
  [[nodiscard]] bool is_same_version(const WireAnswer& head) const;
  /// Whether a confirmed answer may still be kept.
  [[nodiscard]] bool may_keep(const KeptAnswer& confirmed) const;
  /// From now on the request has no conditions. False: it had none.
  bool forget_conditions() noexcept;
  /// The request is sent now; the first time counts.
  void ask() noexcept {
    if (asked_at_ == std::chrono::system_clock::time_point()) asked_at_ = std::chrono::system_clock::now();
  }

  /// An answer as it is to be stored; null when it must not be.
  [[nodiscard]] Kept kept_of(const WireAnswer& answer, const Decoded& decoded, const cache::TagSet& learnt,
                             cache::TimePoint now, const Redress& redress) const;
  /// What is stored, after the server confirmed it with these headers.
  [[nodiscard]] Kept confirmed_by(const WireAnswer& answer, cache::TimePoint now,
                                  const Redress& redress) const;

  /// Answers of others may do; until one would not.
  bool may_join = true;

  /// Before the server was asked: the time by the cache's clock, the order among changes, and what was
  /// stored.
  struct Asked {
    cache::TimePoint at;
    cache::Stamp since = 0;
    std::shared_ptr<const Held> stored;
  };
  Asked asked;

 private:
  HttpUse() = default;
  [[nodiscard]] std::string selection_for(const Headers& answer) const;
  [[nodiscard]] bool suits(const KeptAnswer& kept) const;
  [[nodiscard]] bool has_what_is_asked(const KeptAnswer& kept) const;
  [[nodiscard]] policy::AnswerFacts facts_of(int status, const Headers& headers) const;
  [[nodiscard]] policy::Stored rules_of(const policy::AnswerFacts& facts) const;

  bool is_strict_ = false;
  bool is_conditional_ = false;
  bool validates_ = false;
  const Headers* own_ = nullptr;
  std::string_view targeted_;
  policy::Wish wish_;
  policy::RequestFacts facts_;
  std::optional<policy::ByteRange> range_;
  Kept stored_;
  /// What is stored for other choices, while nothing suits: the server may say that one of them does.
  std::vector<Kept> others_;
  std::chrono::system_clock::time_point asked_at_;
};

/// Whether the server says that an answer with these headers must not be stored.
[[nodiscard]] bool forbids_storing(const Headers& headers) noexcept;

/// How old the answer is now.
[[nodiscard]] std::chrono::seconds age_of(const KeptAnswer& kept, cache::TimePoint now) noexcept;

}  // namespace wats::http::detail
