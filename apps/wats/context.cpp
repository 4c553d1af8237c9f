#include "apps/wats/context.hpp"

#include "apps/wats/attempt_line.hpp"
#include "wats/config.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <sstream>
#include <termios.h>
#include <unistd.h>

namespace wats::app {
namespace {

spdlog::level::level_enum level_of(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

spdlog::level::level_enum least_level(int verbosity) noexcept {
  if (verbosity == 0) return spdlog::level::warn;
  return verbosity == 1 ? spdlog::level::info : spdlog::level::debug;
}

/// While it lives, a terminal does not show what is typed.
class EchoOff {
 public:
  EchoOff() : active_(tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!active_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;
  ~EchoOff() {
    if (active_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool active_;
};

std::string trimmed(const std::string& text) {
  constexpr const char* blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

ExitCode exit_code_of(Errc code) noexcept {
  switch (code) {
    case Errc::invalid_argument:
    case Errc::invalid_options:
      return ExitCode::usage;
    case Errc::unknown_host:
    case Errc::cannot_connect:
    case Errc::tls_failed:
    case Errc::connection_lost:
    case Errc::timeout:
    case Errc::unavailable:
      return ExitCode::unreachable;
    case Errc::unauthorized:
    case Errc::forbidden:
      return ExitCode::unauthorized;
    case Errc::io_error:
      return ExitCode::local_io;
    default:
      return ExitCode::failed;
  }
}

Exit exit_of(const Error& error) {
  return Exit(exit_code_of(error.code()), error.message());
}

Output& Context::out() {
  if (!out_) {
    // no-color.org; read before any thread is started.
    const char* no_color = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): see above
    out_.emplace(stdout, !global.no_color && (no_color == nullptr || *no_color == '\0'));
  }
  return *out_;
}

void Context::note(std::string_view text) {
  std::cerr << "wats: " << escaped(text) << std::endl;
}

Logger Context::logger() const {
  auto log = std::make_shared<spdlog::logger>("wats", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log->set_level(least_level(global.verbosity));
  log->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  return [log](LogLevel level, std::string_view line) { log->log(level_of(level), escaped(line)); };
}

ClientOptions Context::client_options() {
  auto options = global.config.empty() ? value_of(load_options())
                                       : options_from_environment(value_of(options_from_file(global.config)));
  if (!global.base_url.empty()) options.base_url(global.base_url);
  if (!global.token_file.empty()) options.token(token());
  if (global.timeout) options.timeout(*global.timeout);
  options.logger(logger());
  if (global.verbosity > 1) options.on_attempt([](const AttemptReport& report) { note(line_of(report)); });
  return options;
}

const Client& Context::client() {
  if (!client_) {
    auto options = client_options();
    if (options.base_url().empty()) {
      throw Exit(ExitCode::usage,
                 "no server given: use --base-url URL, set WATS_BASE_URL, or write base_url to the "
                 "configuration file");
    }
    client_.emplace(value_of(Client::open(std::move(options))));
  }
  return *client_;
}

std::string Context::token() {
  std::string text;
  if (global.token_file == "-") {
    const EchoOff hidden;
    text = standard_input("--token-file");
  } else {
    if (open_to_others(global.token_file)) {
      throw Exit(
          ExitCode::usage,
          global.token_file + " is open to others, a token is a secret; run: chmod 600 " + global.token_file);
    }
    text = file(global.token_file);
  }
  text = trimmed(text);
  if (text.empty()) throw Exit(ExitCode::usage, "there is no token in what --token-file names; it is empty");
  return text;
}

std::string Context::standard_input(const std::string& for_what) {
  if (!stdin_used_for_.empty()) {
    throw Exit(ExitCode::usage, "the standard input was read for " + stdin_used_for_ + " already; give " +
                                    for_what + " another way");
  }
  stdin_used_for_ = for_what;
  std::string text(std::istreambuf_iterator<char>(std::cin), {});
  if (std::cin.bad()) throw Exit(ExitCode::local_io, "the standard input can't be read");
  return text;
}

std::ifstream Context::open_file(const std::string& path) {
  std::error_code error;
  // Opening a directory succeeds and reading it then looks like an empty file.
  if (std::filesystem::is_directory(path, error))
    throw Exit(ExitCode::local_io, path + " is a directory, not a file");
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    const int reason = errno;
    throw Exit(ExitCode::local_io, path + " can't be read: " + std::generic_category().message(reason));
  }
  return stream;
}

std::string Context::file(const std::string& path) {
  const std::ifstream stream = open_file(path);
  std::ostringstream text;
  text << stream.rdbuf();
  if (stream.bad()) throw Exit(ExitCode::local_io, path + " can't be read to its end");
  return std::move(text).str();
}

}  // namespace wats::app
