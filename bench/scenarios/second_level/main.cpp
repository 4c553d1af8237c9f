// What a second level costs and saves: finds on disk and in Redis beside asking a server on this machine that
// answers at once, and hits in memory while Redis is there, is held up, and is gone. Rounds one after the
// other in turn; medians, and of ratios from the same round with their 95 % intervals.
// Usage: bench_second_level [--rounds N]. Exits with 1 when an answer is wrong or a bar is missed.
#include "bench/scenarios/cache_hit/measure.hpp"
#include "wats/cache_disk/disk_level.hpp"
#include "wats/client.hpp"
#include "wats/server/server.hpp"
#ifdef WATS_WITH_REDIS
#include "tests/support/redis_server.hpp"
#include "wats/cache_redis/redis_level.hpp"
#endif

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t products = 40;

[[noreturn]] void stop(const std::string& why) {
  std::fprintf(stderr, "second_level: %s\n", why.c_str());
  std::exit(1);
}

std::string part_number(std::size_t number) {
  return "PN-" + std::to_string(number);
}

class Site {
 public:
  Site() : server_(wats::server::Options()) {
    if (!server_.start()) stop("the server does not start");
    const wats::Client client(options().no_cache());
    for (std::size_t i = 0; i < products; ++i) {
      wats::Product product(part_number(i));
      product.name = "a product with a name";
      if (!client.products().create(std::move(product)).get()) stop("a product can't be made");
    }
  }
  [[nodiscard]] wats::ClientOptions options() const {
    return wats::ClientOptions().base_url(server_.base_url()).token(server_.token());
  }
  [[nodiscard]] wats::Client client(std::shared_ptr<wats::cache::SecondLevel> level) const {
    wats::CacheSettings cache;
    cache.second_level = std::move(level);
    return wats::Client(options().cache(std::move(cache)));
  }

 private:
  wats::server::Server server_;
};

/// Microseconds of a read of each product, of which each must come from there.
std::vector<double> reads(const wats::Client& client, wats::Origin origin) {
  std::vector<double> us;
  for (std::size_t i = 0; i < products; ++i) {
    const auto begin = Clock::now();
    const auto product = client.products().find(part_number(i)).get();
    us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
    if (!product || (*product)->part_number != part_number(i)) stop("a wrong answer");
    if (product->provenance().origin != origin) stop("an answer came from elsewhere");
  }
  return us;
}

void fill(const Site& site, const std::shared_ptr<wats::cache::SecondLevel>& level) {
  const wats::Client client = site.client(level);
  const auto limit = Clock::now() + 10s;
  while (level->stats().stored < products) {
    for (std::size_t i = 0; i < products; ++i) {
      if (!client.products().find(part_number(i)).with({.cache = wats::CacheMode::fresh}).get())
        stop("the server does not answer");
    }
    if (Clock::now() > limit) stop("nothing is stored");
    std::this_thread::sleep_for(10ms);
  }
}

/// The median of a round's reads through new clients, whose memory is empty.
void first_reads(const Site& site, const char* name, const std::shared_ptr<wats::cache::SecondLevel>& level,
                 std::size_t rounds) {
  fill(site, level);
  std::vector<double> kept;
  std::vector<double> asked;
  for (std::size_t i = 0; i < rounds; ++i) {
    kept.push_back(median(reads(site.client(level), wats::Origin::second_level)));
    asked.push_back(median(reads(wats::Client(site.options().no_cache()), wats::Origin::server)));
  }
  const Estimate ratio = estimate(ratios(kept, asked));
  std::printf(
      "first read of an answer kept %-8s %7.1f us, of a server next to it that answers at once %7.1f us: "
      "%.2f (%.2f - %.2f)\n",
      name, median(kept), median(asked), ratio.median, ratio.low, ratio.high);
}

#ifdef WATS_WITH_REDIS
double p99_of_hits(const wats::Client& client) {
  constexpr std::size_t count = 20'000;
  std::vector<double> ns;
  ns.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = Clock::now();
    const auto product = client.products().find(part_number(i % products)).get();
    ns.push_back(std::chrono::duration<double, std::nano>(Clock::now() - begin).count());
    if (!product || product->provenance().origin != wats::Origin::memory) stop("a hit was none");
  }
  std::nth_element(ns.begin(), ns.begin() + count * 99 / 100, ns.end());
  return ns[count * 99 / 100];
}

void await(const wats::cache::SecondLevel& level, bool available) {
  const auto limit = Clock::now() + 30s;
  while (level.stats().is_available != available) {
    if (Clock::now() > limit) stop("Redis does not come or go");
    std::this_thread::sleep_for(1ms);
  }
}

bool hits_in_all_weathers(const Site& site, wats::testing::RedisServer& redis,
                          const std::shared_ptr<wats::cache::SecondLevel>& level, std::size_t rounds) {
  const wats::Client client = site.client(level);
  for (std::size_t i = 0; i < products; ++i) static_cast<void>(client.products().find(part_number(i)).get());
  std::vector<double> there;
  std::vector<double> held_up;
  std::vector<double> gone;
  for (std::size_t i = 0; i < rounds; ++i) {
    there.push_back(p99_of_hits(client));
    redis.pause();
    held_up.push_back(p99_of_hits(client));
    redis.resume();
    await(*level, true);
  }
  // Once: what comes back empty makes memory forget.
  std::vector<double> before(there);
  redis.stop();
  await(*level, false);
  for (std::size_t i = 0; i < rounds; ++i) gone.push_back(p99_of_hits(client));
  bool all = true;
  for (const auto& [name, ns] : {std::pair("held up", &held_up), std::pair("gone", &gone)}) {
    const Estimate ratio = estimate(ratios(*ns, there));
    const bool passes = ratio.low <= 1;
    all = all && passes;
    std::printf(
        "p99 of hits in memory, Redis there %7.0f ns, %-8s %7.0f ns: %.2f (%.2f - %.2f), an interval that "
        "includes 1 or lies below: %s\n",
        median(there), name, median(*ns), ratio.median, ratio.low, ratio.high, passes ? "PASS" : "FAIL");
  }
  return all;
}

bool on_redis(const Site& site, std::size_t rounds) {
  if (wats::testing::RedisServer::program().empty()) {
    std::printf("Redis is left out, redis-server is not installed\n");
    return true;
  }
  wats::testing::RedisServer redis;
  wats::cache::RedisSettings settings;
  settings.port = redis.port();
  settings.site_key = "the secret of this benchmark";
  settings.oldest_while_away = 1h;
  const auto level = wats::cache::open_redis(std::move(settings));
  await(*level, true);
  first_reads(site, "in Redis", level, rounds);
  return hits_in_all_weathers(site, redis, level, rounds);
}
#endif

bool run(std::size_t rounds) {
  const Site site;
  const auto folder =
      std::filesystem::temp_directory_path() / ("wats-bench-" + std::to_string(std::random_device()()));
  first_reads(site, "on disk", wats::cache::open_disk(wats::cache::DiskSettings(folder)), rounds);
  std::filesystem::remove_all(folder);
#ifdef WATS_WITH_REDIS
  return on_redis(site, rounds);
#else
  std::printf("Redis is left out, hiredis was not there when this was built\n");
  return true;
#endif
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  std::size_t rounds = 25;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--rounds") == 0 && i + 1 < argc) {
      rounds = std::max(5UL, std::strtoul(argv[++i], nullptr, 10));
    } else {
      std::fprintf(stderr, "usage: %s [--rounds N]\n", argv[0]);
      return 2;
    }
  }
  return bench::run(rounds) ? 0 : 1;
}
