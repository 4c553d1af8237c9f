// Answers kept on disk: the next start is warm, and goes on while the server is away.
#include "wats/server/server.hpp"
#include "wats/wats.hpp"

#include <chrono>
#include <filesystem>
#include <iostream>
#include <string>

int main() {
  using namespace std::chrono_literals;
  // A server to try it with; a station has a real one, and a folder that stays.
  wats::server::Server server{wats::server::Options()};
  if (!server.start() || !server.seed(wats::server::SeedSpec())) return 1;
  const auto folder = std::filesystem::temp_directory_path() / "wats-example-13";

  wats::CacheSettings cache;
  cache.directory = folder.string();
  cache.stale_if_error = 24h;
  const auto options = wats::ClientOptions().base_url(server.base_url()).token(server.token()).cache(cache);
  {
    const wats::Client client(options);
    std::cout << client.processes().list().value()->size() << " processes from the server\n";
  }

  server.stop();
  const wats::Client next_start(options);
  const auto processes = next_start.processes().list().value();
  const bool was_kept = processes.provenance().origin == wats::Origin::second_level;
  std::cout << processes->size() << " processes " << (was_kept ? "from disk" : "from elsewhere") << ", "
            << next_start.stats().requests() << " requests\n";
  std::filesystem::remove_all(folder);
  return was_kept ? 0 : 1;
}
