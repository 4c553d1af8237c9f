// Setting: key and value, the JSON view of one entry of a record's user data.
#pragma once

#include "wats/model/fields.hpp"
#include "wats/model/json.hpp"
#include "wats/model/maybe.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace wats {

/// What a write wants done with a setting. Open: further numbers are kept.
enum class ChangeType : std::int32_t { none = 0, add = 1, update = 2, remove = 3 };

class Setting : public Record {
 public:
  Setting() = default;
  Setting(std::string setting_key, std::string setting_value)
      : key(std::move(setting_key)), value(std::move(setting_value)) {}

  std::string key;
  Maybe<std::string> value;
  /// Only meaningful in a write.
  Maybe<ChangeType> change;

  using Self = Setting;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(key).required(), WATS_FIELD(value), WATS_FIELD(change));
  }
  friend bool operator==(const Setting&, const Setting&) = default;
};

}  // namespace wats
