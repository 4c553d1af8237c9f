// A typed, cached .get() beside the least that a shared map can cost: an uncontended mutex around
// unordered_map::find. Bar: at most 10 times. Both look the same key up and hand out a shared pointer; the
// answers are compared.
#include "wats/client.hpp"
#include "wats/server/server.hpp"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>

namespace {

/// A server with one product and a client that has it stored.
class Bed {
 public:
  static Bed& instance() {
    static Bed bed;
    return bed;
  }
  [[nodiscard]] const wats::Client& client() const { return *client_; }

 private:
  Bed() {
    wats::server::Options options;
    options.tokens = {"YmVuY2g6YmVuY2g="};
    server_.emplace(std::move(options));
    if (const auto started = server_->start(); !started) stop(started.error().message());
    client_.emplace(wats::ClientOptions().base_url(server_->base_url()).token("YmVuY2g6YmVuY2g="));
    wats::Product product("PN-1");
    product.revisions.emplace_back("A");
    if (const auto made = client_->products().create(product).get(); !made) stop(made.error().message());
    if (const auto found = client_->products().find("PN-1").get(); !found) stop(found.error().message());
    // libstdc++ skips atomics while a process has one thread: that would flatter both.
    std::thread([] {}).join();
  }
  [[noreturn]] static void stop(const std::string& why) {
    std::fprintf(stderr, "typed_cache_hit: %s\n", why.c_str());
    std::exit(1);
  }

  std::optional<wats::server::Server> server_;
  std::optional<wats::Client> client_;
};

void mutex_and_unordered_map(benchmark::State& state) {
  std::mutex mutex;
  std::unordered_map<std::string, std::shared_ptr<const wats::Product>> map;
  for (int i = 0; i < 1000; ++i) {
    map.emplace("product_get/PN-" + std::to_string(i),
                std::make_shared<const wats::Product>("PN-" + std::to_string(i)));
  }
  const std::string key = "product_get/PN-1";
  for (auto _ : state) {
    std::shared_ptr<const wats::Product> found;
    {
      const std::lock_guard lock(mutex);
      found = map.find(key)->second;
    }
    if (found->part_number != "PN-1") state.SkipWithError("wrong answer");
    benchmark::DoNotOptimize(found);
  }
}
BENCHMARK(mutex_and_unordered_map);

void typed_get(benchmark::State& state) {
  const wats::Client& client = Bed::instance().client();
  for (auto _ : state) {
    auto found = client.products().find("PN-1").get();
    if (!found || (*found)->part_number != "PN-1") state.SkipWithError("wrong answer");
    benchmark::DoNotOptimize(found);
  }
}
BENCHMARK(typed_get);
BENCHMARK(typed_get)->Threads(2);

}  // namespace
