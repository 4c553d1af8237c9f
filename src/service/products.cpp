#include "wats/service/products.hpp"

#include "wats/op/product.hpp"

#include <utility>

namespace wats {

Call<Product> ProductService::find(std::string_view part_number) const {
  return caller_.call(op::ProductGet(std::string(part_number)));
}

Call<ProductRevision> ProductService::find_revision(std::string_view part_number,
                                                    std::string_view revision) const {
  return caller_.call(op::ProductGetRevisionByPath(std::string(part_number), std::string(revision)));
}

Call<std::vector<ProductView>> ProductService::list() const {
  return caller_.call(op::ProductList());
}

Call<std::vector<ProductView>> ProductService::query(Filter filter, std::optional<std::int32_t> top) const {
  op::ProductList request;
  request.filter = std::move(filter);
  request.top = top;
  return caller_.call(std::move(request));
}

Call<Product> ProductService::create(Product product) const {
  product.product_id.reset();
  return caller_.call(op::ProductSave(std::move(product)));
}

Call<Product> ProductService::update(Product product) const {
  if (product.product_id.value_or("").empty()) {
    return caller_.refuse(
        op::ProductSave(std::move(product)),
        Error(Errc::invalid_argument,
              "the product has no product_id, so the server would add one: read it first, or use create()"));
  }
  return caller_.call(op::ProductSave(std::move(product)));
}

}  // namespace wats
