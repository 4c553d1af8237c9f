// UUIDs as text: the shape of one, and new ones by chance.
#pragma once

#include <string>
#include <string_view>

namespace wats::model::detail {

/// 8-4-4-4-12 hexadecimal digits.
[[nodiscard]] bool is_uuid(std::string_view text) noexcept;
/// A random one (version 4) from the operating system's generator.
[[nodiscard]] std::string random_uuid();

}  // namespace wats::model::detail
