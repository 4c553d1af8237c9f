// The limit: libcurl's multi interface over a bare epoll loop, sending the same requests, byte for byte, with
// handles that were made once.
#include "bench/scenarios/http_throughput/rival.hpp"

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <sys/epoll.h>
#include <unistd.h>
#include <vector>

namespace bench {
namespace {

class CurlMulti final : public Rival {
 public:
  explicit CurlMulti(const Load& load) : epoll_(epoll_create1(EPOLL_CLOEXEC)), multi_(curl_multi_init()) {
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(load.in_flight));
    for (std::size_t i = 0; i < load.in_flight; ++i) {
      auto transfer = std::make_unique<Transfer>();
      // A byte of a header costs libcurl about a hundred instructions: a shorter request would be another
      // one.
      for (const auto& line :
           {"X-Request-Id: " + std::string(id_length, '0'), std::string("Accept: application/json"),
            std::string("User-Agent: cppwats/0.1"), "Authorization: Basic " + load.token}) {
        transfer->headers = curl_slist_append(transfer->headers, line.c_str());
      }
      transfer->easy = curl_easy_init();
      curl_easy_setopt(transfer->easy, CURLOPT_URL, (load.url + load.path).c_str());
      curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
      curl_easy_setopt(transfer->easy, CURLOPT_NOSIGNAL, 1L);
      if (!load.ca_file.empty()) {
        // The same sharing of one HTTP/2 connection as ours, and the same buffers.
        curl_easy_setopt(transfer->easy, CURLOPT_BUFFERSIZE, 256L * 1024);
        curl_easy_setopt(transfer->easy, CURLOPT_PIPEWAIT, 1L);
        curl_easy_setopt(transfer->easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
        curl_easy_setopt(transfer->easy, CURLOPT_CAPATH, nullptr);
        curl_easy_setopt(transfer->easy, CURLOPT_CAINFO, load.ca_file.c_str());
      }
      curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer.get());
      curl_easy_setopt(transfer->easy, CURLOPT_WRITEDATA, &transfer->body);
      curl_easy_setopt(transfer->easy, CURLOPT_WRITEFUNCTION, &CurlMulti::on_body);
      transfers_.push_back(std::move(transfer));
    }
  }
  ~CurlMulti() override {
    for (const auto& transfer : transfers_) {
      curl_easy_cleanup(transfer->easy);
      curl_slist_free_all(transfer->headers);
    }
    curl_multi_cleanup(multi_);
    ::close(epoll_);
  }

  std::size_t run(const Load& load) override {
    left_ = load.requests;
    wrong_ = 0;
    open_ = 0;
    for (const auto& transfer : transfers_) begin(*transfer);
    act(CURL_SOCKET_TIMEOUT, 0);
    std::array<epoll_event, 64> events{};
    while (finish(load) > 0) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms_);
      if (count == 0) {
        // curl's timer rings once: one that stood at 0 ms would have the loop spin.
        wait_ms_ = -1;
        act(CURL_SOCKET_TIMEOUT, 0);
      }
      for (int i = 0; i < count; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        const int ready = ((event.events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                          ((event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
        act(event.data.fd, ready == 0 ? CURL_CSELECT_ERR : ready);
      }
    }
    return wrong_;
  }

 private:
  struct Transfer {
    CURL* easy = nullptr;
    curl_slist* headers = nullptr;
    std::string body;
  };
  static constexpr std::size_t id_length = 24;

  void begin(Transfer& transfer) {
    if (left_ == 0) return;
    --left_;
    ++open_;
    transfer.body.clear();
    // No two requests are the same: HTTP/2 would shrink a line that it has sent before to one byte.
    char* const end = transfer.headers->data + std::strlen(transfer.headers->data);
    auto number = ++last_id_;
    for (std::size_t i = 1; i <= 8; ++i, number >>= 4U)
      end[-static_cast<std::ptrdiff_t>(i)] = "0123456789abcdef"[number & 15U];
    curl_multi_add_handle(multi_, transfer.easy);
    begun_ = true;
  }
  /// Takes what is done and begins the next; how many are under way.
  std::size_t finish(const Load& load) {
    do {
      begun_ = false;
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        CURL* const easy = message->easy_handle;
        const CURLcode code = message->data.result;
        Transfer* transfer = nullptr;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
        curl_multi_remove_handle(multi_, easy);
        if (code != CURLE_OK || transfer->body.size() != load.bytes) ++wrong_;
        --open_;
        begin(*transfer);
      }
      if (begun_) act(CURL_SOCKET_TIMEOUT, 0);
    } while (begun_);
    return open_;
  }
  void act(curl_socket_t fd, int ready) {
    int running = 0;
    curl_multi_socket_action(multi_, fd, ready, &running);
  }

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* body) {
    static_cast<std::string*>(body)->append(data, size * count);
    return size * count;
  }
  static int on_timer(CURLM* /*multi*/, long timeout_ms, void* self) {
    static_cast<CurlMulti*>(self)->wait_ms_ = static_cast<int>(timeout_ms);
    return 0;
  }
  static int on_socket(CURL* /*easy*/, curl_socket_t fd, int what, void* self, void* known) {
    auto& rival = *static_cast<CurlMulti*>(self);
    epoll_event event{};
    event.events =
        ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
    event.data.fd = fd;
    if (what == CURL_POLL_REMOVE) {
      epoll_ctl(rival.epoll_, EPOLL_CTL_DEL, fd, nullptr);
    } else if (known == nullptr) {
      epoll_ctl(rival.epoll_, EPOLL_CTL_ADD, fd, &event);
      curl_multi_assign(rival.multi_, fd, &rival);
    } else {
      epoll_ctl(rival.epoll_, EPOLL_CTL_MOD, fd, &event);
    }
    return 0;
  }

  int epoll_;
  CURLM* multi_;
  std::uint32_t last_id_ = 0;
  std::vector<std::unique_ptr<Transfer>> transfers_;
  std::size_t left_ = 0;
  std::size_t open_ = 0;
  std::size_t wrong_ = 0;
  int wait_ms_ = -1;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<Rival> make_curl_multi(const Load& load) {
  return std::make_unique<CurlMulti>(load);
}

}  // namespace bench
