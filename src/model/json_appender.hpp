// JSON text grows here: a string written through a bare pointer, so that a member costs one copy.
#pragma once

#include "wats/model/timestamp.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace wats::model::detail {

/// Appends to a string; the string holds what was appended once the appender is gone.
class JsonAppender {
 public:
  explicit JsonAppender(std::string& out) : out_(out), size_(out.size()) { grow(0); }
  ~JsonAppender() { out_.resize(size_); }
  JsonAppender(const JsonAppender&) = delete;
  JsonAppender& operator=(const JsonAppender&) = delete;

  /// As it stands.
  void raw(std::string_view text) { size_ += text.copy(room(text.size()), text.size()); }
  void raw(char c) {
    *room(1) = c;
    ++size_;
  }
  /// In quotes, escaped; bytes that are not UTF-8 become U+FFFD.
  void text(std::string_view text);
  void number(std::int64_t value);
  /// The shortest form that reads back as the same double; NaN and the infinities as texts.
  void number(double value);
  void time(const Timestamp& value);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  [[nodiscard]] char* room(std::size_t bytes) {
    if (out_.size() - size_ < bytes) grow(bytes);
    return out_.data() + size_;
  }
  void grow(std::size_t bytes);
  void escaped(const char* from, const char* end);

  std::string& out_;
  std::size_t size_;
};

}  // namespace wats::model::detail
