// RecordTable: the members of one record for the JSON codec, with their names ready for comparing and
// writing.
#pragma once

#include "wats/model/fields.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wats::model::detail {

struct ValueType;

/// One member as fields() tells it.
struct MemberSpec {
  std::string_view name;
  std::string_view wire;
  std::string_view alias;
  const ValueType* type;
  std::size_t offset;
  bool is_required;
};

struct Member {
  const ValueType* type;
  std::size_t offset;
  bool is_required;
  std::array<std::string, 2> names;  ///< on the wire, by Naming
  std::array<std::string, 2> keys;   ///< `,"name":`, by Naming
  std::string alias;
};

class RecordTable {
 public:
  /// More members would not fit the reader's set of members seen.
  static constexpr std::size_t max_members = 64;

  /// *prototype* points to a default value of the record, for ever.
  explicit RecordTable(const void* prototype) : prototype_(static_cast<const std::byte*>(prototype)) {}

  void add(const MemberSpec& spec);
  void set_unknown(std::size_t offset) { unknown_ = offset; }

  [[nodiscard]] const std::vector<Member>& members() const noexcept { return members_; }
  /// Bit i is set when member i is required.
  [[nodiscard]] std::uint64_t required() const noexcept { return required_; }
  /// Where the record keeps members it does not know; empty: they are dropped.
  [[nodiscard]] std::optional<std::size_t> unknown() const noexcept { return unknown_; }
  /// The default value of a member.
  [[nodiscard]] const void* default_of(const Member& member) const noexcept {
    return prototype_ + member.offset;
  }

  /// The member whose name in *naming* stands at *key*, ended by a quote; *first* is tried first.
  /// Eight bytes from *key* on, and as many as the longest name has, must be readable (json_padding).
  /// Gives members().size() when there is none.
  [[nodiscard]] std::size_t find_exact(const char* key, Naming naming, std::size_t first) const noexcept;
  /// The same by the text of the name, in either naming or by alias, whatever the case.
  [[nodiscard]] std::size_t find_ignoring_case(std::string_view name) const noexcept;

 private:
  /// A name made for one comparison of eight bytes; the closing quote is part of it.
  struct Head {
    std::uint64_t bytes;
    std::uint64_t mask;
    const char* rest;  ///< what follows the first eight bytes
    std::size_t rest_size;
  };
  [[nodiscard]] static bool matches(const Head& head, const char* key) noexcept;
  void make_heads();

  const std::byte* prototype_;
  std::vector<Member> members_;
  std::array<std::vector<Head>, 2> heads_;
  std::uint64_t required_ = 0;
  std::optional<std::size_t> unknown_;
};

}  // namespace wats::model::detail
