// Finds a report's identity in its document and leaves the rest alone.
#include "wats/model/report_document.hpp"

#include "src/model/json_token.hpp"
#include "src/model/json_walk.hpp"
#include "src/model/json_workspace.hpp"
#include "src/model/letters.hpp"
#include "src/model/uuid.hpp"
#include "wats/model/timestamp.hpp"

#include <array>
#include <optional>
#include <utility>

namespace wats {
namespace {

using model::detail::excerpt;

/// The members that say which report it is, as they stand in the document.
struct Identity {
  struct Member {
    std::string_view name;
    std::optional<std::string> text;  ///< a text without its quotes and escapes, a number as it stands
    bool is_text = false;
  };
  enum Index : std::uint8_t { type, id, pn, sn, rev, process_code, start };
  std::array<Member, 7> members{
      {{"type", {}}, {"id", {}}, {"pn", {}}, {"sn", {}}, {"rev", {}}, {"processCode", {}}, {"start", {}}}};
};

std::unexpected<Error> refused(std::string what) {
  return fail(Errc::invalid_argument, "the report cannot be handed over: " + std::move(what));
}

/// Walks the document; gives what is wrong with it, or nothing.
std::string collect(std::string_view json, std::size_t readable, Identity& identity) {
  namespace detail = model::detail;
  namespace ondemand = simdjson::ondemand;
  if (json.empty()) return "it is empty";
  detail::ParserLease lease;
  ondemand::document document;
  if (const auto error = lease.begin(json, readable).get(document)) return simdjson::error_message(error);
  if (!detail::token_of(document).starts_with('{')) return "it is not a JSON object";

  detail::Flaw flaw;
  std::string_view where = lease.text();
  const auto at = [&] {
    return flaw.what + " (at byte " + std::to_string(flaw.where - lease.text().data()) + ")";
  };
  ondemand::object object;
  if (const auto error = document.get_object().get(object)) return detail::refuse(flaw, error, where), at();
  std::string name;
  for (auto result : object) {
    ondemand::field field;
    if (const auto error = std::move(result).get(field)) return detail::refuse(flaw, error, where), at();
    const std::string_view key = detail::raw_key(field);
    where = key;
    if (!detail::unescape(key, name)) return detail::refuse(flaw, "invalid escape in a name", where), at();
    const std::string_view token = detail::trimmed_right(detail::token_of(field.value()));
    if (!detail::walk(field.value(), 1, flaw)) return at();
    for (Identity::Member& member : identity.members) {
      // The server reads names in any case, so an "ID" is the id.
      if (!model::detail::same_letters(member.name, name)) continue;
      if (member.text) return std::string(member.name) + " stands in it twice";
      member.is_text = token.starts_with('"');
      member.text.emplace();
      if (!member.is_text) {
        *member.text = token;
      } else {
        static_cast<void>(detail::unescape(token.substr(1, token.size() - 2), *member.text));  // walked above
      }
    }
  }
  return detail::is_finished(document) ? std::string() : "something follows the object";
}

/// What is wrong with the members, or nothing.
std::string judge(const Identity& identity) {
  for (const auto& member : identity.members) {
    if (!member.text && member.name != "id") return "its member " + std::string(member.name) + " is missing";
  }
  const auto& members = identity.members;
  const auto wrong = [&](Identity::Index index, std::string_view expected) {
    return "its member " + std::string(members[index].name) + " has to be " + std::string(expected) +
           ", not " + excerpt(*members[index].text);
  };
  const auto is_text = [&](Identity::Index index) { return members[index].is_text; };
  const auto text = [&](Identity::Index index) -> std::string_view { return *members[index].text; };

  if (!is_text(Identity::type) || (text(Identity::type) != "T" && text(Identity::type) != "R")) {
    return wrong(Identity::type, "\"T\" or \"R\"");
  }
  if (members[Identity::id].text && !(is_text(Identity::id) && model::detail::is_uuid(text(Identity::id)))) {
    return wrong(Identity::id, "a UUID (leave it out to have one made)");
  }
  for (const auto index : {Identity::pn, Identity::sn}) {
    if (!is_text(index) || text(index).empty()) return wrong(index, "a text that is not empty");
  }
  if (!is_text(Identity::rev)) return wrong(Identity::rev, "a text");
  // Some converters write the number as a text, and the server reads it.
  if (!model::detail::to_integer(text(Identity::process_code))) {
    return wrong(Identity::process_code, "a whole number");
  }
  if (!is_text(Identity::start) || !Timestamp::parse(text(Identity::start))) {
    return wrong(Identity::start, "a time like 2026-02-03T09:15:00.000+01:00");
  }
  return {};
}

}  // namespace

Result<ReportDocument> ReportDocument::parse(std::string json) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (json.starts_with(byte_order_mark)) json.erase(0, byte_order_mark.size());
  Identity identity;
  const std::string_view trimmed = model::detail::trimmed(json);
  const auto lead = static_cast<std::size_t>(trimmed.data() - json.data());
  if (std::string problem = collect(trimmed, json.capacity() - lead, identity); !problem.empty()) {
    return refused(std::move(problem));
  }
  if (std::string problem = judge(identity); !problem.empty()) return refused(std::move(problem));

  auto& members = identity.members;
  ReportDocument document;
  if (!members[Identity::id].text) {
    document.id_ = model::detail::random_uuid();
    json.insert(lead + 1, "\"id\":\"" + document.id_ + "\",");
  } else {
    document.id_ = *std::move(members[Identity::id].text);
  }
  document.serial_number_ = *std::move(members[Identity::sn].text);
  document.part_number_ = *std::move(members[Identity::pn].text);
  document.type_ = *members[Identity::type].text == "R" ? ReportType::repair : ReportType::test;
  document.start_ = Timestamp::parse(*members[Identity::start].text).value_or(Timestamp());  // judged above
  document.text_ = std::move(json);
  return document;
}

}  // namespace wats
