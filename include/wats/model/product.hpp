// Products and their revisions.
#pragma once

#include "wats/model/fields.hpp"
#include "wats/model/json.hpp"
#include "wats/model/maybe.hpp"
#include "wats/model/setting.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace wats {

/// Whether a product or revision is in use. Open: further numbers are kept.
enum class ProductState : std::int32_t { inactive = 0, active = 1 };

/// A revision of a product. *Source*: ProductRevision in api/product.yaml.
class ProductRevision : public Record {
 public:
  ProductRevision() = default;
  explicit ProductRevision(std::string revision_text) : revision(std::move(revision_text)) {}

  std::string revision;
  Maybe<std::string> name;
  Maybe<std::string> description;
  ProductState state = ProductState::active;
  /// UUID given by the server; absent to add.
  Maybe<std::string> product_revision_id;
  Maybe<std::string> product_id;
  /// User data as the text of an XML document.
  Maybe<std::string> xml_data;
  Maybe<std::string> part_number;
  /// The entries of xml_data.
  std::vector<Setting> tags;

  using Self = ProductRevision;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(revision).required(), WATS_FIELD(name), WATS_FIELD(description),
                      WATS_FIELD(state), WATS_FIELD(product_revision_id), WATS_FIELD(product_id),
                      WATS_FIELD(xml_data), WATS_FIELD(part_number), WATS_FIELD(tags));
  }
  friend bool operator==(const ProductRevision&, const ProductRevision&) = default;
};

/// A product with its revisions. *Source*: Product in api/product.yaml.
class Product : public Record {
 public:
  Product() = default;
  explicit Product(std::string number) : part_number(std::move(number)) {}

  std::string part_number;
  Maybe<std::string> name;
  Maybe<std::string> description;
  /// True if no units with serial numbers can exist.
  bool non_serial = false;
  ProductState state = ProductState::active;
  /// UUID given by the server; absent to add.
  Maybe<std::string> product_id;
  /// User data as the text of an XML document.
  Maybe<std::string> xml_data;
  Maybe<std::string> product_category_id;
  /// Name of the category; read-only.
  Maybe<std::string> product_category_name;
  std::vector<ProductRevision> revisions;
  /// The entries of xml_data.
  std::vector<Setting> tags;

  using Self = Product;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(part_number).required(), WATS_FIELD(name), WATS_FIELD(description),
                      WATS_FIELD(non_serial), WATS_FIELD(state), WATS_FIELD(product_id), WATS_FIELD(xml_data),
                      WATS_FIELD(product_category_id), WATS_FIELD(product_category_name).also("category"),
                      WATS_FIELD(revisions), WATS_FIELD(tags));
  }
  friend bool operator==(const Product&, const Product&) = default;
};

/// Row of the product list: a type of its own, since storing it as a Product would lose everything it lacks.
/// *Source*: ProductView in api/product.yaml.
class ProductView : public Record {
 public:
  ProductView() = default;

  std::string part_number;
  Maybe<std::string> name;
  Maybe<std::string> category;
  bool non_serial = false;
  ProductState state = ProductState::active;

  using Self = ProductView;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(part_number).required(), WATS_FIELD(name), WATS_FIELD(category),
                      WATS_FIELD(non_serial), WATS_FIELD(state));
  }
  friend bool operator==(const ProductView&, const ProductView&) = default;
};

}  // namespace wats
