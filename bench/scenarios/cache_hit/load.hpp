// Keys, values and the order in which keys are asked for: the same for all that are compared.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace bench {

/// 100 bytes, of which the first tell whose value it is.
class Value {
 public:
  explicit Value(std::uint64_t id) { std::memcpy(bytes_.data(), &id, sizeof id); }
  [[nodiscard]] std::uint64_t id() const {
    std::uint64_t id = 0;
    std::memcpy(&id, bytes_.data(), sizeof id);
    return id;
  }

 private:
  std::array<char, 100> bytes_{};
};
using Pointer = std::shared_ptr<const Value>;

[[nodiscard]] inline Pointer make_value(std::uint64_t id) {
  return std::make_shared<const Value>(id);
}

/// 47 bytes: what the client's keys are like.
[[nodiscard]] std::string key_of(std::uint64_t number);

using Keys = std::vector<std::string>;
/// Of the numbers from *first*.
[[nodiscard]] Keys make_keys(std::size_t count, std::uint64_t first = 0);

/// 2^20 numbers below *count*, the n-th most frequent of them n^0.99 times less than the first. Which are
/// frequent is the same for all seeds; they lie anywhere.
[[nodiscard]] std::vector<std::uint32_t> zipf_draws(std::size_t count, std::uint64_t seed);

}  // namespace bench
