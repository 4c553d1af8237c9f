// Context: what every command shares: the global options, the client made from them, and the way out.
#pragma once

#include "apps/wats/output.hpp"
#include "wats/client.hpp"

#include <chrono>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace wats::app {

/// What the program tells its caller, as documented in --help.
enum class ExitCode : int {
  ok = 0,
  failed = 1,         ///< the operation failed, for example: not found, refused
  usage = 2,          ///< the command line, the configuration or a given document is wrong
  unreachable = 3,    ///< the server can't be reached, or did not answer in time
  unauthorized = 4,   ///< token missing, wrong or not allowed to
  wrong_answers = 5,  ///< the demonstration found wrong answers
  local_io = 6,       ///< a file or the standard output can't be read or written
};

/// Ends the program: thrown by commands. *message*: one line saying what happened and what to do, shown on
/// stderr behind "wats: "; empty: nothing is shown.
class Exit : public std::runtime_error {
 public:
  explicit Exit(ExitCode code, const std::string& message = {}) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ExitCode code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

/// The exit code that an error of the library ends the program with.
[[nodiscard]] ExitCode exit_code_of(Errc code) noexcept;
/// The same with its message, ready to be thrown.
[[nodiscard]] Exit exit_of(const Error& error);

/// The options that may stand before or behind any command.
class GlobalOptions {
 public:
  GlobalOptions() = default;

  std::string base_url;
  /// A file with the token, or "-" for the standard input.
  std::string token_file;
  std::string config;
  std::optional<std::chrono::milliseconds> timeout;
  bool json = false;
  bool no_color = false;
  /// How many -v were given: 1 tells what happened, 2 everything.
  int verbosity = 0;
};

/// *Thread safety*: one thread; the client it gives may be used by any.
class Context {
 public:
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() = default;

  GlobalOptions global;

  /// The standard output. Data only: what a script reads. Colour and width as the terminal and --no-color
  /// say.
  [[nodiscard]] Output& out();
  /// One line for people on stderr, escaped, behind "wats: ".
  static void note(std::string_view text);
  /// All lines of the library and of commands go here: stderr, from warning on, more with -v and -vv.
  [[nodiscard]] Logger logger() const;

  /// File, environment, then flags. *Errors*: throws Exit.
  [[nodiscard]] ClientOptions client_options();
  /// Made at the first use. *Errors*: throws Exit.
  [[nodiscard]] const Client& client();

  /// All of the standard input; only one option can have it. *for_what* names the option, for example
  /// "--product". *Errors*: throws Exit when it was read before.
  [[nodiscard]] std::string standard_input(const std::string& for_what);
  /// To read from its beginning. *Errors*: throws Exit (local_io).
  [[nodiscard]] static std::ifstream open_file(const std::string& path);
  /// The whole file. *Errors*: throws Exit (local_io).
  [[nodiscard]] static std::string file(const std::string& path);

  /// The value of a result, or the end of the program.
  template <class T>
  [[nodiscard]] static T value_of(Result<T> result) {
    if (!result) throw exit_of(result.error());
    return *std::move(result);
  }

  /// The token in the file that --token-file names, which nobody else may read. Throws Exit.
  [[nodiscard]] std::string token();

 private:
  std::optional<Output> out_;
  std::optional<Client> client_;
  std::string stdin_used_for_;
};

}  // namespace wats::app
