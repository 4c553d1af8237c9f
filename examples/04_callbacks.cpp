// Completion tokens: a callback, a future, and a call that is taken back.
#include "wats/wats.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <iostream>
#include <stop_token>
#include <string>

int main() {
  namespace asio = boost::asio;
  using Version = wats::Result<wats::Answer<std::string>>;
  const wats::Client client(wats::load_options().value());

  // A callback runs on its own executor, here this thread; without one on the client's background thread.
  asio::io_context io;
  bool told = false;
  const auto tell = [&told](Version version) {
    told = version.has_value();
    std::cout << "callback: " << (version ? **version : version.error().message()) << "\n";
  };
  client.server().version()(asio::bind_executor(io, tell));
  io.run();

  // A future can be waited for later, while this thread does something else.
  auto later = client.server().ping()(asio::use_future);
  const Version version = later.get();
  std::cout << "future: " << (version ? **version : version.error().message()) << "\n";

  // What nobody wants any more is taken back.
  std::stop_source stop;
  stop.request_stop();
  const auto taken_back = client.server().ping().stop_on(stop.get_token()).get();
  const bool cancelled = !taken_back && taken_back.error().code() == wats::Errc::cancelled;
  std::cout << "stop token: " << (cancelled ? "cancelled" : "too late") << "\n";
  return told && version && cancelled ? 0 : 1;
}
