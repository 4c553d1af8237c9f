// Read, change, store: an own copy is edited, and what this version does not know of a product is kept and
// sent back.
#include "wats/model/codec.hpp"
#include "wats/wats.hpp"

#include <iostream>
#include <string>

int main() {
  const wats::Client client(wats::load_options().value());
  const auto products = client.products().list().value();
  const std::string part_number = products->front().part_number;

  const auto stored = client.products().find(part_number).value();
  // Answers are shared and immutable: copy() gives one to edit.
  wats::Product product = stored.copy();
  product.description = "checked by example 05";
  (void)client.products().update(product).value();

  // The write has dropped what was cached: no read after it shows the older state.
  const auto after = client.products().find(part_number).value();
  std::cout << part_number << ": " << after->description.value_or("(no description)") << "\n";
  const bool kept = after->name == stored->name && after->revisions.size() == stored->revisions.size();

  // What a newer server added to a product goes back as it came.
  auto newer = wats::model::from_json<wats::Product>(R"({"partNumber": "PN-8", "recyclable": true})").value();
  newer.name = "Lamp";
  const std::string sent = wats::model::to_json(newer);
  std::cout << sent << "\n";
  const bool sent_back = sent.find(R"("recyclable":true)") != std::string::npos;
  return kept && sent_back && after->description == product.description ? 0 : 1;
}
