// Ranges of bytes: what a request asks for, and what a stored part of an answer gives.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace wats::policy {

/// One range of a Range field.
struct ByteRange {
  enum class Form : std::uint8_t {
    between,  ///< bytes=first-last
    from,     ///< bytes=first-
    suffix,   ///< bytes=-last: so many at the end
  };
  Form form = Form::from;
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// *Errors*: nothing for another unit, several ranges, or what is no range: such a field is ignored.
/// *Source*: RFC 9110 section 14.1.
[[nodiscard]] std::optional<ByteRange> parse_range(std::string_view value) noexcept;

/// What Content-Range says of a part.
struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  /// Bytes of the whole; nothing for `*`.
  std::optional<std::uint64_t> complete{};

  friend bool operator==(const ContentRange&, const ContentRange&) = default;
};

/// *Errors*: nothing for another unit, for `bytes */n` of a 416 and for what contradicts itself.
[[nodiscard]] std::optional<ContentRange> parse_content_range(std::string_view value) noexcept;

/// What is stored of an answer's content.
struct StoredPart {
  /// Position of the first stored byte in the whole.
  std::uint64_t first = 0;
  /// Bytes stored.
  std::uint64_t length = 0;
  std::optional<std::uint64_t> complete{};
  /// The last stored byte is the last of the whole.
  bool reaches_end = false;

  friend bool operator==(const StoredPart&, const StoredPart&) = default;
};

/// The content of a 200.
[[nodiscard]] StoredPart whole_content(std::uint64_t length) noexcept;

/// The content of a 206. Where the number of bytes that came differs from what Content-Range says, the place
/// of the first and whether it is the end are taken from there, the length from what came.
[[nodiscard]] StoredPart partial_content(const ContentRange& range, std::uint64_t length) noexcept;

/// What a stored part gives for a range.
struct RangeAnswer {
  enum class Kind : std::uint8_t {
    contained,
    not_contained,    ///< ask the server
    not_satisfiable,  ///< 416: it lies behind the end
  };
  Kind kind = Kind::not_contained;
  /// Where the wanted bytes begin in what is stored, and how many: at least 1, never beyond what is stored.
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  /// Position of the first of them in the whole, for Content-Range.
  std::uint64_t first = 0;

  friend bool operator==(const RangeAnswer&, const RangeAnswer&) = default;
};

/// *Source*: RFC 9110 section 14.1.2, RFC 9111 section 3.3.
[[nodiscard]] RangeAnswer resolve_range(const ByteRange& range, const StoredPart& part) noexcept;

}  // namespace wats::policy
