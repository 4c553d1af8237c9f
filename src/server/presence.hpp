// Presence: which members a JSON body names, since a member that is absent from an update must keep its
// value.
#pragma once

#include "src/server/url.hpp"
#include "wats/model/fields.hpp"
#include "wats/model/json.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wats::server {

/// Names of members in small letters.
using Names = std::set<std::string>;

/// The members of a product as it was sent, and those of each of its revisions.
struct ProductNames {
  Names product;
  std::vector<Names> revisions;
};

/// *body* must be valid JSON (it has been read as a product before); anything that is no object gives no
/// names.
[[nodiscard]] ProductNames product_names(const std::string& body);

/// Copies the named members, but for those in *kept*, from *sent* to *stored*; unknown ones too.
template <class Record>
void merge(Record& stored, const Record& sent, const Names& named, const Names& kept) {
  model::for_each_field<Record>([&](const auto& field) {
    const auto name = lower(model::wire_name(field, model::Naming::camel));
    const bool is_named =
        named.contains(name) || (!field.alias.empty() && named.contains(lower(field.alias)));
    if (is_named && !kept.contains(name)) stored.*(field.member) = sent.*(field.member);
  });
  UnknownMembers unknown;
  for (const auto& [name, value] : stored.unknown.all()) {
    if (sent.unknown.find(name) == nullptr) unknown.add(name, value);
  }
  for (const auto& [name, value] : sent.unknown.all()) unknown.add(name, value);
  stored.unknown = std::move(unknown);
}

}  // namespace wats::server
