// Relay: stands between clients and server, and does to each request what a test has planned: delays,
// refusals, connections cut before, behind or after the effect, answers held back until they are wanted.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace wats::testing {

/// What becomes of one request.
class Fate {
 public:
  enum class Kind : std::uint8_t {
    pass,
    refuse,      ///< answered with *status*, without effect
    cut_before,  ///< the connection is cut, without effect
    cut_behind,  ///< passed on, and the connection cut before the effect is there
    cut_after,   ///< the connection is cut when the effect is there
    half,        ///< half of the answer, then cut
    fail_after,  ///< the effect is there, and *status* is answered
    garbage,     ///< the effect is there, and 200 with what is no JSON answered
  };

  Fate() = default;
  explicit Fate(Kind what, int answer = 503) : kind(what), status(answer) {}

  Kind kind = Kind::pass;
  int status = 503;
  std::chrono::microseconds before{0};
  std::chrono::microseconds after{0};
  /// Waits at the gate before it is passed on, and at the one before it is answered.
  bool waits_before = false;
  bool waits_after = false;
};

/// One answer of the server, as it came.
class Exchanged {
 public:
  std::string_view method;
  std::string_view target;
  int status = 0;
  std::string_view body;
};

/// Objects that a GET brings carry a member `answeredTo` behind it, with the name that the token has here.
/// *Thread safety*: any thread.
class Relay {
 public:
  static constexpr std::string_view mark = "answeredTo";
  enum class Gate : std::uint8_t { before, after };

  /// *names*: by token.
  Relay(std::uint16_t server_port, std::map<std::string, std::string> names);
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  ~Relay();

  [[nodiscard]] std::string base_url() const;
  /// Called on threads of the relay with every answer of the server, before it is passed on.
  void set_observer(std::function<void(const Exchanged&)> observer);

  /// For the requests that come from now on, in the order they come; those behind the last one pass.
  void plan(const std::vector<Fate>& fates);
  void close_gates();
  void open(Gate gate);
  /// Requests that came to a gate since the gates were closed.
  [[nodiscard]] std::size_t arrived(Gate gate) const;
  /// Requests that came so far.
  [[nodiscard]] std::size_t requests() const;
  /// Waits until *holds*, which is asked again whenever something happens here, and every millisecond.
  void await(const std::function<bool()>& holds) const;
  /// Waits until nothing is under way, also of what nobody waits for any more.
  void await_quiet() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace wats::testing
