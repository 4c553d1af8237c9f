#include "src/server/presence.hpp"

#include <simdjson.h>

namespace wats::server {
namespace {

Names names_of(const simdjson::dom::object& object) {
  Names names;
  for (const auto& member : object) names.insert(lower(member.key));
  return names;
}

}  // namespace

ProductNames product_names(const std::string& body) {
  ProductNames names;
  thread_local simdjson::dom::parser parser;
  simdjson::dom::object product;
  if (parser.parse(body).get(product) != simdjson::SUCCESS) return names;
  names.product = names_of(product);
  for (const auto& member : product) {
    simdjson::dom::array revisions;
    if (!same_letters(member.key, "revisions") || member.value.get(revisions) != simdjson::SUCCESS) continue;
    for (const auto& element : revisions) {
      simdjson::dom::object revision;
      names.revisions.push_back(element.get(revision) == simdjson::SUCCESS ? names_of(revision) : Names());
    }
  }
  return names;
}

}  // namespace wats::server
