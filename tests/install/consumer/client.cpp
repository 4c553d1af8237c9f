// Uses the installed client: it links, and a server that is not there is an error value.
#include "wats/config.hpp"
#include "wats/wats.hpp"

#include <cstdio>

int main() {
  const auto options = wats::load_options();
  if (!options) return 1;
  wats::Client client(wats::ClientOptions(*options).base_url("http://127.0.0.1:1").token("dG9rZW4="));
  const auto product = client.products().find("PN-1").get();
  if (product) return 1;
  std::printf("%s\n", product.error().message().c_str());
  return product.error().code() == wats::Errc::cannot_connect ? 0 : 1;
}
