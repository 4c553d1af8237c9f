#include "src/server/report_intake.hpp"

#include "src/server/compress.hpp"
#include "src/server/ids.hpp"
#include "src/server/url.hpp"

#include <simdjson.h>

#include <cmath>
#include <limits>
#include <vector>

namespace wats::server {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t bytes_in_kb = 1024;
constexpr std::size_t longest_name = 100;
constexpr std::size_t longest_comment = 5000;
constexpr std::size_t longest_message = 500;

/// Thrown inside this file only, to leave the checks at the first problem.
struct Refused {
  std::string why;
};

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// An object of the document with its place, for messages.
class Part {
 public:
  Part(dom::object object, std::string place) : object_(object), place_(std::move(place)) {}

  [[nodiscard]] std::optional<std::string> text(std::string_view name, std::size_t most) const {
    const auto element = find(name);
    if (!element) return std::nullopt;
    std::string_view value;
    if (element->get(value) != simdjson::SUCCESS) refuse(name, "must be a text");
    if (characters(value) > most) refuse(name, "longer than " + std::to_string(most) + " characters");
    return std::string(value);
  }

  [[nodiscard]] std::string required_text(std::string_view name, bool may_be_empty) const {
    auto value = text(name, longest_name);
    if (!value) refuse(name, "is missing");
    if (value->empty() && !may_be_empty) refuse(name, "must not be empty");
    return *std::move(value);
  }

  [[nodiscard]] std::optional<std::int32_t> integer(std::string_view name) const {
    const auto element = find(name);
    if (!element) return std::nullopt;
    std::int64_t value = 0;
    if (element->get(value) != simdjson::SUCCESS) refuse(name, "must be a whole number");
    if (value < std::numeric_limits<std::int32_t>::min() ||
        value > std::numeric_limits<std::int32_t>::max()) {
      refuse(name, "is out of range");
    }
    return static_cast<std::int32_t>(value);
  }

  /// A number or one of the texts NaN, Infinity and -Infinity, which a header cannot hold.
  [[nodiscard]] std::optional<double> real(std::string_view name) const {
    const auto element = find(name);
    if (!element || element->is_string()) return std::nullopt;
    double value = 0;
    if (element->get(value) != simdjson::SUCCESS) refuse(name, "must be a number");
    return value;
  }

  [[nodiscard]] std::optional<Part> object(std::string_view name) const {
    const auto element = find(name);
    if (!element) return std::nullopt;
    dom::object value;
    if (element->get(value) != simdjson::SUCCESS) refuse(name, "must be an object");
    return Part(value, place_ + std::string(name) + ".");
  }

  [[nodiscard]] std::optional<dom::array> list(std::string_view name) const {
    const auto element = find(name);
    if (!element) return std::nullopt;
    dom::array value;
    if (element->get(value) != simdjson::SUCCESS) refuse(name, "must be a list");
    return value;
  }

  [[noreturn]] void refuse(std::string_view name, const std::string& why) const {
    throw Refused{place_ + std::string(name) + ": " + why};
  }

  /// The member; empty when absent or null.
  [[nodiscard]] std::optional<dom::element> find(std::string_view name) const {
    dom::element element;
    if (object_.at_key(name).get(element) != simdjson::SUCCESS || element.is_null()) return std::nullopt;
    return element;
  }

 private:
  dom::object object_;
  std::string place_;
};

template <class Target, class Source>
void take(Maybe<Target>& target, std::optional<Source> source) {
  if (source) target = *std::move(source);
}

ReportResult result_of(const Part& report) {
  const auto letter = report.required_text("result", false);
  if (letter == "P") return ReportResult::passed;
  if (letter == "F") return ReportResult::failed;
  if (letter == "E") return ReportResult::error;
  if (letter == "T") return ReportResult::terminated;
  report.refuse("result", "'" + letter + "' is none of P, F, E and T");
}

struct Cause {
  std::string name;
  std::string path;
};

/// Looks for the step that made the report fail: the one with *id* if told, else the deepest first marked
/// one.
std::optional<Cause> find_cause(dom::element element, std::optional<std::int64_t> id,
                                const std::string& above) {
  dom::object step;
  if (element.get(step) != simdjson::SUCCESS) return std::nullopt;
  std::string_view name;
  if (step["name"].get(name) != simdjson::SUCCESS) name = "";
  const std::string path = above.empty() ? std::string(name) : above + "/" + std::string(name);
  dom::array steps;
  if (step["steps"].get(steps) == simdjson::SUCCESS) {
    for (const auto child : steps) {
      if (auto cause = find_cause(child, id, path)) return cause;
    }
  }
  std::int64_t own_id = 0;
  bool marked = false;
  if (id)
    marked = step["id"].get(own_id) == simdjson::SUCCESS && own_id == *id;
  else if (step["causedUUTFailure"].get(marked) != simdjson::SUCCESS)
    marked = false;
  if (!marked) return std::nullopt;
  return Cause{std::string(name), path};
}

void read_test(const Part& report, ReportHeader& header) {
  const auto uut = report.object("uut");
  if (!uut) report.refuse("uut", "is missing");
  const auto root = report.object("root");
  if (!root) report.refuse("root", "is missing");
  take(header.user_name, uut->text("user", longest_name));
  take(header.comment, uut->text("comment", longest_comment));
  take(header.execution_time, uut->real("execTime"));
  take(header.test_socket_index, uut->integer("testSocketIndex"));
  take(header.batch_number, uut->text("batchSN", longest_name));
  take(header.fixture_id, uut->text("fixtureId", longest_name));
  take(header.error_code, uut->integer("errorCode"));
  take(header.error_message, uut->text("errorMessage", longest_message));
  if (const auto sequence = root->object("seqCall")) {
    take(header.sw_filename, sequence->text("name", longest_message));
    take(header.sw_version, sequence->text("version", longest_name));
  }
  if (header.result->known() == ReportResult::passed) return;
  if (auto cause = find_cause(*report.find("root"), uut->integer("stepIdCausedUUTFailure"), "")) {
    header.caused_uut_failure = std::move(cause->name);
    header.caused_uut_failure_path = std::move(cause->path);
  }
}

void read_repair(const Part& report, Intake& intake) {
  const auto uur = report.object("uur");
  if (!uur) report.refuse("uur", "is missing");
  if (!report.list("subUnits"))
    report.refuse("subUnits", "is missing: a repair lists the unit itself with idx 0");
  auto& header = intake.header;
  take(header.user_name, uur->text("user", longest_name));
  take(header.comment, uur->text("comment", longest_comment));
  take(header.execution_time, uur->real("execTime"));
  if (const auto code = uur->integer("processCode")) intake.tested_process_code = *code;
  if (auto referenced = uur->text("refUUT", longest_name)) {
    if (!is_uuid(*referenced)) uur->refuse("refUUT", "'" + *referenced + "' is no UUID");
    header.referenced_uut = lower(*referenced);
  }
}

Intake read(const Part& report) {
  Intake intake;
  auto& header = intake.header;
  const auto type = report.required_text("type", false);
  if (type != "T" && type != "R") report.refuse("type", "'" + type + "' is neither T nor R");
  intake.is_repair = type == "R";
  header.report_type = intake.is_repair ? ReportType::repair : ReportType::test;
  intake.sent_id = report.required_text("id", false);
  if (!is_uuid(intake.sent_id)) report.refuse("id", "'" + intake.sent_id + "' is no UUID");
  header.uuid = lower(intake.sent_id);
  header.part_number = report.required_text("pn", false);
  header.serial_number = report.required_text("sn", false);
  header.revision = report.required_text("rev", true);
  const auto code = report.integer("processCode");
  if (!code) report.refuse("processCode", "is missing");
  header.process_code = *code;
  header.result = result_of(report);
  header.station_name = report.required_text("machineName", true);
  header.location = report.required_text("location", true);
  header.purpose = report.required_text("purpose", true);
  const auto start_text = report.required_text("start", false);
  const auto start = Timestamp::parse(start_text);
  if (!start) report.refuse("start", "'" + start_text + "' is no time like 2026-02-03T09:15:00.000+01:00");
  header.start = Timestamp(start->instant());
  header.measures_deleted = false;
  if (intake.is_repair)
    read_repair(report, intake);
  else
    read_test(report, header);
  return intake;
}

}  // namespace

std::expected<Intake, std::string> read_report(const std::string& document) {
  thread_local dom::parser parser;
  dom::element element;
  if (const auto error = parser.parse(document).get(element); error != simdjson::SUCCESS) {
    return std::unexpected("the report is no valid JSON: " + std::string(simdjson::error_message(error)));
  }
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return std::unexpected("the report must be one JSON object");
  try {
    auto intake = read(Part(object, ""));
    intake.size = document.size();
    intake.header.report_size = static_cast<std::int32_t>((document.size() + bytes_in_kb - 1) / bytes_in_kb);
    intake.packed = pack(document);
    return intake;
  } catch (const Refused& refusal) {
    return std::unexpected(refusal.why);
  }
}

}  // namespace wats::server
