#include "bench/scenarios/cache_hit/load.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <random>

namespace bench {

std::string key_of(std::uint64_t number) {
  char text[64];
  std::snprintf(text, sizeof text, "/api/product/PN-%08llu/line-3/station/rev-002",
                static_cast<unsigned long long>(number));
  return text;
}

Keys make_keys(std::size_t count, std::uint64_t first) {
  Keys keys;
  keys.reserve(count);
  for (std::size_t i = 0; i < count; ++i) keys.push_back(key_of(first + i));
  return keys;
}

std::vector<std::uint32_t> zipf_draws(std::size_t count, std::uint64_t seed) {
  constexpr double exponent = 0.99;
  std::vector<double> up_to(count);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) up_to[i] = sum += std::pow(static_cast<double>(i + 1), -exponent);
  std::vector<std::uint32_t> of_rank(count);
  std::iota(of_rank.begin(), of_rank.end(), 0U);
  std::shuffle(of_rank.begin(), of_rank.end(), std::mt19937_64(1));
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> even(0, sum);
  std::vector<std::uint32_t> draws(std::size_t{1} << 20U);
  for (auto& draw : draws) {
    const auto rank = std::upper_bound(up_to.begin(), up_to.end(), even(random)) - up_to.begin();
    draw = of_rank[std::min(static_cast<std::size_t>(rank), count - 1)];
  }
  return draws;
}

}  // namespace bench
