// Ours: the whole pipeline with the cache off, one client shared by all threads.
#include "bench/scenarios/blocking_get/rival.hpp"
#include "wats/client.hpp"

namespace bench {
namespace {

class BytesAsker final : public Asker {
 public:
  explicit BytesAsker(wats::Client client) : client_(std::move(client)) {}
  std::string ask() override {
    const auto answer = client_.raw().get("/api/Product/PN-1").get();
    return answer ? searched((*answer)->body) : std::string();
  }

 private:
  wats::Client client_;
};

class ProductAsker final : public Asker {
 public:
  explicit ProductAsker(wats::Client client) : client_(std::move(client)) {}
  std::string ask() override {
    const auto product = client_.products().find("PN-1").get();
    return product ? (*product)->part_number : std::string();
  }

 private:
  wats::Client client_;
};

template <class OneAsker>
class Ours final : public Rival {
 public:
  explicit Ours(const std::string& base_url)
      : client_(wats::ClientOptions().base_url(base_url).no_cache().max_lanes(8)) {}
  std::unique_ptr<Asker> asker() override { return std::make_unique<OneAsker>(client_); }

 private:
  wats::Client client_;
};

}  // namespace

std::unique_ptr<Rival> make_cppwats_bytes(const std::string& base_url) {
  return std::make_unique<Ours<BytesAsker>>(base_url);
}

std::unique_ptr<Rival> make_cppwats_product(const std::string& base_url) {
  return std::make_unique<Ours<ProductAsker>>(base_url);
}

}  // namespace bench
