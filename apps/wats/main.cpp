// The wats program: reads the command line, runs one command, and tells by its exit code how it went.
#include "apps/wats/commands.hpp"
#include "apps/wats/context.hpp"
#include "apps/wats/suggest.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <csignal>
#include <exception>

namespace wats::app {
namespace {

constexpr const char* footer =
    "Options of wats may also stand behind the command.\n"
    "The server's address comes from --base-url, else WATS_BASE_URL, else the configuration file; the token "
    "from\n"
    "--token-file, else WATS_AUTH_TOKEN, else the configuration file. A token never stands on a command "
    "line.\n"
    "\n"
    "Exit codes:\n"
    "  0  it worked\n"
    "  1  the operation failed, for example: not found, refused by the server\n"
    "  2  the command line, the configuration or a given document is wrong\n"
    "  3  the server can't be reached, or did not answer in time\n"
    "  4  not authorised: token missing, wrong, or not allowed to\n"
    "  5  the demonstration found wrong answers or missed a goal\n"
    "  6  a file or the standard output can't be read or written\n"
    "\n"
    "Examples:\n"
    "  wats demo                                         see what it does, no server needed\n"
    "  wats ping --base-url https://wats.example         is the server there, who is it?\n"
    "  wats op product_get --part-number PN-7            one product\n"
    "  wats ops report                                   what can be done with reports\n"
    "  source <(wats completion bash)                    let the Tab key know all this";

/// "1500ms", "5s", "2min", or seconds without a unit.
std::chrono::milliseconds duration_of(const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const std::string unit(stop, end);
  const double factor = unit.empty() || unit == "s" ? 1e3 : unit == "ms" ? 1 : unit == "min" ? 6e4 : 0;
  constexpr double longest = 24 * 36e5;
  const double length = number * factor;
  // Said so that NaN is refused too.
  const bool in_range = length >= 1 && length <= longest;
  if (error != std::errc() || factor == 0 || !in_range) {
    throw Exit(ExitCode::usage,
               "--timeout: '" + text + "' is not a time like 500ms, 5s or 2min (at most a day)");
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(number * factor));
}

void add_global_options(CLI::App& app, GlobalOptions& global) {
  app.add_option("--base-url", global.base_url, "address of the server")->type_name("URL");
  app.add_option("--token-file", global.token_file,
                 "file with the token (mode 0600), or - for the standard input")
      ->type_name("FILE");
  app.add_option("--config", global.config, "configuration file instead of ~/.config/wats/wats.toml")
      ->type_name("FILE");
  app.add_option_function<std::string>(
         "--timeout", [&global](const std::string& text) { global.timeout = duration_of(text); },
         "total time for one call, for example 500ms, 5s, 2min (default 30s)")
      ->type_name("TIME");
  app.add_flag("--json", global.json, "answers as JSON, for programs");
  app.add_flag("--no-color", global.no_color, "no colours (as does NO_COLOR in the environment)");
  app.add_flag("-v,--verbose", global.verbosity, "tell more on stderr; twice: every attempt of every call");
}

/// The command that the parser had come to.
const CLI::App& deepest(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

std::string command_line_to(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name()
                                     : command_line_to(*app.get_parent()) + " " + app.get_name();
}

std::string help_of(const CLI::App& app) {
  if (app.get_parent() == nullptr) return app.help();
  return app.help(command_line_to(*app.get_parent())) +
         "\nOptions that fit behind every command, and the exit codes: wats --help\n";
}

std::vector<std::string> flags_for(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) {
    for (const auto* option : at->get_options()) {
      for (const auto& name : option->get_lnames()) flags.push_back("--" + name);
    }
  }
  return flags;
}

/// One line about the first word that nobody understood; never a value, which may be a secret.
Exit not_understood(const CLI::App& app) {
  const CLI::App& at = deepest(app);
  const std::string help = "; see " + command_line_to(at) + " --help";
  const auto words = app.remaining(true);
  const std::string word = words.empty() ? std::string() : words.front();
  if (word.starts_with('-')) {
    const std::string flag = word.substr(0, word.find('='));
    if (flag == "--token") {
      return Exit(ExitCode::usage,
                  "there is no --token, since other users can see command lines; use --token-file FILE");
    }
    return Exit(ExitCode::usage, "unknown option " + flag + did_you_mean(flag, flags_for(at)) + help);
  }
  std::vector<std::string> names;
  for (const auto* command : at.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  if (names.empty()) return Exit(ExitCode::usage, "'" + word + "' was not expected there" + help);
  const std::string kind = at.get_name() == "op" ? "operation" : "command";
  return Exit(ExitCode::usage, "there is no " + kind + " '" + word + "'" + did_you_mean(word, names) + help);
}

void parse_and_run(CLI::App& app, Context& context, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty()) {
      throw Exit(ExitCode::usage,
                 "no command given; `wats --help` lists them, `wats demo` shows what it can do");
    }
  } catch (const CLI::CallForHelp&) {
    // Help for a command that is not there would look as if it were.
    if (!app.remaining(true).empty()) throw not_understood(app);
    context.out().write(help_of(deepest(app)));
  } catch (const CLI::CallForVersion&) {
    context.out().line(app.version());
  } catch (const CLI::ExtrasError&) {
    throw not_understood(app);
  } catch (const CLI::ParseError& error) {
    throw Exit(ExitCode::usage,
               std::string(error.what()) + "; see " + command_line_to(deepest(app)) + " --help");
  }
  context.out().flush();
}

int run(int argc, char** argv) {
  // Writing to a pipe that nobody reads is an error like others: `wats ops | head -1` is nobody's fault.
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("wats: talk to a WATS server from a terminal or a script", "wats");
  Context context;
  try {
    app.require_subcommand(0, 1);
    app.fallthrough();
    app.set_version_flag("--version", "wats " WATS_VERSION);
    app.footer(footer);
    add_global_options(app, context.global);
    add_ping(app, context);
    add_get(app, context);
    add_ops(app, context);
    add_op(app, context);
    add_serve(app, context);
    add_demo(app, context);
    add_cache(app, context);
    add_completion(app, context);
    parse_and_run(app, context, argc, argv);
    return static_cast<int>(ExitCode::ok);
  } catch (const Exit& exit) {
    if (*exit.what() != '\0') Context::note(exit.what());
    return static_cast<int>(exit.code());
  } catch (const Failure& failure) {
    Context::note(failure.error().message());
    return static_cast<int>(exit_code_of(failure.error().code()));
  } catch (const std::exception& error) {
    Context::note(std::string("unexpected: ") + error.what());
    return static_cast<int>(ExitCode::failed);
  }
}

}  // namespace
}  // namespace wats::app

int main(int argc, char** argv) {
  return wats::app::run(argc, argv);
}
