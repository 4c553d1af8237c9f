// Keeps the entries of a shard in chunks that never move, numbered densely, with the links of a recency list.
#pragma once

#include "wats/cache/detail/index.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace wats::cache::detail {

/// The place of an entry in a list.
struct Links {
  Number previous = no_number;
  Number next = no_number;
};

/// A pool of T addressed by number; each has room for the links of the list that the eviction policy keeps.
/// Freed numbers are used again first.
template <class T>
class Slab {
 public:
  Slab() = default;
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;
  ~Slab() {
    for (Number number = 0; number < used_; ++number) {
      if (is_live(number)) std::destroy_at(&(*this)[number]);
    }
  }

  void swap(Slab& other) noexcept {
    chunks_.swap(other.chunks_);
    std::swap(used_, other.used_);
    std::swap(free_, other.free_);
  }

  /// Errors: throws what the allocation or T's constructor throws, and is then unchanged.
  template <class... Args>
  Number create(Args&&... args) {
    const bool fresh = free_ == no_number;
    if (fresh && used_ == chunks_.size() * chunk_size) chunks_.push_back(std::make_unique<Chunk>());
    const Number number = fresh ? used_ : free_;
    std::construct_at(&(*this)[number], std::forward<Args>(args)...);
    if (fresh) {
      ++used_;
    } else {
      free_ = links(number).next;
    }
    links(number) = Links{};
    return number;
  }

  /// What create() will give.
  [[nodiscard]] Number next() const noexcept { return free_ == no_number ? used_ : free_; }

  void destroy(Number number) noexcept {
    std::destroy_at(&(*this)[number]);
    links(number) = Links{free_mark, free_};
    free_ = number;
  }

  [[nodiscard]] T& operator[](Number number) noexcept { return cell(number).value; }
  [[nodiscard]] const T& operator[](Number number) const noexcept { return cell(number).value; }
  [[nodiscard]] Links& links(Number number) noexcept { return cell(number).links; }

  /// One more than the largest number ever in use.
  [[nodiscard]] Number end() const noexcept { return used_; }
  [[nodiscard]] bool is_live(Number number) const noexcept {
    return cell(number).links.previous != free_mark;
  }

  static constexpr std::size_t cell_bytes() noexcept { return sizeof(Cell); }

 private:
  static constexpr Number free_mark = no_number - 1;
  // Small, so that sixteen nearly empty shards stay small; a million entries need a thousand chunk pointers a
  // shard.
  static constexpr std::size_t chunk_size = 64;

  struct Cell {
    Cell() noexcept {}
    Cell(const Cell&) = delete;
    Cell& operator=(const Cell&) = delete;
    ~Cell() {}
    Links links;
    union {
      T value;
    };
  };
  using Chunk = std::array<Cell, chunk_size>;

  [[nodiscard]] Cell& cell(Number number) noexcept {
    return (*chunks_[number / chunk_size])[number % chunk_size];
  }
  [[nodiscard]] const Cell& cell(Number number) const noexcept {
    return (*chunks_[number / chunk_size])[number % chunk_size];
  }

  std::vector<std::unique_ptr<Chunk>> chunks_;
  Number used_ = 0;
  Number free_ = no_number;
};

}  // namespace wats::cache::detail
