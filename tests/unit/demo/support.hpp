// Made-up histories and events for the tests of the demonstration.
#pragma once

#include "apps/wats/demo/trace.hpp"
#include "wats/model/codec.hpp"
#include "wats/server/history.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace wats::demo {

/// A moment of the made-up run, in milliseconds.
inline Time at(int milliseconds) {
  return Time(std::chrono::milliseconds(1'000'000 + milliseconds));
}

/// A row version that became visible at exactly *when* milliseconds.
inline server::RowVersion version(std::string table, std::string key, std::uint64_t commit, int when,
                                  std::string doc) {
  server::RowVersion row;
  row.table = std::move(table);
  row.key = std::move(key);
  row.commit = commit;
  row.not_before = at(when);
  row.not_after = at(when);
  row.deleted = doc.empty();
  row.doc = std::move(doc);
  return row;
}

inline std::string product_doc(const std::string& part_number, const std::string& description) {
  return R"({"partNumber":")" + part_number + R"(","description":")" + description +
         R"(","nonSerial":false,"state":1,"revisions":[],"tags":[]})";
}

/// A read that lasted from *start* to *end* and was answered with what *doc* says; an empty *doc*: not found.
template <class Op>
Event read_event(Op request, int start, int end, const std::string& doc, Source source = Source::server) {
  Event event = event_of(request);
  event.start = at(start);
  event.end = at(end);
  event.source = source;
  std::shared_ptr<const typename Op::Answer> answer;
  if (!doc.empty()) {
    answer = std::make_shared<const typename Op::Answer>(model::from_json<typename Op::Answer>(doc).value());
  }
  event.read = Read<Op>(std::move(request), std::move(answer));
  return event;
}

/// A write that lasted from *start* to *end*.
template <class Op>
Event write_event(const Op& request, int start, int end) {
  Event event = event_of(request);
  event.start = at(start);
  event.end = at(end);
  return event;
}

}  // namespace wats::demo
