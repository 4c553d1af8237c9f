// What a way of waiting for one small answer has to offer.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace bench {

/// One thread's way to ask; made, used and destroyed by that thread.
class Asker {
 public:
  Asker() = default;
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;
  virtual ~Asker() = default;
  /// Asks once. Gives back the part number in the answer, for the check; empty on failure.
  virtual std::string ask() = 0;
};

/// One of those compared; shared by all threads.
class Rival {
 public:
  Rival() = default;
  Rival(const Rival&) = delete;
  Rival& operator=(const Rival&) = delete;
  virtual ~Rival() = default;
  [[nodiscard]] virtual std::unique_ptr<Asker> asker() = 0;
};

/// The part number in the text of a product, without decoding it.
[[nodiscard]] inline std::string searched(std::string_view body) {
  return body.find(R"("partNumber":"PN-1")") == std::string_view::npos ? "" : "PN-1";
}

// The bytes of the answer; and the product decoded.
[[nodiscard]] std::unique_ptr<Rival> make_cppwats_bytes(const std::string& base_url);
[[nodiscard]] std::unique_ptr<Rival> make_cppwats_product(const std::string& base_url);
[[nodiscard]] std::unique_ptr<Rival> make_curl_easy_bytes(const std::string& base_url);
[[nodiscard]] std::unique_ptr<Rival> make_curl_easy_product(const std::string& base_url);

}  // namespace bench
