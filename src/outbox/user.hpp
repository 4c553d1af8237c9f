// Who runs this process. All of this room that asks the platform is in user.cpp.
#pragma once

#include <cstdint>
#include <string>

namespace wats::outbox::detail {

/// The name of the user; "user" where there is none.
[[nodiscard]] std::string user_name();
[[nodiscard]] std::int64_t process_id();

}  // namespace wats::outbox::detail
