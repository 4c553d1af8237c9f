// Many calls as one: all of them, the first that succeeds, one for each of many items.
#include "wats/wats.hpp"

#include <chrono>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

int main() {
  using namespace std::chrono_literals;
  const wats::Client client(wats::load_options().value());

  // Different questions at once: a tuple of results.
  auto asked = wats::when_all(client.server().version(), client.processes().list());
  const auto both = std::move(asked).with({.timeout = 10s}).value();
  const auto& [version, processes] = *both;
  if (!version || !processes) return 1;
  std::cout << "server " << **version << " has " << (*processes)->size() << " processes\n";

  // One call for each item, eight under way at once; results in the items' order.
  std::vector<std::string> part_numbers;
  for (int i = 0; i < 100; ++i) part_numbers.push_back("PN-" + std::to_string(1001 + i));
  const auto find = [&client](const std::string& part_number) { return client.products().find(part_number); };
  const auto found = wats::for_each(part_numbers, 8, find).value();
  int known = 0;
  for (const auto& product : *found) known += product.has_value() ? 1 : 0;
  std::cout << known << " of " << found->size() << " products are known\n";

  // The first answer of several ways to ask; the others are taken back.
  std::vector<wats::Call<std::string>> ways;
  ways.push_back(client.server().version());
  ways.push_back(client.server().ping());
  std::cout << "first: " << *wats::when_any(std::move(ways)).value() << "\n";
  return found->size() == 100 ? 0 : 1;
}
