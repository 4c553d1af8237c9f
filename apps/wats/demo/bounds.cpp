#include "apps/wats/demo/bounds.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace wats::demo {
namespace {

/// Reads of one key: what they depend on and when they began.
struct Question {
  std::string_view operation;
  std::set<std::string_view> tags;
  std::vector<Time> starts;
};

}  // namespace

Bounds Bounds::of(const std::vector<Event>& events) {
  Bounds bounds;
  std::unordered_map<std::string_view, Question> questions;
  std::unordered_map<std::string_view, std::vector<Time>> invalidations_of_tag;
  for (const auto& event : events) {
    if (event.is_cacheable()) {
      ++bounds.cacheable_reads;
      auto& question = questions[event.key];
      question.operation = event.operation;
      question.tags.insert(event.tags.begin(), event.tags.end());
      question.starts.push_back(event.start);
      continue;
    }
    ++(event.is_write ? bounds.writes : bounds.other_reads);
    ++bounds.calls_of[event.operation];
    if (event.is_write) {
      for (const auto& tag : event.tags) {
        auto& moments = invalidations_of_tag[tag];
        moments.push_back(event.start);
        moments.push_back(event.end);
      }
    }
  }
  for (const auto& [key, question] : questions) {
    std::vector<Time> touched;
    for (const auto tag : question.tags) {
      const auto moments = invalidations_of_tag.find(tag);
      if (moments != invalidations_of_tag.end())
        touched.insert(touched.end(), moments->second.begin(), moments->second.end());
    }
    std::ranges::sort(touched);
    // One write may meet a question with several tags.
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    // How many of them lay behind when the read began tells which answer it may be given.
    std::set<std::ptrdiff_t> answers;
    for (const auto start : question.starts) {
      answers.insert(std::ranges::upper_bound(touched, start) - touched.begin());
    }
    bounds.distinct_answers += answers.size();
    bounds.calls_of[question.operation] += answers.size();
  }
  return bounds;
}

}  // namespace wats::demo
