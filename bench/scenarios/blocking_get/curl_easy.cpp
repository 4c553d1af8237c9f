// The limit: curl_easy_perform on a handle of the thread's own, with the same request on the wire; the bytes
// only searched, or the product decoded by hand.
#include "bench/rivals/product_by_hand.hpp"
#include "bench/scenarios/blocking_get/rival.hpp"

#include <curl/curl.h>

namespace bench {
namespace {

std::size_t append(char* data, std::size_t size, std::size_t count, void* body) {
  static_cast<std::string*>(body)->append(data, size * count);
  return size * count;
}

class Easy {
 public:
  explicit Easy(const std::string& base_url) : easy_(curl_easy_init()) {
    for (const char* line : {"Accept: application/json", "X-Request-Id: 0123456789abcdef-0000000"})
      headers_ = curl_slist_append(headers_, line);
    curl_easy_setopt(easy_, CURLOPT_URL, (base_url + "/api/Product/PN-1").c_str());
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(easy_, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(easy_, CURLOPT_USERAGENT, "cppwats/0.1");
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, &body_);
  }
  Easy(const Easy&) = delete;
  Easy& operator=(const Easy&) = delete;
  ~Easy() {
    curl_easy_cleanup(easy_);
    curl_slist_free_all(headers_);
  }
  /// The body of the answer, empty on failure.
  [[nodiscard]] std::string& ask() {
    body_.clear();
    if (curl_easy_perform(easy_) != CURLE_OK) body_.clear();
    return body_;
  }

 private:
  CURL* easy_;
  curl_slist* headers_ = nullptr;
  std::string body_;
};

class BytesAsker final : public Asker {
 public:
  explicit BytesAsker(const std::string& base_url) : easy_(base_url) {}
  std::string ask() override { return searched(easy_.ask()); }

 private:
  Easy easy_;
};

class ProductAsker final : public Asker {
 public:
  explicit ProductAsker(const std::string& base_url) : easy_(base_url) {}
  std::string ask() override {
    std::string& body = easy_.ask();
    if (body.empty()) return {};
    body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
    return product_by_hand(parser_, simdjson::padded_string_view(body)).part_number;
  }

 private:
  Easy easy_;
  simdjson::ondemand::parser parser_;
};

template <class OneAsker>
class CurlEasy final : public Rival {
 public:
  explicit CurlEasy(std::string base_url) : base_url_(std::move(base_url)) {}
  std::unique_ptr<Asker> asker() override { return std::make_unique<OneAsker>(base_url_); }

 private:
  std::string base_url_;
};

}  // namespace

std::unique_ptr<Rival> make_curl_easy_bytes(const std::string& base_url) {
  return std::make_unique<CurlEasy<BytesAsker>>(base_url);
}

std::unique_ptr<Rival> make_curl_easy_product(const std::string& base_url) {
  return std::make_unique<CurlEasy<ProductAsker>>(base_url);
}

}  // namespace bench
