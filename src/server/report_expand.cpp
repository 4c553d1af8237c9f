// The collections of a stored report that header queries can expand.
#include "src/server/json_text.hpp"
#include "src/server/report_intake.hpp"
#include "src/server/url.hpp"

#include <simdjson.h>

#include <array>
#include <utility>

namespace wats::server {
namespace {

namespace dom = simdjson::dom;

constexpr std::array<std::string_view, 7> collections = {
    "subUnits", "miscInfo", "assets", "attachments", "uurSubUnits", "uurMiscInfo", "uurAttachments"};

using Pairs = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// The members *from* of an object under the names *to*; absent ones are null.
void append_object(std::string& out, dom::object object, Pairs members) {
  out.push_back('{');
  bool first = true;
  for (const auto& [to, from] : members) {
    if (!std::exchange(first, false)) out.push_back(',');
    append_quoted(out, to);
    out.push_back(':');
    dom::element value;
    out += object.at_key(from).get(value) == simdjson::SUCCESS ? simdjson::minify(value) : "null";
  }
  out.push_back('}');
}

std::string list_of(dom::object report, std::string_view name, Pairs members) {
  std::string out = "[";
  dom::array list;
  if (report.at_key(name).get(list) == simdjson::SUCCESS) {
    for (const auto element : list) {
      dom::object object;
      if (element.get(object) != simdjson::SUCCESS) continue;
      if (out.size() > 1) out.push_back(',');
      append_object(out, object, members);
    }
  }
  out.push_back(']');
  return out;
}

void append_attachments(std::string& out, dom::object step) {
  dom::object attachment;
  dom::element id;
  if (step["attachment"].get(attachment) == simdjson::SUCCESS && step["id"].get(id) == simdjson::SUCCESS) {
    if (out.size() > 1) out.push_back(',');
    out += "{\"stepId\":" + simdjson::minify(id) + ",\"filename\":";
    dom::element name;
    out += attachment["name"].get(name) == simdjson::SUCCESS ? simdjson::minify(name) : "null";
    out.push_back('}');
  }
  dom::array steps;
  if (step["steps"].get(steps) != simdjson::SUCCESS) return;
  for (const auto element : steps) {
    dom::object child;
    if (element.get(child) == simdjson::SUCCESS) append_attachments(out, child);
  }
}

std::string attachments_of(dom::object report) {
  std::string out = "[";
  dom::object root;
  if (report["root"].get(root) == simdjson::SUCCESS) append_attachments(out, root);
  out.push_back(']');
  return out;
}

}  // namespace

std::optional<std::string_view> expandable(std::string_view name) {
  for (const auto known : collections) {
    if (same_letters(known, name)) return known;
  }
  return std::nullopt;
}

std::string expand_report(const std::string& document, bool is_repair, std::string_view name) {
  if (name.starts_with("uur") != is_repair) return {};
  thread_local dom::parser parser;
  dom::object report;
  if (parser.parse(document).get(report) != simdjson::SUCCESS) return {};
  const Pairs part = {{"serialNumber", "sn"}, {"partNumber", "pn"}, {"revision", "rev"}};
  if (name == "subUnits") {
    return list_of(
        report, "subUnits",
        {{"partType", "partType"}, {"serialNumber", "sn"}, {"partNumber", "pn"}, {"revision", "rev"}});
  }
  if (name == "uurSubUnits") return list_of(report, "subUnits", part);
  if (name == "miscInfo" || name == "uurMiscInfo") {
    return list_of(report, "miscInfos", {{"description", "description"}, {"value", "text"}});
  }
  if (name == "assets") {
    return list_of(report, "assets", {{"serialNumber", "assetSN"}, {"runningCount", "usageCount"}});
  }
  if (name == "uurAttachments") return list_of(report, "binaryData", {{"id", "id"}, {"filename", "name"}});
  return attachments_of(report);
}

}  // namespace wats::server
