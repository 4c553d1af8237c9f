// World: the names that one sequence plays with, and what the server is known to keep under them.
#pragma once

#include "wats/model/codec.hpp"
#include "wats/model/product.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace wats::testing {

/// Nothing that another sequence uses, so that many may use one server. *Thread safety*: any thread.
class World {
 public:
  /// *number*: differs for all that use a server. *products*, *units*: how many names there are; few names
  /// have reads and writes meet.
  World(std::uint32_t number, std::size_t products, std::size_t units) : products_(products), units_(units) {
    char text[16];
    std::snprintf(text, sizeof text, "%08x", number);
    number_ = text;
  }

  /// What all part numbers and serial numbers begin with.
  [[nodiscard]] std::string prefix() const { return "S" + number_ + "-"; }
  /// What the ids of all reports begin with.
  [[nodiscard]] const std::string& report_prefix() const { return number_; }

  [[nodiscard]] std::size_t products() const { return products_; }
  [[nodiscard]] std::size_t units() const { return units_; }
  [[nodiscard]] std::string part_number(std::size_t index) const {
    return prefix() + "P" + std::to_string(index);
  }
  [[nodiscard]] std::string serial_number(std::size_t index) const {
    return prefix() + "U" + std::to_string(index);
  }
  [[nodiscard]] static std::string revision(std::size_t index) { return "R" + std::to_string(index); }
  /// A report of one unit of one product keeps to them: its id says which.
  [[nodiscard]] std::string report_id(std::size_t unit, std::size_t product, std::size_t index) const {
    char text[64];
    std::snprintf(text, sizeof text, "-%04zx-4%03zx-8000-%012zx", unit, product, index);
    return number_ + text;
  }
  /// A text that nothing had before.
  [[nodiscard]] std::string news() { return "news " + std::to_string(++news_); }

  /// As the server keeps it now.
  [[nodiscard]] std::optional<Product> product(const std::string& part_number) const {
    const std::lock_guard lock(mutex_);
    const auto found = stored_.find(part_number);
    return found == stored_.end() ? std::nullopt : std::optional(found->second);
  }
  /// The server has answered a save.
  void saved(std::string_view body) {
    auto product = model::from_json<Product>(body);
    if (!product || !product->product_id) return;
    const std::lock_guard lock(mutex_);
    std::erase_if(stored_, [&](const auto& each) { return each.second.product_id == product->product_id; });
    const std::string name = product->part_number;
    stored_.insert_or_assign(name, *std::move(product));
  }

 private:
  const std::size_t products_;
  const std::size_t units_;
  std::string number_;
  std::atomic<std::uint32_t> news_{0};
  mutable std::mutex mutex_;
  std::map<std::string, Product> stored_;
};

}  // namespace wats::testing
