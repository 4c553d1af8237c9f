// The directives that we know, by name.
#pragma once

#include "src/policy/text.hpp"
#include "wats/policy/cache_control.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace wats::policy::detail {

struct NumberName {
  std::string_view name;
  std::optional<DeltaSeconds> Directives::* member;
};
inline constexpr std::array number_names{
    NumberName{"max-age", &Directives::max_age},
    NumberName{"s-maxage", &Directives::s_maxage},
    NumberName{"stale-while-revalidate", &Directives::stale_while_revalidate},
    NumberName{"stale-if-error", &Directives::stale_if_error},
    NumberName{"max-stale", &Directives::max_stale},
    NumberName{"min-fresh", &Directives::min_fresh},
};

struct FlagName {
  std::string_view name;
  bool Directives::* member;
  /// It allows something: with a value, which none of them has, it is not the one we know.
  bool allows = false;
};
inline constexpr std::array flag_names{
    FlagName{"no-store", &Directives::no_store},
    FlagName{"public", &Directives::is_public, true},
    FlagName{"only-if-cached", &Directives::only_if_cached},
    FlagName{"must-revalidate", &Directives::must_revalidate},
    FlagName{"proxy-revalidate", &Directives::proxy_revalidate},
    FlagName{"immutable", &Directives::immutable, true},
    FlagName{"must-understand", &Directives::must_understand, true},
};

/// The entry of that name; null: there is none.
template <class Names>
[[nodiscard]] constexpr const typename Names::value_type* find_name(const Names& names,
                                                                    std::string_view name) noexcept {
  for (const auto& known : names) {
    if (text::equal(known.name, name)) return &known;
  }
  return nullptr;
}

[[nodiscard]] constexpr DeltaSeconds delta_of(std::uint64_t number) noexcept {
  return DeltaSeconds(static_cast<std::uint32_t>(std::min<std::uint64_t>(number, longest_delta.count())));
}

}  // namespace wats::policy::detail
