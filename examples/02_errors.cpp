// Errors are values: what went wrong, how it is told apart, and what a program does with it.
#include "wats/wats.hpp"

#include <iostream>

namespace {

/// What a program may do about an error, by its code.
const char* advice(wats::Errc code) {
  switch (code) {
    case wats::Errc::not_found:
      return "ask for another one";
    case wats::Errc::unauthorized:
      return "look at the token";
    case wats::Errc::cannot_connect:
    case wats::Errc::timeout:
      return "try again later";
    default:
      return "read the message";
  }
}

void tell(const wats::Error& error) {
  std::cout << name(error.code()) << ", HTTP " << error.http_status() << ", sent " << error.attempts()
            << " times: " << advice(error.code()) << "\n  " << error.message() << "\n";
}

}  // namespace

int main() {
  auto options = wats::load_options();
  if (!options) {
    std::cerr << options.error().message() << "\n";
    return 1;
  }
  const wats::Client client(*options);

  // .get() gives a Result: a value or an Error.
  const auto nothing = client.products().find("no such product").get();
  if (nothing) return 1;
  tell(nothing.error());

  // What cannot be sent is told before anything is.
  const auto unnamed = client.products().find("").get();
  if (unnamed) return 1;
  tell(unnamed.error());

  // .value() throws the same Error inside a Failure, for programs that like exceptions.
  try {
    const wats::Client stranger(wats::ClientOptions(*options).token("bm90OnJpZ2h0"));
    (void)stranger.server().ping().value();
    return 1;
  } catch (const wats::Failure& failure) {
    tell(failure.error());
    return failure.code() == wats::Errc::unauthorized ? 0 : 1;
  }
}
