// What is compared: so many GETs with so many of them in flight, from one thread's point of view.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace bench {

struct Load {
  std::string url;
  std::string path;
  std::string token;
  std::size_t in_flight;
  std::size_t requests;
  /// Length of each body.
  std::size_t bytes;
  /// Of the authority that signed the server's certificate; empty over cleartext.
  std::string ca_file;
};

/// One way to ask, with its connections. `run` gives the number of wrong answers.
class Rival {
 public:
  Rival() = default;
  Rival(const Rival&) = delete;
  Rival& operator=(const Rival&) = delete;
  virtual ~Rival() = default;
  [[nodiscard]] virtual std::size_t run(const Load& load) = 0;
};

/// client.raw() with callbacks, or blocking where only one is in flight: the whole pipeline, cache off.
[[nodiscard]] std::unique_ptr<Rival> make_cppwats(const Load& load);
/// curl_multi_socket_action over epoll, handles reused.
[[nodiscard]] std::unique_ptr<Rival> make_curl_multi(const Load& load);

}  // namespace bench
