// The limit: curl_easy_perform on a handle of the thread's own, the bytes only searched, not decoded.
#include "bench/scenarios/blocking_get/rival.hpp"

#include <curl/curl.h>

namespace bench {
namespace {

std::size_t append(char* data, std::size_t size, std::size_t count, void* body) {
  static_cast<std::string*>(body)->append(data, size * count);
  return size * count;
}

class EasyAsker final : public Asker {
 public:
  explicit EasyAsker(const std::string& base_url) : easy_(curl_easy_init()) {
    headers_ = curl_slist_append(nullptr, "Accept: application/json");
    curl_easy_setopt(easy_, CURLOPT_URL, (base_url + "/api/Product/PN-1").c_str());
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, &body_);
  }
  ~EasyAsker() override {
    curl_easy_cleanup(easy_);
    curl_slist_free_all(headers_);
  }
  std::string ask() override {
    body_.clear();
    if (curl_easy_perform(easy_) != CURLE_OK) return {};
    return body_.find(R"("partNumber":"PN-1")") == std::string::npos ? std::string() : "PN-1";
  }

 private:
  CURL* easy_;
  curl_slist* headers_;
  std::string body_;
};

class CurlEasy final : public Rival {
 public:
  explicit CurlEasy(std::string base_url) : base_url_(std::move(base_url)) {}
  std::unique_ptr<Asker> asker() override { return std::make_unique<EasyAsker>(base_url_); }

 private:
  std::string base_url_;
};

}  // namespace

std::unique_ptr<Rival> make_curl_easy(const std::string& base_url) {
  return std::make_unique<CurlEasy>(base_url);
}

}  // namespace bench
