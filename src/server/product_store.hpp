// Products and revisions in the database.
#pragma once

#include "src/server/presence.hpp"
#include "src/server/request.hpp"
#include "src/server/writer.hpp"
#include "wats/model/product.hpp"

namespace wats::server {

/// Adds or updates a product by the rules of api/overlay.yaml (product_save); answers the product as stored.
[[nodiscard]] Reply save_product(Transaction& transaction, const Product& sent, const ProductNames& names);

}  // namespace wats::server
