// wats completion: scripts that teach a shell the commands, operations and flags; made from the parser
// itself.
#include "apps/wats/commands.hpp"
#include "apps/wats/context.hpp"
#include "apps/wats/suggest.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>

namespace wats::app {
namespace {

/// One word that may be typed.
struct Word {
  std::string text;
  std::string help;
};

/// Quoted for all three shells; help texts need no quotes of their own.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' || c == '\\' ? '`' : c;
  return out + "'";
}

std::vector<Word> flags_of(const CLI::App& app) {
  std::vector<Word> words;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) words.push_back({"--" + name, option->get_description()});
  }
  return words;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

/// Flags of the program, which fit behind any command, are left to the caller.
std::vector<Word> words_of(const CLI::App& app) {
  std::vector<Word> words;
  for (const auto* command : commands_of(app))
    words.push_back({command->get_name(), command->get_description()});
  for (auto& word : flags_of(app)) words.push_back(std::move(word));
  return words;
}

/// Visits every command with its path, for example "/op/product_get"; the program itself is "".
void walk(const CLI::App& app, const std::string& path,
          const std::function<void(const CLI::App&, const std::string&)>& visit) {
  visit(app, path);
  for (const auto* command : commands_of(app)) walk(*command, path + "/" + command->get_name(), visit);
}

/// "/ping|/get|...": paths that are commands.
std::string known_paths(const CLI::App& root) {
  std::string paths;
  walk(root, "", [&](const CLI::App&, const std::string& path) {
    if (!path.empty()) paths += (paths.empty() ? "" : "|") + path;
  });
  return paths;
}

std::string bash_script(const CLI::App& root) {
  std::string out =
      "# bash completion for wats; use: source <(wats completion bash)\n"
      "_wats() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} at='' words='' word common=''\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case $at/$word in\n"
      "      " +
      known_paths(root) +
      ") at=$at/$word ;;\n"
      "    esac\n"
      "  done\n"
      "  case $at in\n";
  walk(root, "", [&](const CLI::App& app, const std::string& path) {
    std::string words;
    for (const auto& word : words_of(app)) words += (words.empty() ? "" : " ") + word.text;
    out += "    " + in_quotes(path) + ") words=" + in_quotes(words) + " ;;\n";
  });
  std::string common;
  for (const auto& word : flags_of(root)) common += (common.empty() ? "" : " ") + word.text;
  out +=
      "  esac\n"
      "  if [[ $current == -* && -n $at ]]; then common=" +
      in_quotes(common) +
      "; fi\n"
      "  if [[ $current != -* ]]; then words=$(printf '%s\\n' $words | grep -v '^-'); fi\n"
      "  COMPREPLY=($(compgen -W \"$words $common\" -- \"$current\"))\n"
      "}\n"
      "complete -o default -F _wats wats\n";
  return out;
}

std::string zsh_script(const CLI::App& root) {
  std::string out =
      "#compdef wats\n"
      "# zsh completion for wats; use: source <(wats completion zsh), or save it as _wats in $fpath\n"
      "_wats() {\n"
      "  local at='' word\n"
      "  local -a entries\n"
      "  for word in ${words[2,CURRENT-1]}; do\n"
      "    case $at/$word in\n"
      "      " +
      known_paths(root) +
      ") at=$at/$word ;;\n"
      "    esac\n"
      "  done\n"
      "  case $at in\n";
  // _describe splits at the first colon.
  const auto entry = [](const Word& word) { return in_quotes(word.text + ":" + word.help); };
  walk(root, "", [&](const CLI::App& app, const std::string& path) {
    out += "    " + in_quotes(path) + ") entries=(\n";
    for (const auto& word : words_of(app)) out += "      " + entry(word) + "\n";
    out += "    ) ;;\n";
  });
  out +=
      "  esac\n"
      "  if [[ -n $at ]]; then entries+=(\n";
  for (const auto& word : flags_of(root)) out += "    " + entry(word) + "\n";
  out +=
      "  ); fi\n"
      "  _describe 'wats' entries || _files\n"
      "}\n"
      "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _wats \"$@\"; else compdef _wats wats; fi\n";
  return out;
}

std::string fish_script(const CLI::App& root) {
  std::string paths;
  walk(root, "", [&](const CLI::App&, const std::string& path) {
    if (!path.empty()) paths += " " + path;
  });
  std::string out =
      "# fish completion for wats; use: wats completion fish | source\n"
      "function __wats_at\n"
      "  set -l at ''\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    if contains -- \"$at/$word\"" +
      paths +
      "\n"
      "      set at \"$at/$word\"\n"
      "    end\n"
      "  end\n"
      "  test \"$at\" = \"$argv[1]\"\n"
      "end\n";
  const auto line = [&](const std::string& condition, const Word& word) {
    const bool flag = word.text.starts_with("--");
    out += "complete -c wats" + condition +
           (flag ? " -l " + word.text.substr(2) : " -f -a " + in_quotes(word.text)) + " -d " +
           in_quotes(word.help) + "\n";
  };
  for (const auto& word : flags_of(root)) line("", word);
  walk(root, "", [&](const CLI::App& app, const std::string& path) {
    const std::string condition = " -n \"__wats_at '" + path + "'\"";
    for (const auto* command : commands_of(app))
      line(condition, {command->get_name(), command->get_description()});
    if (path.empty()) return;
    for (const auto& word : flags_of(app)) line(condition, word);
  });
  return out;
}

std::string script(const CLI::App& root, const std::string& shell) {
  if (shell == "bash") return bash_script(root);
  if (shell == "zsh") return zsh_script(root);
  if (shell == "fish") return fish_script(root);
  throw Exit(ExitCode::usage,
             (shell.empty() ? "completion needs the name of a shell" : "no shell '" + shell + "' here") +
                 did_you_mean(shell, {"bash", "zsh", "fish"}) + "; there are bash, zsh and fish");
}

}  // namespace

void add_completion(CLI::App& app, Context& context) {
  auto* command =
      app.add_subcommand("completion", "Print a script that teaches a shell the commands and flags");
  const auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash, zsh or fish")->type_name("");
  command->footer(
      "Examples:\n"
      "  source <(wats completion bash)          now; put it into ~/.bashrc for good\n"
      "  wats completion zsh > \"${fpath[1]}/_wats\"\n"
      "  wats completion fish > ~/.config/fish/completions/wats.fish");
  command->callback([&app, &context, shell] { context.out().write(script(app, *shell)); });
}

}  // namespace wats::app
