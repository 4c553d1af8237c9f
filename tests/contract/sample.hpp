// sample<T>(): a filled value of any card or record; equal names get equal values, so that tags of different
// operations can meet.
#pragma once

#include "wats/op/all.hpp"

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace wats::testing {

/// Whether members that may be left out are filled.
enum class Filling : std::uint8_t { bare, full };

/// Records hold records of their own type (a unit's sub units): deeper ones stay empty.
inline constexpr int deepest_sample = 3;

template <class T>
T sample(std::string_view name, Filling filling, int depth = 0);

/// What is neither a record nor text: overload it for types that have no default.
template <class T>
struct SampleOf {
  static T make(std::string_view, Filling, int) { return T(); }
};

template <>
struct SampleOf<std::string> {
  static std::string make(std::string_view name, Filling, int) { return "sample " + std::string(name); }
};

template <class T>
  requires std::is_arithmetic_v<T>
struct SampleOf<T> {
  static T make(std::string_view, Filling, int) { return T{1}; }
};

template <class T>
struct SampleOf<std::optional<T>> {
  static std::optional<T> make(std::string_view name, Filling filling, int depth) {
    if (filling == Filling::bare) return std::nullopt;
    return sample<T>(name, filling, depth);
  }
};

template <class T>
struct SampleOf<Maybe<T>> {
  static Maybe<T> make(std::string_view name, Filling filling, int depth) {
    if (filling == Filling::bare) return Maybe<T>();
    return Maybe<T>(sample<T>(name, filling, depth));
  }
};

template <class T>
struct SampleOf<std::vector<T>> {
  static std::vector<T> make(std::string_view name, Filling filling, int depth) {
    std::vector<T> list;
    if (filling == Filling::full && depth < deepest_sample)
      list.push_back(sample<T>(name, filling, depth + 1));
    return list;
  }
};

template <class E>
struct SampleOf<Open<E>> {
  static Open<E> make(std::string_view, Filling, int) { return Open<E>(Words<E>::words.front().first); }
};

template <class T>
  requires(model::HasFields<T> && std::default_initializable<T>)
struct SampleOf<T> {
  static T make(std::string_view, Filling filling, int depth) {
    T value;
    if (depth >= deepest_sample) return value;
    model::for_each_field<T>([&](const auto& field) {
      using Member = typename std::decay_t<decltype(field)>::member_type;
      value.*field.member = sample<Member>(field.name, filling, depth + 1);
    });
    return value;
  }
};

template <>
struct SampleOf<Filter> {
  static Filter make(std::string_view, Filling, int) { return Filter::raw("partNumber eq 'sample'"); }
};

template <>
struct SampleOf<ReportDocument> {
  static ReportDocument make(std::string_view, Filling, int) {
    return ReportDocument::parse(R"({
      "type": "T", "id": "00000000-0000-4000-8000-000000000001", "pn": "sample part_number",
      "sn": "sample serial_number", "rev": "A", "processCode": 100, "result": "P", "machineName": "station",
      "start": "2026-02-03T09:15:00.000+01:00", "root": {"stepType": "SequenceCall", "name": "Main"}
    })")
        .value();
  }
};

template <>
struct SampleOf<op::ReportPostWsjf> {
  static op::ReportPostWsjf make(std::string_view, Filling filling, int depth) {
    return op::ReportPostWsjf(sample<ReportDocument>("report", filling, depth));
  }
};

template <class T>
T sample(std::string_view name, Filling filling, int depth) {
  return SampleOf<T>::make(name, filling, depth);
}

}  // namespace wats::testing
