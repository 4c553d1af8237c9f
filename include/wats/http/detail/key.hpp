// The key of a stored answer, made from an operation's typed fields without building its URL.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wats::http::detail {

/// Text that is put together in place; only keys beyond the inline room touch the heap.
class Key {
 public:
  void append(std::string_view text) {
    if (spilled_.empty() && size_ + text.size() <= inline_.size()) {
      std::memcpy(inline_.data() + size_, text.data(), text.size());
      size_ += text.size();
      return;
    }
    if (spilled_.empty()) spilled_.assign(inline_.data(), size_);
    spilled_.append(text);
  }
  /// One part of the key; parts can't run into each other, whatever they hold.
  void part(std::string_view text) {
    const auto length = static_cast<std::uint32_t>(text.size());
    std::array<char, 5> head{'='};
    std::memcpy(head.data() + 1, &length, sizeof length);
    append({head.data(), head.size()});
    append(text);
  }
  void absent() { append("-"); }

  [[nodiscard]] std::string_view view() const noexcept {
    return spilled_.empty() ? std::string_view(inline_.data(), size_) : std::string_view(spilled_);
  }

 private:
  std::array<char, 120> inline_{};
  std::size_t size_ = 0;
  std::string spilled_;
};

/// What stands between the secret part of a key of the second level and the rest, which begins with a
/// version.
inline constexpr std::string_view level_key_begin = "/1/";

/// A key as people read it.
struct KeyParts {
  std::string operation;
  /// In the order of the operation's fields; "-" for what was not given.
  std::vector<std::string> fields;
};
/// Of a key of the second level; nothing when it is none.
[[nodiscard]] std::optional<KeyParts> parts_of(std::string_view level_key);

}  // namespace wats::http::detail
