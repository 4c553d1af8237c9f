#include "wats/core/detail/operation.hpp"

#include <boost/asio/system_executor.hpp>

namespace wats::detail {

boost::asio::any_io_executor anywhere() {
  return boost::asio::system_executor();
}

}  // namespace wats::detail
