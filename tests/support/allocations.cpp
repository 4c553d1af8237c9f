#include "tests/support/allocations.hpp"

#include <cstdlib>
#include <new>

namespace wats::testing {
namespace {

thread_local std::size_t count = 0;

}  // namespace

std::size_t allocations() noexcept {
  return count;
}

static void* counted(std::size_t size) {
  ++count;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

}  // namespace wats::testing

void* operator new(std::size_t size) {
  return wats::testing::counted(size);
}
void* operator new[](std::size_t size) {
  return wats::testing::counted(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}
