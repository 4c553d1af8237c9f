#include "src/outbox/user.hpp"

#include <array>
#include <pwd.h>
#include <unistd.h>

namespace wats::outbox::detail {

std::string user_name() {
  std::array<char, 4096> room{};
  struct passwd entry{};
  struct passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
    return found->pw_name;
  return "user " + std::to_string(::geteuid());
}

std::int64_t process_id() {
  return ::getpid();
}

}  // namespace wats::outbox::detail
