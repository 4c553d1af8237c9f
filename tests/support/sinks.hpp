// Downloads into sinks that tell what became of them.
#pragma once

#include "wats/core/body.hpp"
#include "wats/service/raw.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wats::testing {

inline RawRequest into(std::shared_ptr<BodySink> sink) {
  RawRequest request("/big");
  request.sink = std::move(sink);
  return request;
}

class CountingSink : public BodySink {
 public:
  [[nodiscard]] Result<void> begin(std::optional<std::uint64_t> size) override {
    ++begun;
    announced = size;
    body.clear();
    return {};
  }
  [[nodiscard]] Result<void> write(std::string_view piece) override {
    body += piece;
    return {};
  }
  [[nodiscard]] Result<void> finish() override {
    ++finished;
    return {};
  }

  int begun = 0;
  int finished = 0;
  std::optional<std::uint64_t> announced;
  std::string body;
};

}  // namespace wats::testing
