// What the instruction gate counts: a raw hit, a typed hit, a freshness decision. See tests/perf/gate.py.
#include "tests/perf/scenarios.hpp"
#include "wats/cache/cache.hpp"
#include "wats/client.hpp"
#include "wats/policy/freshness.hpp"
#include "wats/server/server.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace {

constexpr const char* token = "Z2F0ZTpnYXRl";

[[noreturn]] void stop(const std::string& why) {
  std::fprintf(stderr, "gate_cache_hit: %s\n", why.c_str());
  std::exit(1);
}

/// A client that has one product stored.
class TypedHit {
 public:
  TypedHit() : server_(server_options()) {
    if (const auto started = server_.start(); !started) stop(started.error().message());
    client_.emplace(wats::ClientOptions().base_url(server_.base_url()).token(token));
    if (const auto made = client_->products().create(wats::Product("PN-1")).get(); !made) {
      stop(made.error().message());
    }
    ask();
    server_.stop();
  }
  void ask() const {
    const auto found = client_->products().find("PN-1").get();
    if (!found || (*found)->part_number != "PN-1") stop("a wrong answer");
  }

 private:
  static wats::server::Options server_options() {
    wats::server::Options options;
    options.tokens = {token};
    return options;
  }
  wats::server::Server server_;
  std::optional<wats::Client> client_;
};

void raw_hit() {
  static wats::cache::Cache<std::string, int> cache;
  static const bool filled = cache.put("product_get=PN-1", std::make_shared<const int>(7));
  if (const auto hit = cache.find(std::string_view("product_get=PN-1")); !filled || *hit.value != 7) {
    stop("a wrong answer");
  }
}

void typed_hit() {
  static const TypedHit bed;
  bed.ask();
}

void freshness_decision() {
  static constexpr wats::policy::FreshnessRule rule{.ttl = std::chrono::minutes(5), .may_join = true};
  wats::perf::keep(rule);
  wats::perf::keep(wats::policy::decide(rule, wats::policy::Reuse::normal, std::nullopt));
}

}  // namespace

int main(int argc, char** argv) {
  // libstdc++ skips atomics while a process has one thread.
  std::thread([] {}).join();
  return wats::perf::run(argc, argv,
                         {{"raw_cache_hit", 100, 10'000, raw_hit},
                          {"typed_cache_hit", 100, 10'000, typed_hit},
                          {"freshness_decision", 100, 10'000, freshness_decision}});
}
