#include "bench/scenarios/http_throughput/rival.hpp"
#include "wats/client.hpp"

#include <algorithm>
#include <future>

namespace bench {
namespace {

class Cppwats final : public Rival {
 public:
  explicit Cppwats(const Load& load)
      : client_(wats::ClientOptions()
                    .base_url(load.url)
                    .token(load.token)
                    .ca_file(load.ca_file)
                    .no_cache()
                    .max_in_flight(std::max<std::size_t>(load.in_flight, 1))) {}

  std::size_t run(const Load& load) override {
    return load.in_flight == 1 ? one_by_one(load) : at_once(load);
  }

 private:
  /// One at a time is what blocking calls are for.
  [[nodiscard]] std::size_t one_by_one(const Load& load) const {
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < load.requests; ++i) {
      const auto answer = client_.raw().get(load.path).get();
      if (!answer || (*answer)->body.size() != load.bytes) ++wrong;
    }
    return wrong;
  }

  [[nodiscard]] std::size_t at_once(const Load& load) {
    // Touched by the client's background thread alone, until the promise hands it back.
    load_ = &load;
    left_ = load.requests;
    open_ = 0;
    wrong_ = 0;
    std::promise<void> done;
    done_ = &done;
    // The first handler starts the others, so that all of it runs where the handlers do.
    --left_;
    ++open_;
    ask();
    done.get_future().get();
    return wrong_;
  }

  void ask() {
    client_.raw().get(load_->path)([this](const wats::Result<wats::Answer<wats::RawAnswer>>& answer) {
      if (!answer || (*answer)->body.size() != load_->bytes) ++wrong_;
      --open_;
      while (left_ > 0 && open_ < load_->in_flight) {
        --left_;
        ++open_;
        ask();
      }
      if (open_ == 0) done_->set_value();
    });
  }

  wats::Client client_;
  const Load* load_ = nullptr;
  std::size_t left_ = 0;
  std::size_t open_ = 0;
  std::size_t wrong_ = 0;
  std::promise<void>* done_ = nullptr;
};

}  // namespace

std::unique_ptr<Rival> make_cppwats(const Load& load) {
  return std::make_unique<Cppwats>(load);
}

}  // namespace bench
