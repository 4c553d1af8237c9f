// The product domain.
#include "wats/op/product.hpp"

#include "src/server/odata.hpp"
#include "src/server/product_store.hpp"
#include "src/server/registry.hpp"
#include "src/server/row.hpp"

#include <algorithm>

namespace wats::server {
namespace {

Reply list_products(Database& database, const op::ProductList& request) {
  if (request.top && *request.top < 0) return error_reply(400, "$top must not be negative");
  static const auto columns = columns_of<ProductView>();
  SqlFilter filter;
  if (request.filter) {
    auto compiled = compile_filter(request.filter->text(), columns);
    if (!compiled) return error_reply(400, compiled.error().what());
    filter = *std::move(compiled);
  }
  std::int64_t limit = request.top.value_or(-1);
  constexpr auto unfiltered = static_cast<std::int64_t>(op::ProductList::unfiltered_limit);
  if (!request.filter) limit = limit < 0 ? unfiltered : std::min(limit, unfiltered);

  std::string sql = "SELECT part_number, name, category, non_serial, state FROM products";
  if (request.filter) sql += " WHERE " + filter.where;
  sql += " ORDER BY part_number LIMIT ?" + std::to_string(filter.params.size() + 1);
  auto rows = database.prepare(sql);
  for (const auto& value : filter.params) rows.bind_any(value);
  rows.bind(limit);

  std::string body = "[";
  ProductView view;
  while (rows.next()) {
    if (body.size() > 1) body.push_back(',');
    read_row(rows, view);
    model::append_json(body, view);
  }
  body.push_back(']');
  return json_reply(std::move(body));
}

Reply find_product(Database& database, const op::ProductGet& request) {
  auto row = database.prepare("SELECT doc FROM products WHERE part_number = ?");
  row.bind(request.part_number);
  if (!row.next()) return error_reply(404, "there is no product " + request.part_number);
  return json_reply(std::string(row.text(0)));
}

Reply find_revision(Database& database, const op::ProductGetRevisionByPath& request) {
  auto row = database.prepare(
      "SELECT r.doc FROM revisions r JOIN products p ON p.product_id = r.product_id"
      " WHERE p.part_number = ? AND r.revision = ?");
  row.bind(request.part_number).bind(request.revision);
  if (!row.next()) {
    return error_reply(404,
                       "there is no revision " + request.revision + " of product " + request.part_number);
  }
  return json_reply(std::string(row.text(0)));
}

Planned save(const std::string& body, const Settings&) {
  auto product = model::from_json<Product>(body);
  if (!product) return error_reply(400, "the product cannot be read: " + product.error().what());
  return [sent = *std::move(product), names = product_names(body)](Transaction& transaction) {
    return save_product(transaction, sent, names);
  };
}

}  // namespace

void add_product_operations(Registry& registry) {
  registry.read<op::ProductList>(list_products);
  registry.read<op::ProductGet>(find_product);
  registry.read<op::ProductGetRevisionByPath>(find_revision);
  registry.write_body<op::ProductSave>(save);
}

}  // namespace wats::server
