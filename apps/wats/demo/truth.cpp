#include "apps/wats/demo/truth.hpp"

#include "apps/wats/demo/expected.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <type_traits>
#include <utility>

namespace wats::demo {
namespace {

constexpr std::size_t most_told = 5;

std::string seconds(Time time, Time begin) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f s", std::chrono::duration<double>(time - begin).count());
  return text;
}

std::string_view name(Source source) {
  switch (source) {
    case Source::server:
      return "the server";
    case Source::memory:
      return "the cache";
    case Source::joined:
      return "another call's request";
    case Source::second_level:
      return "the second level";
  }
  return "";
}

std::string shortened(std::string text) {
  constexpr std::size_t most = 90;
  if (text.size() > most) text = text.substr(0, most) + "...";
  return text;
}

/// The first members in which two records differ.
template <class T>
std::string difference(const T& shown, const T& right) {
  std::string text;
  if constexpr (model::HasFields<T>) {
    model::for_each_field<T>([&](const auto& field) {
      if (!text.empty() || shown.*field.member == right.*field.member) return;
      text = std::string(field.name) + " " + shortened(model::to_json(shown.*field.member)) + " instead of " +
             shortened(model::to_json(right.*field.member));
    });
    return text.empty() ? "other unknown members" : text;
  } else {
    if (shown.size() != right.size()) {
      return std::to_string(shown.size()) + " rows instead of " + std::to_string(right.size());
    }
    for (std::size_t i = 0; i < shown.size(); ++i) {
      if (!(shown[i] == right[i]))
        return "row " + std::to_string(i + 1) + ": " + difference(shown[i], right[i]);
    }
    return "nothing";
  }
}

class Checker {
 public:
  Checker(const std::vector<server::RowVersion>& history, Time begin, std::chrono::nanoseconds news)
      : begin_(begin), news_(news), index_(history, decoder_) {}

  /// What is wrong with an answer; nothing when it is right.
  template <class Op>
  std::optional<std::string> problem(const Event& event, const Read<Op>& read) {
    const Timeline& timeline = index_.timeline(groups_of(read.request));
    const auto [first, last] = timeline.current(event.start - news_, event.end);
    Rows rows = timeline.at(first);
    for (std::size_t point = first;; timeline.advance(rows, ++point)) {
      if (shows(read, expected(read.request, rows, decoder_))) return std::nullopt;
      if (point == last) break;
    }
    return explanation(event, read, timeline, first, last);
  }

 private:
  template <class Op>
  static bool shows(const Read<Op>& read, const std::optional<typename Op::Answer>& right) {
    if (!read.answer || !right) return !read.answer && !right;
    return *read.answer == *right;
  }

  template <class Op>
  std::string explanation(const Event& event, const Read<Op>& read, const Timeline& timeline,
                          std::size_t first, std::size_t last) {
    const auto& points = timeline.points();
    std::string text = "from " + std::string(name(event.source)) + ", call from " +
                       seconds(event.start, begin_) + " to " + seconds(event.end, begin_);
    std::optional<std::size_t> shown;
    Rows rows;
    for (std::size_t point = 0; point < points.size(); ++point) {
      if (point > 0) timeline.advance(rows, point);
      if (shows(read, expected(read.request, rows, decoder_)) && (!shown || point < first)) shown = point;
    }
    if (!shown) {
      text += "; shows what no version ever said";
    } else if (*shown < first) {
      text += "; shows version " + std::to_string(*shown) + ", which was replaced at " +
              seconds(points[*shown + 1].not_after, begin_);
    } else {
      text += "; shows version " + std::to_string(*shown) + ", which came at " +
              seconds(points[*shown].not_before, begin_);
    }
    text += "; should be version " + std::to_string(last);
    if (last > 0) {
      text += " (commit " + std::to_string(points[last].commit) + " at " +
              seconds(points[last].not_after, begin_) + ")";
    }
    const auto right = expected(read.request, timeline.at(last), decoder_);
    if (!right) return text + ", in which there is no such thing";
    if (!read.answer) return text + ", but it said that there is no such thing";
    return text + ": " + difference(*read.answer, *right);
  }

  Time begin_;
  std::chrono::nanoseconds news_;
  Decoder decoder_;
  HistoryIndex index_;
};

}  // namespace

Verdict& Verdict::operator+=(const Verdict& other) {
  checked += other.checked;
  wrong += other.wrong;
  failed_calls += other.failed_calls;
  if (first_failure.empty()) first_failure = other.first_failure;
  for (const auto& one : other.first_wrong) {
    if (first_wrong.size() < most_told) first_wrong.push_back(one);
  }
  return *this;
}

Verdict check_answers(const std::vector<Event>& events, const std::vector<server::RowVersion>& history,
                      Time begin, std::chrono::nanoseconds news) {
  Checker checker(history, begin, news);
  Verdict verdict;
  std::vector<const Event*> ordered;
  for (const auto& event : events) ordered.push_back(&event);
  std::ranges::sort(ordered, {}, &Event::start);
  for (const Event* const event : ordered) {
    if (!event->failure.empty()) {
      if (verdict.failed_calls++ == 0) verdict.first_failure = event->failure;
      continue;
    }
    std::visit(
        [&](const auto& read) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(read)>, std::monostate>) {
            ++verdict.checked;
            auto problem = checker.problem(*event, read);
            if (!problem) return;
            ++verdict.wrong;
            if (verdict.first_wrong.size() >= most_told) return;
            verdict.first_wrong.push_back({std::string(event->operation), event->key, *std::move(problem)});
          }
        },
        event->read);
  }
  return verdict;
}

}  // namespace wats::demo
