// A product read with simdjson by hand: what somebody would write who knows these two types. Short, and
// without the codec's checks.
#pragma once

#include "wats/model/product.hpp"

#include <simdjson.h>

#include <string_view>

namespace bench {

namespace ondemand = simdjson::ondemand;

inline std::string_view text_of(ondemand::value value) {
  return value.get_string().value_unsafe();
}

template <class T>
void assign(wats::Maybe<T>& member, ondemand::value value) {
  if (value.is_null().value_unsafe()) {
    member = wats::null;
  } else {
    member.emplace(text_of(value));
  }
}

inline wats::ProductRevision revision_by_hand(ondemand::object object) {
  wats::ProductRevision revision;
  for (auto field : object) {
    const std::string_view key = field.unescaped_key().value_unsafe();
    ondemand::value value = field.value().value_unsafe();
    if (key == "revision")
      revision.revision = text_of(value);
    else if (key == "name")
      assign(revision.name, value);
    else if (key == "description")
      assign(revision.description, value);
    else if (key == "state")
      revision.state = static_cast<wats::ProductState>(value.get_int64().value_unsafe());
    else if (key == "productRevisionId")
      assign(revision.product_revision_id, value);
    else if (key == "productId")
      assign(revision.product_id, value);
    else if (key == "xmlData")
      assign(revision.xml_data, value);
    else if (key == "partNumber")
      assign(revision.part_number, value);
  }
  return revision;
}

inline wats::Product product_by_hand(ondemand::parser& parser, simdjson::padded_string_view text) {
  wats::Product product;
  ondemand::document document = parser.iterate(text).value_unsafe();
  for (auto field : document.get_object().value_unsafe()) {
    const std::string_view key = field.unescaped_key().value_unsafe();
    ondemand::value value = field.value().value_unsafe();
    if (key == "partNumber")
      product.part_number = text_of(value);
    else if (key == "name")
      assign(product.name, value);
    else if (key == "description")
      assign(product.description, value);
    else if (key == "nonSerial")
      product.non_serial = value.get_bool().value_unsafe();
    else if (key == "state")
      product.state = static_cast<wats::ProductState>(value.get_int64().value_unsafe());
    else if (key == "productId")
      assign(product.product_id, value);
    else if (key == "xmlData")
      assign(product.xml_data, value);
    else if (key == "productCategoryId")
      assign(product.product_category_id, value);
    else if (key == "productCategoryName")
      assign(product.product_category_name, value);
    else if (key == "revisions") {
      for (auto item : value.get_array().value_unsafe()) {
        product.revisions.push_back(revision_by_hand(item.get_object().value_unsafe()));
      }
    }
  }
  return product;
}

}  // namespace bench
