#include "src/server/seed_data.hpp"

#include "src/server/json_text.hpp"
#include "wats/model/codec.hpp"
#include "wats/model/product.hpp"
#include "wats/model/timestamp.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <random>
#include <string_view>

namespace wats::server {
namespace {

constexpr std::uint32_t first_part_number = 1001;
constexpr std::uint32_t units_in_ten = 9;  // a tenth of the reports are second tests
constexpr std::uint32_t failed_percent = 8;
constexpr std::int32_t repair_code = 500;
constexpr std::int32_t wip_code = 800;
constexpr std::int32_t code_step = 10;
constexpr std::uint32_t stations = 8;
/// 2026-01-05T06:00:00Z, and the time between two reports.
constexpr std::chrono::sys_seconds first_start{std::chrono::seconds(1767592800)};
constexpr std::chrono::seconds between(37);

/// Numbers that depend on the seed, what they are for, and an index only: any part can be made alone.
std::mt19937_64 dice(const SeedSpec& spec, std::uint32_t salt, std::uint32_t index) {
  std::seed_seq sequence{static_cast<std::uint32_t>(spec.seed), static_cast<std::uint32_t>(spec.seed >> 32U),
                         salt, index};
  return std::mt19937_64(sequence);
}

std::string padded(std::uint32_t number, std::size_t width) {
  auto text = std::to_string(number);
  return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

std::string part_number(std::uint32_t index) {
  return "PN-" + std::to_string(first_part_number + index);
}

std::string revision_text(std::uint32_t index) {
  std::string text(1, static_cast<char>('A' + index % 26));
  return index < 26 ? text : text + std::to_string(index / 26);
}

std::string uuid_from(std::mt19937_64& numbers) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string uuid = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
  for (auto& c : uuid) {
    if (c == 'x') c = digits[numbers() % digits.size()];
  }
  return uuid;
}

/// The unit of report *index*: every tenth report tests the unit of the report before again.
std::uint32_t unit_of(std::uint32_t index) {
  const auto tens = index / (units_in_ten + 1);
  return tens * units_in_ten + std::min(index % (units_in_ten + 1), units_in_ten - 1);
}

std::uint32_t test_operations(std::uint32_t processes) {
  return processes <= 3 ? 1 : processes - 3;
}

std::string start_text(std::uint32_t index) {
  return Timestamp(first_start + between * index).utc_text();
}

void append_step(std::string& out, std::uint32_t step, std::mt19937_64& numbers, bool fails) {
  constexpr double centre = 5.0;
  const double spread = static_cast<double>(numbers() % 400) / 1000.0;
  const double value = fails ? centre + 1 + spread : centre - 0.2 + spread;
  out += ",{\"id\":" + std::to_string(step) + ",\"group\":\"M\",\"stepType\":\"ET_NLT\",\"name\":\"Voltage " +
         std::to_string(step) + "\",\"status\":\"" + (fails ? "F" : "P") + "\",\"totTime\":0.1";
  if (fails) out += ",\"causedSeqFailure\":true,\"causedUUTFailure\":true";
  out += ",\"numericMeas\":[{\"compOp\":\"GELE\",\"name\":null,\"status\":\"";
  out += fails ? "F" : "P";
  out += "\",\"unit\":\"V\",\"value\":" + model::to_json(value) + ",\"lowLimit\":4.5,\"highLimit\":5.5}]}";
}

RepairOperation repair_operation() {
  RepairCode code;
  code.id = "c0de0000-0000-4000-8000-000000000001";
  code.description = "Defect Component";
  code.failure_type = FailureType::component;
  code.image_constraint = "1";
  code.status = 1;
  RepairCategory category;
  category.id = "ca7e0000-0000-4000-8000-000000000001";
  category.description = "Component";
  category.image_constraint = "1";
  category.status = 1;
  category.repair_codes.push_back(code);
  RepairOperation operation;
  operation.uut_binding = Constraint::optional;
  operation.bom_binding = Constraint::optional;
  operation.vendor_binding = Constraint::never;
  operation.repair_categories.push_back(category);
  return operation;
}

}  // namespace

std::vector<Process> seed_processes(std::uint32_t count) {
  static constexpr std::array<std::string_view, 9> names = {
      "In-circuit test", "Boundary scan", "Programming",      "Functional test", "Calibration",
      "Burn-in",         "Safety test",   "End-of-line test", "Final inspection"};
  const std::uint32_t tests = test_operations(count);
  std::vector<Process> processes;
  for (std::uint32_t i = 0; i < count; ++i) {
    Process process;
    process.process_index = static_cast<std::int32_t>(i) + 1;
    process.state = 1;
    if (i < tests) {
      process.code = static_cast<std::int32_t>(i + 1) * code_step;
      process.name = i < names.size() ? std::string(names[i]) : "Test " + std::to_string(i + 1);
      process.is_test_operation = true;
    } else if (i == tests) {
      process.code = repair_code;
      process.name = "Repair";
      process.description = "Repair of failed units";
      process.is_repair_operation = true;
      process.repair_operation = repair_operation();
    } else {
      process.code = wip_code + static_cast<std::int32_t>(i - tests - 1) * code_step;
      process.name =
          i == tests + 1 ? "Assembly" : "Packing" + (i == tests + 2 ? "" : " " + std::to_string(i));
      process.is_wip_operation = true;
    }
    processes.push_back(std::move(process));
  }
  return processes;
}

std::string seed_product(const SeedSpec& spec, std::uint32_t index) {
  static constexpr std::array<std::string_view, 4> categories = {"Boards", "Modules", "Cables", "Devices"};
  auto numbers = dice(spec, 1, index);
  Product product(part_number(index));
  product.name = "Product " + std::to_string(first_part_number + index);
  product.description = "Made for the line, lot " + std::to_string(numbers() % 1000);
  product.product_category_name = std::string(categories[index % categories.size()]);
  product.tags.emplace_back("Customer", "Customer " + std::to_string(numbers() % 10));
  for (std::uint32_t i = 0; i < spec.revisions_per_product; ++i) {
    ProductRevision revision(revision_text(i));
    revision.name = "Revision " + revision_text(i);
    revision.description = "Layout " + std::to_string(numbers() % 100);
    product.revisions.push_back(std::move(revision));
  }
  return model::to_json(product);
}

std::string seed_report(const SeedSpec& spec, std::uint32_t index) {
  auto numbers = dice(spec, 2, index);
  const auto unit = unit_of(index);
  auto unit_numbers = dice(spec, 3, unit);
  const auto product = static_cast<std::uint32_t>(unit_numbers() % std::max(spec.products, 1U));
  const auto revision = static_cast<std::uint32_t>(unit_numbers() % std::max(spec.revisions_per_product, 1U));
  const auto process =
      static_cast<std::int32_t>(unit_numbers() % test_operations(spec.processes) + 1) * code_step;
  const bool fails = numbers() % 100 < failed_percent;
  const auto failing_step = static_cast<std::uint32_t>(numbers() % std::max(spec.steps, 1U)) + 1;
  const std::string letter = fails ? "F" : "P";
  std::string out =
      "{\"type\":\"T\",\"id\":\"" + uuid_from(numbers) + "\",\"pn\":\"" + part_number(product) +
      "\",\"sn\":\"SN-" + padded(unit + 1, 6) + "\",\"rev\":\"" + revision_text(revision) +
      "\",\"processCode\":" + std::to_string(process) + ",\"result\":\"" + letter +
      "\",\"machineName\":\"STATION-" + std::to_string(unit % stations + 1) +
      "\",\"location\":\"Line 1\",\"purpose\":\"Production\",\"start\":\"" + start_text(index) +
      "\",\"startUTC\":\"" + start_text(index) + "\",\"uut\":{\"user\":\"operator" +
      std::to_string(unit % 3 + 1) +
      "\",\"execTime\":4.2},\"root\":{\"id\":0,\"group\":\"M\","
      "\"stepType\":\"SequenceCall\",\"name\":\"Main\",\"status\":\"" +
      letter +
      "\",\"totTime\":4.2,\"seqCall\":{\"path\":\"line/\",\"name\":\"line.seq\",\"version\":\"1.4.0\"},"
      "\"steps\":[";
  std::string steps;
  for (std::uint32_t step = 1; step <= spec.steps; ++step) {
    append_step(steps, step, numbers, fails && step == failing_step);
  }
  out += std::string_view(steps).substr(steps.empty() ? 0 : 1);
  return out +
         "]},\"miscInfos\":[{\"description\":\"Firmware\",\"text\":\"2.1.0\"}],\"subUnits\":[],\"assets\":[]"
         "}";
}

Result<ReportTemplate> ReportTemplate::from(const std::string& text) {
  namespace ondemand = simdjson::ondemand;
  const auto refused = [](const std::string& why) {
    return fail(Errc::invalid_argument, "the report to multiply " + why);
  };
  const simdjson::padded_string padded_text(text);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object object;
  if (parser.iterate(padded_text).get(document) != simdjson::SUCCESS ||
      document.get_object().get(object) != simdjson::SUCCESS) {
    return refused("is no JSON object");
  }
  ReportTemplate made;
  std::size_t copied = 0;
  std::size_t holes = 0;
  for (auto field : object) {
    std::string_view key;
    ondemand::value value;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS ||
        field.value().get(value) != simdjson::SUCCESS) {
      return refused("is no valid JSON");
    }
    Hole hole = Hole::none;
    if (key == "id") hole = Hole::id;
    if (key == "sn") hole = Hole::serial_number;
    if (key == "start") hole = Hole::start;
    if (key == "startUTC") hole = Hole::start_utc;
    if (hole == Hole::none) continue;
    const std::string_view token = value.raw_json_token();
    const auto end = token.find('"', 1);
    if (!token.starts_with('"') || end == std::string_view::npos ||
        token.substr(0, end).find('\\') != token.npos) {
      return refused("needs plain texts for id, sn and start");
    }
    const auto at = static_cast<std::size_t>(token.data() - padded_text.data());
    const auto length = end + 1;
    made.pieces_.push_back({text.substr(copied, at - copied), hole});
    copied = at + length;
    if (hole != Hole::start_utc) ++holes;
  }
  if (holes != 3) return refused("needs id, sn and start");
  made.pieces_.push_back({text.substr(copied), Hole::none});
  return made;
}

std::string ReportTemplate::make(const SeedSpec& spec, std::uint32_t index) const {
  auto numbers = dice(spec, 4, index);
  std::string out;
  for (const auto& piece : pieces_) {
    out += piece.text;
    switch (piece.hole) {
      case Hole::id:
        append_quoted(out, uuid_from(numbers));
        break;
      case Hole::serial_number:
        append_quoted(out, "SN-" + padded(unit_of(index) + 1, 6));
        break;
      case Hole::start:
      case Hole::start_utc:
        append_quoted(out, start_text(index));
        break;
      case Hole::none:
        break;
    }
  }
  return out;
}

}  // namespace wats::server
