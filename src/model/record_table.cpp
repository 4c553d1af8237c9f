// How a record's members are found by their names.
#include "wats/model/detail/record_table.hpp"

#include "src/model/letters.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace wats::model::detail {
namespace {

constexpr std::size_t head_size = sizeof(std::uint64_t);
// What may be compared behind a key that stands at the very end of the text: json_padding less the quote.
constexpr std::size_t longest_exact = 63;

}  // namespace

void RecordTable::add(const MemberSpec& spec) {
  assert(members_.size() < max_members && "split the record: the reader counts members in 64 bits");
  Member member{.type = spec.type,
                .offset = spec.offset,
                .is_required = spec.is_required,
                .names = {},
                .keys = {},
                .alias = std::string(spec.alias)};
  for (const Naming naming : {Naming::camel, Naming::pascal}) {
    const auto n = static_cast<std::size_t>(naming);
    member.names[n] = spec.wire.empty() ? wire_name(spec.name, naming) : std::string(spec.wire);
    member.keys[n] = ",\"" + member.names[n] + "\":";
  }
  if (spec.is_required) required_ |= std::uint64_t{1} << members_.size();
  members_.push_back(std::move(member));
  make_heads();
}

void RecordTable::make_heads() {
  // From scratch after each member: moving members moves short names, which live inside their strings.
  for (std::size_t n = 0; n < heads_.size(); ++n) {
    heads_[n].clear();
    for (const Member& member : members_) {
      // The key with its closing quote, as it stands in a text: without `,"` before and `:` behind.
      const std::string_view quoted = std::string_view(member.keys[n]).substr(2, member.names[n].size() + 1);
      Head head{.bytes = 0, .mask = 0, .rest = nullptr, .rest_size = 0};
      const std::size_t size = std::min(quoted.size(), head_size);
      std::memcpy(&head.bytes, quoted.data(), size);
      std::memset(&head.mask, 0xff, size);
      head.rest = quoted.data() + size;
      head.rest_size = quoted.size() - size;
      if (member.names[n].size() > longest_exact)
        head.mask = 0, head.bytes = 1;  // never equal: by letters only
      heads_[n].push_back(head);
    }
  }
}

bool RecordTable::matches(const Head& head, const char* key) noexcept {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, key, head_size);
  return (bytes & head.mask) == head.bytes && std::memcmp(key + head_size, head.rest, head.rest_size) == 0;
}

std::size_t RecordTable::find_exact(const char* key, Naming naming, std::size_t first) const noexcept {
  const auto& heads = heads_[static_cast<std::size_t>(naming)];
  // Servers write members in one order, so the next one is nearly always the one after the last.
  for (std::size_t i = first; i < heads.size(); ++i) {
    if (matches(heads[i], key)) return i;
  }
  for (std::size_t i = 0; i < first; ++i) {
    if (matches(heads[i], key)) return i;
  }
  return heads.size();
}

std::size_t RecordTable::find_ignoring_case(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const Member& member = members_[i];
    if (same_letters(member.names[0], name) || same_letters(member.names[1], name) ||
        (!member.alias.empty() && same_letters(member.alias, name))) {
      return i;
    }
  }
  return members_.size();
}

}  // namespace wats::model::detail
