#include "wats/core/detail/operation.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>

#include <utility>

namespace wats::detail {

boost::asio::any_io_executor anywhere() {
  return boost::asio::system_executor();
}

void post(const boost::asio::any_io_executor& executor, std::function<void()> task) {
  boost::asio::post(executor, std::move(task));
}

}  // namespace wats::detail
