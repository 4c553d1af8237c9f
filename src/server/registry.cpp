#include "src/server/registry.hpp"

namespace wats::server {

std::size_t Registry::find(std::string_view id) const {
  std::size_t index = 0;
  while (index < operations_.size() && operations_[index].card->id != id) ++index;
  return index;
}

Registry all_operations() {
  Registry registry;
  add_app_operations(registry);
  add_product_operations(registry);
  add_production_operations(registry);
  add_report_operations(registry);
  return registry;
}

}  // namespace wats::server
