#include "tests/support/redis_server.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <hiredis/hiredis.h>
#include <memory>
#include <netinet/in.h>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace wats::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds time_to_start(20);
constexpr int most_ports = 5;

/// Free at this moment.
std::uint16_t free_port_of_loopback() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<::sockaddr*>(&address);
  const bool found = socket >= 0 && ::bind(socket, any, size) == 0 && ::getsockname(socket, any, &size) == 0;
  const int error = errno;
  ::close(socket);
  if (!found) throw std::system_error(error, std::generic_category(), "a free port");
  return ntohs(address.sin_port);
}

/// The child's part: only what is safe between fork and exec.
[[noreturn]] void become(char* const* arguments, const char* log, ::pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  const int out = ::open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  // A connection of the test that lived on in here would never end.
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  ::execv(arguments[0], arguments);
  ::_exit(127);
}

/// Anything, be it that it wants a password; but not that it still reads what it had kept.
bool answers(std::uint16_t port) {
  const std::unique_ptr<redisContext, decltype(&redisFree)> context(redisConnect("127.0.0.1", port),
                                                                    redisFree);
  if (context == nullptr || context->err != 0) return false;
  const std::shared_ptr<redisReply> reply(static_cast<redisReply*>(redisCommand(context.get(), "PING")),
                                          freeReplyObject);
  return reply != nullptr && (reply->type != REDIS_REPLY_ERROR ||
                              !std::string_view(reply->str, reply->len).starts_with("LOADING"));
}

std::string text_of(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_INTEGER) return std::to_string(reply.integer);
  if (reply.type != REDIS_REPLY_ARRAY)
    return reply.str == nullptr ? std::string() : std::string(reply.str, reply.len);
  std::string lines;
  for (std::size_t i = 0; i < reply.elements; ++i) lines += text_of(*reply.element[i]) + "\n";
  return lines;
}

}  // namespace

std::string RedisServer::program() {
  const char* const path = std::getenv("PATH");
  std::istringstream folders((path == nullptr ? std::string() : path + std::string(":")) + "/usr/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string file = folder + "/redis-server";
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

RedisServer::RedisServer(std::vector<std::string> options) : options_(std::move(options)) {
  const auto limit = std::chrono::steady_clock::now() + time_to_start;
  // Between looking for a free port and taking it somebody else may.
  for (int i = 0; i < most_ports; ++i) {
    port_ = free_port_of_loopback();
    launch();
    if (wait_until_it_accepts(limit)) return;
    stop();
  }
  std::ostringstream words;
  words << std::ifstream(folder_.file("log")).rdbuf();
  throw std::runtime_error("redis-server does not accept connections: " + words.str());
}

RedisServer::~RedisServer() {
  stop();
}

void RedisServer::launch() {
  std::vector<std::string> words{
      program(), "--port", std::to_string(port_), "--bind", "127.0.0.1", "--unixsocket", unix_socket(),
      "--save",  "",       "--appendonly",        "no",     "--dir",     folder_.path()};
  words.insert(words.end(), options_.begin(), options_.end());
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const std::string log = folder_.file("log");
  const ::pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ == 0) become(arguments.data(), log.c_str(), parent);
  if (process_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
}

void RedisServer::start() {
  launch();
  if (!wait_until_it_accepts(std::chrono::steady_clock::now() + time_to_start))
    throw std::runtime_error("redis-server does not start again");
}

void RedisServer::stop() noexcept {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
}

void RedisServer::pause() const noexcept {
  if (process_ <= 0) return;
  ::kill(process_, SIGSTOP);
  // Until it is: the signal may take its time.
  int status = 0;
  while (::waitpid(process_, &status, WUNTRACED) < 0 && errno == EINTR) {
  }
}

void RedisServer::resume() const noexcept {
  if (process_ > 0) ::kill(process_, SIGCONT);
}

std::string RedisServer::run(const std::vector<std::string>& words) const {
  const std::unique_ptr<redisContext, decltype(&redisFree)> context(redisConnectUnix(unix_socket().c_str()),
                                                                    redisFree);
  if (context == nullptr || context->err != 0) throw std::runtime_error("cannot reach redis-server");
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const auto& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  const std::shared_ptr<redisReply> reply(
      static_cast<redisReply*>(
          redisCommandArgv(context.get(), static_cast<int>(words.size()), texts.data(), sizes.data())),
      freeReplyObject);
  if (reply == nullptr) throw std::runtime_error("redis-server does not answer");
  if (reply->type == REDIS_REPLY_ERROR) throw std::runtime_error(text_of(*reply));
  return text_of(*reply);
}

bool RedisServer::has_ended() noexcept {
  if (::waitpid(process_, nullptr, WNOHANG) == 0) return false;
  process_ = 0;
  return true;
}

bool RedisServer::wait_until_it_accepts(std::chrono::steady_clock::time_point limit) {
  while (!has_ended() && std::chrono::steady_clock::now() < limit) {
    if (answers(port_) && ::access(unix_socket().c_str(), F_OK) == 0) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

}  // namespace wats::testing
