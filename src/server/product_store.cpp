#include "src/server/product_store.hpp"

#include "src/server/ids.hpp"
#include "src/server/json_text.hpp"
#include "src/server/row.hpp"
#include "wats/model/codec.hpp"

#include <algorithm>
#include <optional>

namespace wats::server {
namespace {

constexpr std::size_t longest_text = 100;

/// Members that the rules below decide instead of a plain copy.
const Names product_kept = {"productid", "revisions", "tags"};
const Names revision_kept = {"productrevisionid", "productid", "partnumber", "tags"};

std::optional<Reply> problem_of(const Product& sent) {
  if (sent.part_number.empty()) return error_reply(400, "partNumber: must not be empty");
  if (sent.part_number.size() > longest_text)
    return error_reply(400, "partNumber: longer than 100 characters");
  for (std::size_t i = 0; i < sent.revisions.size(); ++i) {
    const auto& revision = sent.revisions[i];
    const std::string where = "revisions[" + std::to_string(i) + "].";
    if (revision.revision.empty()) return error_reply(400, where + "revision: must not be empty");
    if (revision.revision.size() > longest_text) {
      return error_reply(400, where + "revision: longer than 100 characters");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (sent.revisions[j].revision == revision.revision) {
        return error_reply(400, where + "revision: " + revision.revision + " stands in the list twice");
      }
    }
  }
  return std::nullopt;
}

std::optional<Product> find_product(Database& database, std::string_view sql, std::string_view key) {
  auto row = database.prepare(sql);
  row.bind(key);
  if (!row.next()) return std::nullopt;
  auto product = model::from_json<Product>(row.text(0));
  if (!product) throw std::runtime_error(product.error().what());
  return *std::move(product);
}

void merge_tags(std::vector<Setting>& stored, const std::vector<Setting>& sent) {
  for (const auto& tag : sent) {
    const auto same_key = [&](const Setting& other) { return other.key == tag.key; };
    const bool remove = tag.change && *tag.change == ChangeType::remove;
    const auto found = std::ranges::find_if(stored, same_key);
    if (remove) {
      if (found != stored.end()) stored.erase(found);
      continue;
    }
    Setting kept = tag;
    kept.change.reset();
    if (found == stored.end())
      stored.push_back(std::move(kept));
    else
      *found = std::move(kept);
  }
}

/// The stored revision that a sent one means: by id when it has one, else by its text.
std::vector<ProductRevision>::iterator meant(std::vector<ProductRevision>& stored,
                                             const ProductRevision& sent) {
  return std::ranges::find_if(stored, [&](const ProductRevision& revision) {
    return sent.product_revision_id
               ? same_letters(*sent.product_revision_id, revision.product_revision_id.value_or(""))
               : sent.revision == revision.revision;
  });
}

std::optional<Reply> merge_revisions(Product& stored, const Product& sent, const ProductNames& names) {
  for (std::size_t i = 0; i < sent.revisions.size(); ++i) {
    const auto& revision = sent.revisions[i];
    const std::string where = "revisions[" + std::to_string(i) + "]";
    auto target = meant(stored.revisions, revision);
    if (target == stored.revisions.end()) {
      if (revision.product_revision_id) {
        return error_reply(400, where + ".productRevisionId: the product has no such revision");
      }
      target = stored.revisions.insert(target, ProductRevision(revision.revision));
      target->product_revision_id = new_uuid();
    }
    const auto namesake = std::ranges::find(stored.revisions, revision.revision, &ProductRevision::revision);
    if (namesake != stored.revisions.end() && namesake != target) {
      return error_reply(409,
                         where + ".revision: " + revision.revision + " is another revision of the product");
    }
    merge(*target, revision, i < names.revisions.size() ? names.revisions[i] : Names(), revision_kept);
    merge_tags(target->tags, revision.tags);
  }
  return std::nullopt;
}

/// The server spells the part number of a revision unlike everything else.
void spell_part_number(Product& product) {
  for (auto& revision : product.revisions) {
    revision.product_id = product.product_id;
    revision.part_number.reset();
    UnknownMembers unknown;
    for (const auto& [name, value] : revision.unknown.all()) {
      if (!same_letters(name, "partNumber")) unknown.add(name, value);
    }
    unknown.add("PartNumber", Json::trusted(json_string(product.part_number)));
    revision.unknown = std::move(unknown);
  }
}

void store_revisions(Transaction& transaction, const Product& product, const std::string& old_part_number) {
  auto& database = transaction.database();
  for (const auto& revision : product.revisions) {
    const auto doc = model::to_json(revision);
    const auto& id = *revision.product_revision_id;
    std::string old_text;
    {
      auto row = database.prepare("SELECT doc, revision FROM revisions WHERE product_revision_id = ?");
      row.bind(id);
      if (row.next()) {
        if (row.text(0) == doc) continue;
        old_text = row.text(1);
      }
    }
    if (!old_text.empty() && (old_text != revision.revision || old_part_number != product.part_number)) {
      transaction.deleted("revisions", std::string(old_part_number).append("/").append(old_text));
    }
    {
      auto drop = database.prepare("DELETE FROM revisions WHERE product_revision_id = ?");
      drop.bind(id).run();
    }
    auto insert = database.prepare(
        "INSERT INTO revisions(product_id, revision, product_revision_id, doc) VALUES(?,?,?,?)");
    insert.bind(*product.product_id).bind(revision.revision).bind(id).bind(doc).run();
    transaction.changed("revisions", product.part_number + "/" + revision.revision, doc);
  }
}

Reply store(Transaction& transaction, Product product, const std::string& old_part_number) {
  spell_part_number(product);
  auto doc = model::to_json(product);
  {
    auto upsert = transaction.database().prepare(
        "INSERT INTO products(product_id, part_number, name, category, non_serial, state, doc) "
        "VALUES(?,?,?,?,?,?,?)"
        " ON CONFLICT(product_id) DO UPDATE SET part_number=excluded.part_number, name=excluded.name,"
        " category=excluded.category, non_serial=excluded.non_serial, state=excluded.state, "
        "doc=excluded.doc");
    upsert.bind(*product.product_id).bind(product.part_number);
    bind_value(upsert, product.name);
    bind_value(upsert, product.product_category_name);
    upsert.bind(std::int64_t{product.non_serial})
        .bind(static_cast<std::int64_t>(product.state))
        .bind(doc)
        .run();
  }
  if (!old_part_number.empty() && old_part_number != product.part_number) {
    transaction.deleted("products", old_part_number);
  }
  transaction.changed("products", product.part_number, doc);
  store_revisions(transaction, product, old_part_number);
  return json_reply(std::move(doc));
}

}  // namespace

Reply save_product(Transaction& transaction, const Product& sent, const ProductNames& names) {
  if (auto problem = problem_of(sent)) return *std::move(problem);
  auto& database = transaction.database();
  const bool updates = sent.product_id && !sent.product_id->empty();
  const auto id = updates ? lower(*sent.product_id) : new_uuid();
  auto stored = find_product(database, "SELECT doc FROM products WHERE product_id = ?", id);
  if (updates && !stored) return error_reply(404, "productId: there is no product " + id);
  const auto namesake =
      find_product(database, "SELECT doc FROM products WHERE part_number = ?", sent.part_number);
  if (namesake && namesake->product_id != id) {
    return error_reply(409, "a product with the part number " + sent.part_number +
                                " exists; give its productId to change it");
  }
  const std::string old_part_number = stored ? stored->part_number : "";
  Product product = stored ? *std::move(stored) : Product(sent.part_number);
  product.product_id = id;
  merge(product, sent, names.product, product_kept);
  merge_tags(product.tags, sent.tags);
  if (auto problem = merge_revisions(product, sent, names)) return *std::move(problem);
  return store(transaction, std::move(product), old_part_number);
}

}  // namespace wats::server
