#include "wats/service/server_info.hpp"

#include "wats/op/app.hpp"

namespace wats {

Call<std::string> ServerInfoService::version() const {
  return caller_.call(op::AppGetVersion());
}

Call<std::string> ServerInfoService::ping() const {
  return caller_.call(op::AppGetVersion()).with({.cache = CacheMode::fresh});
}

}  // namespace wats
