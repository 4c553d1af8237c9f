// A report made into a row, by the thread that hands it over.
#include "src/outbox/store.hpp"

#include <charconv>
#include <cstring>

namespace wats::outbox::detail {

std::string id_bytes(std::string_view uuid) {
  constexpr std::size_t text_size = 36;
  if (uuid.size() != text_size) return {};
  std::string bytes;
  for (std::size_t i = 0; i < uuid.size();) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (uuid[i++] != '-') return {};
      continue;
    }
    unsigned value = 0;
    const char* const end = uuid.data() + i + 2;
    if (std::from_chars(uuid.data() + i, end, value, 16).ptr != end) return {};
    bytes.push_back(static_cast<char>(value));
    i += 2;
  }
  return bytes;
}

std::string id_text(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    const auto byte = static_cast<unsigned char>(bytes[i]);
    text.push_back(digits[byte >> 4U]);
    text.push_back(digits[byte & 15U]);
  }
  return text;
}

std::int64_t lane_of(std::string_view serial_number) {
  const Digest digest = digest_of(serial_number);
  std::int64_t lane = 0;
  std::memcpy(&lane, digest.data(), sizeof lane);
  return lane;
}

Result<Draft> Draft::of(Report report, AddOptions options, std::int64_t most_bytes) {
  const auto refused = [](const std::string& what) {
    return fail(Errc::invalid_argument, "the report was not stored: " + what);
  };
  Draft draft;
  draft.id = id_bytes(report.id);
  if (draft.id.empty()) return refused("its id is no UUID");
  if (report.serial_number.empty()) return refused("it has no serial number");
  if (report.document.empty()) return refused("its document is empty");
  if (options.priority < Urgency::first || options.priority > Urgency::last) {
    return refused("its priority has to be from 1 (first) to 10, not " + std::to_string(options.priority));
  }
  draft.bytes = static_cast<std::int64_t>(report.document.size());
  if (draft.bytes > most_bytes) {
    return refused("its document has " + std::to_string(draft.bytes) + " bytes, more than the " +
                   std::to_string(most_bytes) + " that max_document_bytes allows");
  }
  draft.format = report.format;
  draft.type = report.type;
  draft.priority = options.priority;
  draft.repaired = id_bytes(report.repaired_test);
  draft.lane = lane_of(report.serial_number);
  for (const auto& part : report.sub_units) draft.needed_lanes.push_back(lane_of(part));
  draft.start_ms =
      std::chrono::floor<std::chrono::milliseconds>(report.start.instant()).time_since_epoch().count();
  draft.digest = digest_of(report.document);
  draft.body = compress(report.document);
  draft.serial = std::move(report.serial_number);
  draft.part = std::move(report.part_number);
  draft.source = std::move(options.source);
  return draft;
}

}  // namespace wats::outbox::detail
