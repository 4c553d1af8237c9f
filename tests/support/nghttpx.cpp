#include "tests/support/nghttpx.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace wats::testing {
namespace {

using boost::asio::ip::tcp;
using namespace std::chrono_literals;

constexpr std::chrono::seconds time_to_start(20);
constexpr int most_ports = 5;

tcp::endpoint loopback(std::uint16_t port) {
  return {boost::asio::ip::address_v4::loopback(), port};
}

/// Free at this moment.
std::uint16_t free_port() {
  boost::asio::io_context io;
  return tcp::acceptor(io, loopback(0)).local_endpoint().port();
}

bool accepts(std::uint16_t port) {
  boost::asio::io_context io;
  boost::system::error_code error;
  tcp::socket(io).connect(loopback(port), error);
  return !error;
}

/// The child's part: only what is safe between fork and exec.
[[noreturn]] void become(const char* program, const char* configuration, const char* log, ::pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  const int out = ::open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  // A connection of the test that lived on in here would never end.
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  ::execl(program, "nghttpx", configuration, static_cast<char*>(nullptr));
  ::_exit(127);
}

}  // namespace

std::string Nghttpx::program() {
  const char* const path = std::getenv("PATH");
  // Where Debian puts it, which is not in everybody's path.
  std::istringstream folders((path == nullptr ? std::string() : path + std::string(":")) + "/usr/sbin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string file = folder + "/nghttpx";
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

Nghttpx::Nghttpx(const TestAuthority& authority, const std::string& base_url, const std::string& protocols) {
  const auto limit = std::chrono::steady_clock::now() + time_to_start;
  // Between looking for a free port and taking it somebody else may.
  for (int i = 0; i < most_ports; ++i) {
    start(authority, base_url, protocols);
    if (wait_until_it_accepts(limit)) return;
    stop();
  }
  throw std::runtime_error("nghttpx does not accept connections: " + words());
}

Nghttpx::~Nghttpx() {
  stop();
}

void Nghttpx::start(const TestAuthority& authority, const std::string& base_url,
                    const std::string& protocols) {
  port_ = free_port();
  const std::string configuration = folder_.file("nghttpx.conf");
  const std::string log = folder_.file("log");
  // The embedded server answers to its own name only.
  std::ofstream(configuration) << "frontend=127.0.0.1," << port_ << "\nbackend=127.0.0.1,"
                               << base_url.substr(base_url.rfind(':') + 1)
                               << "\nhost-rewrite=yes\nnpn-list=" << protocols
                               << "\nprivate-key-file=" << authority.server_key()
                               << "\ncertificate-file=" << authority.server_certificate()
                               << "\nsingle-process=yes\nno-ocsp=yes\nerrorlog-file=" << log << "\n";
  const std::string file = program();
  const std::string argument = "--conf=" + configuration;
  const ::pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ == 0) become(file.c_str(), argument.c_str(), log.c_str(), parent);
  if (process_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
}

void Nghttpx::stop() noexcept {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
}

bool Nghttpx::has_ended() noexcept {
  if (::waitpid(process_, nullptr, WNOHANG) == 0) return false;
  process_ = 0;
  return true;
}

bool Nghttpx::wait_until_it_accepts(std::chrono::steady_clock::time_point limit) {
  while (!has_ended() && std::chrono::steady_clock::now() < limit) {
    if (accepts(port_)) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

std::string Nghttpx::words() const {
  std::ostringstream text;
  text << std::ifstream(folder_.file("log")).rdbuf();
  return text.str();
}

}  // namespace wats::testing
