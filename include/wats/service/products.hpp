// Products and their revisions, as a user asks for them.
#pragma once

#include "wats/core/call.hpp"
#include "wats/model/filter.hpp"
#include "wats/model/product.hpp"
#include "wats/service/caller.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wats {

/// *Thread safety*: any thread. *Lifetime*: may outlive the client; its calls then fail with Errc::closed.
class ProductService {
 public:
  explicit ProductService(Caller caller) noexcept : caller_(std::move(caller)) {}

  /// One product with its revisions and tags.
  /// *Errors*: Errc::not_found. *Cached*: slow; tag product. *Source*: product_get.
  [[nodiscard]] Call<Product> find(std::string_view part_number) const;

  /// One revision. Servers fail here for revisions with a dot: find() has them all.
  /// *Errors*: Errc::not_found. *Cached*: slow; tag product. *Source*: product_get_revision_by_path.
  [[nodiscard]] Call<ProductRevision> find_revision(std::string_view part_number,
                                                    std::string_view revision) const;

  /// All products, one short row each; the server stops at 1000, then the answer is truncated().
  /// *Cached*: slow; tag products. *Source*: product_list.
  [[nodiscard]] Call<std::vector<ProductView>> list() const;

  /// Products that match, at most *top* rows.
  /// *Cached*: slow; tag products. *Source*: product_list.
  [[nodiscard]] Call<std::vector<ProductView>> query(Filter filter,
                                                     std::optional<std::int32_t> top = std::nullopt) const;

  /// Adds a product; gives it back as stored, with its id.
  /// *Errors*: Errc::conflict when the part number exists. *Idempotent*: no. *Source*: product_save.
  [[nodiscard]] Call<Product> create(Product product) const;

  /// Changes the product whose product_id is set. Absent members stay, null ones are cleared.
  /// *Errors*: Errc::invalid_argument without product_id, since the server would add a product;
  /// Errc::not_found. *Idempotent*: by its id. *Source*: product_save.
  [[nodiscard]] Call<Product> update(Product product) const;

 private:
  Caller caller_;
};

}  // namespace wats
