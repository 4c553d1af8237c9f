// Settings that can't work are refused before anything is tried.
#pragma once

#include "wats/cache_redis/redis_level.hpp"

#include <string_view>

namespace wats::cache::redis {

/// Throws std::invalid_argument with what is wrong and what would do.
void check(const RedisSettings& settings);

[[nodiscard]] bool is_loopback(std::string_view host) noexcept;

}  // namespace wats::cache::redis
