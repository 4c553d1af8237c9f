// The first call: one product by its part number. The server's address and token come from the environment.
#include "wats/wats.hpp"

#include <iostream>

int main() {
  const wats::Client client(wats::load_options().value());
  const auto products = client.products().list().value();
  const auto product = client.products().find(products->at(0).part_number).value();
  std::cout << product->part_number << ": " << product->name.value_or("(no name)") << ", "
            << product->revisions.size() << " revisions\n";
  return 0;
}
