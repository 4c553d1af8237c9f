// Cards of the product domain.
#pragma once

#include "wats/model/filter.hpp"
#include "wats/model/product.hpp"
#include "wats/op/card.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace wats::op {

/// Products, one short row each. Without a filter the server stops at 1000 rows without saying so.
struct ProductList {
  using Answer = std::vector<ProductView>;
  static constexpr Card card{.id = "product_list",
                             .summary = "List products, one short row each",
                             .method = Method::get,
                             .path = "/api/Product/Query",
                             .cache_class = CacheClass::slow};
  /// Rows that the server answers at most when no filter is given.
  static constexpr std::size_t unfiltered_limit = 1000;

  ProductList() = default;

  std::optional<Filter> filter;
  std::optional<std::int32_t> top;

  [[nodiscard]] Idempotency idempotency() const { return Idempotency::safe; }
  template <class Out>
  void tags(Out&& out) const {
    out("products", "");
  }
  [[nodiscard]] bool truncated(const Answer& rows) const {
    return (!filter && rows.size() == unfiltered_limit) ||
           (top && *top >= 0 && rows.size() == static_cast<std::size_t>(*top));
  }

  using Self = ProductList;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(filter).named("$filter").in_query().about(
                          "OData filter, for example PartNumber eq 'PN-1'"),
                      WATS_FIELD(top).named("$top").in_query().about("most rows to answer"));
  }
};

/// One product with revisions and tags.
struct ProductGet {
  using Answer = Product;
  static constexpr Card card{.id = "product_get",
                             .summary = "One product with revisions and tags",
                             .method = Method::get,
                             .path = "/api/Product/{partNumber}",
                             .cache_class = CacheClass::slow};

  ProductGet() = default;
  explicit ProductGet(std::string number) : part_number(std::move(number)) {}

  std::string part_number;

  [[nodiscard]] Idempotency idempotency() const { return Idempotency::safe; }
  template <class Out>
  void tags(Out&& out) const {
    out("product", part_number);
  }
  /// A save by id may rename the product: the part number alone would miss it.
  template <class Out>
  static void answer_tags(const Answer& product, Out&& out) {
    if (product.product_id) out("product-id", same_in_any_case(*product.product_id));
  }

  using Self = ProductGet;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(part_number).in_path().about("part number"));
  }
};

/// One revision. Real servers fail for revisions with a dot in this form: ProductGet has them all.
struct ProductGetRevisionByPath {
  using Answer = ProductRevision;
  static constexpr Card card{.id = "product_get_revision_by_path",
                             .summary = "One revision of a product",
                             .method = Method::get,
                             .path = "/api/Product/{partNumber}/{revision}",
                             .cache_class = CacheClass::slow};

  ProductGetRevisionByPath() = default;
  ProductGetRevisionByPath(std::string number, std::string revision_text)
      : part_number(std::move(number)), revision(std::move(revision_text)) {}

  std::string part_number;
  std::string revision;

  [[nodiscard]] Idempotency idempotency() const { return Idempotency::safe; }
  template <class Out>
  void tags(Out&& out) const {
    out("product", part_number);
  }
  template <class Out>
  static void answer_tags(const Answer& answer, Out&& out) {
    if (answer.product_id) out("product-id", same_in_any_case(*answer.product_id));
  }

  using Self = ProductGetRevisionByPath;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(part_number).in_path().about("part number"),
                      WATS_FIELD(revision).in_path().about("revision text"));
  }
};

/// Creates a product, or updates the one whose productId is given.
struct ProductSave {
  using Answer = Product;
  static constexpr Card card{.id = "product_save",
                             .summary = "Create or update one product",
                             .method = Method::put,
                             .path = "/api/Product",
                             .cache_class = CacheClass::never,
                             .body = BodyKind::json};

  ProductSave() = default;
  explicit ProductSave(Product value) : product(std::move(value)) {}

  Product product;

  /// Without productId the server adds: a repeat would add twice.
  [[nodiscard]] Idempotency idempotency() const {
    return !product.product_id.value_or("").empty() ? Idempotency::by_key : Idempotency::unsafe;
  }
  template <class Out>
  void tags(Out&& out) const {
    out("products", "");
    out("product", product.part_number);
    if (product.product_id) out("product-id", same_in_any_case(*product.product_id));
  }

  using Self = ProductSave;
  static constexpr auto fields() { return std::tuple(WATS_FIELD(product).as_body().about("the product")); }
};

}  // namespace wats::op
