// Coroutines: calls are awaited on the program's own io_context, one after the other without blocking it.
#include "wats/wats.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <iostream>

namespace {

namespace asio = boost::asio;

asio::awaitable<void> look_around(wats::Client client, bool& done) {
  // A call is an asynchronous operation of Asio's: the coroutine comes back to its own executor.
  auto processes = co_await client.processes().list();
  if (!processes) {
    std::cout << processes.error().message() << "\n";
    co_return;
  }
  std::cout << (*processes)->size() << " processes\n";

  auto products = co_await client.products().list();
  if (!products) {
    std::cout << products.error().message() << "\n";
    co_return;
  }
  std::cout << (*products)->size() << " products\n";
  done = !(*processes)->empty() && !(*products)->empty();
}

}  // namespace

int main() {
  const wats::Client client(wats::load_options().value());
  asio::io_context io;
  bool done = false;
  co_spawn(io, look_around(client, done), asio::detached);
  io.run();
  return done ? 0 : 1;
}
