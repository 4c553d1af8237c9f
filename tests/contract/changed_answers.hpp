// ChangedAnswers: which reads a write changes, found out by asking a server everything before and after each
// of many writes.
#pragma once

#include "tests/property/invalidation/instances.hpp"
#include "tests/property/invalidation/request_text.hpp"
#include "wats/client.hpp"
#include "wats/server/server.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wats::testing {

using TagText = std::pair<std::string, std::string>;
using TagTexts = std::set<TagText>;

/// A write changed what a read answers.
class ChangedAnswer {
 public:
  std::string write;
  std::string read;
  std::string write_text;
  std::string read_text;
  std::string before;
  std::string after;
  /// Of the write, and of the answer as a cache would have kept it.
  TagTexts write_tags;
  TagTexts read_tags;

  [[nodiscard]] bool tags_meet() const {
    for (const auto& tag : write_tags) {
      if (read_tags.contains(tag)) return true;
    }
    return false;
  }
};

/// *Thread safety*: one thread at a time.
class ChangedAnswers {
 public:
  explicit ChangedAnswers(std::uint64_t seed) : dice_(seed) {
    auto begun = server_.start();
    server::SeedSpec processes;
    processes.products = 0;
    if (begun) begun = server_.seed(processes);
    if (!begun) throw std::runtime_error(begun.error().message());
    client_.emplace(ClientOptions().base_url(server_.base_url()).token(server_.token()).no_cache());
    op::All::for_each([&]<class Op>() {
      if constexpr (Op::card.is_read()) add_questions<Op>();
    });
  }

  /// One write of each operation after the other, *rounds* times.
  [[nodiscard]] std::vector<ChangedAnswer> after_writes(std::size_t rounds) {
    std::vector<ChangedAnswer> changes;
    auto before = all_answers();
    for (std::size_t round = 0; round < rounds; ++round) {
      op::All::for_each([&]<class Op>() {
        if constexpr (!Op::card.is_read()) {
          ChangedAnswer change = written(Instances<Op>::draw(world_, dice_));
          auto after = all_answers();
          compare(before, after, change, changes);
          before = std::move(after);
        }
      });
    }
    return changes;
  }

  /// Questions asked before and after each write, by operation.
  [[nodiscard]] const std::map<std::string, std::size_t>& questions() const { return counts_; }
  /// Writes that were not refused, by operation.
  [[nodiscard]] const std::map<std::string, std::size_t>& writes() const { return writes_; }

 private:
  static constexpr std::size_t draws = 60;

  class Seen {
   public:
    std::string_view operation;
    std::string answer;
    TagTexts tags;
  };
  using Answers = std::map<std::string, Seen>;

  class Collector {
   public:
    explicit Collector(TagTexts& out) : out_(out) {}
    void operator()(std::string_view kind, std::string_view id) const { out_.emplace(kind, id); }

   private:
    TagTexts& out_;
  };

  template <op::Operation Op>
  void add_questions() {
    for (std::size_t i = 0; i < draws; ++i) {
      const Op request = Instances<Op>::draw(world_, dice_);
      const bool is_new =
          questions_.emplace(text_of(request), [this, request] { return asked(request); }).second;
      if (is_new) ++counts_[std::string(Op::card.id)];
    }
  }
  template <op::Operation Op>
  [[nodiscard]] Seen asked(const Op& request) const {
    Seen seen;
    seen.operation = Op::card.id;
    request.tags(Collector(seen.tags));
    const auto result = client_->call(request).get();
    if (!result) {
      seen.answer = std::string(name(result.error().code()));
      return seen;
    }
    seen.answer = model::to_json(**result);
    if constexpr (requires { Op::answer_tags(**result, Collector(seen.tags)); })
      Op::answer_tags(**result, Collector(seen.tags));
    return seen;
  }
  [[nodiscard]] Answers all_answers() const {
    Answers answers;
    for (const auto& [text, ask] : questions_) answers.emplace(text, ask());
    return answers;
  }

  template <op::Operation Op>
  [[nodiscard]] ChangedAnswer written(const Op& request) {
    ChangedAnswer change;
    change.write = Op::card.id;
    change.write_text = text_of(request);
    request.tags(Collector(change.write_tags));
    const auto result = client_->call(request).get();
    if (result) ++writes_[change.write];
    if constexpr (std::is_same_v<typename Op::Answer, Product>) {
      if (result) world_.saved(model::to_json(**result));
    }
    return change;
  }

  static void compare(const Answers& before, const Answers& after, const ChangedAnswer& about,
                      std::vector<ChangedAnswer>& changes) {
    for (const auto& [text, seen] : before) {
      const Seen& now = after.at(text);
      if (now.answer == seen.answer) continue;
      ChangedAnswer change = about;
      change.read = seen.operation;
      change.read_text = text;
      change.before = seen.answer;
      change.after = now.answer;
      change.read_tags = seen.tags;
      changes.push_back(std::move(change));
    }
  }

  Dice dice_;
  World world_{1, 3, 2};
  server::Server server_{server::Options()};
  std::optional<Client> client_;
  std::map<std::string, std::function<Seen()>> questions_;
  std::map<std::string, std::size_t> counts_;
  std::map<std::string, std::size_t> writes_;
};

}  // namespace wats::testing
