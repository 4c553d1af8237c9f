// wats op: any operation there is a card for; its flags are made from the card's fields.
#include "apps/wats/cards.hpp"
#include "apps/wats/commands.hpp"
#include "apps/wats/context.hpp"
#include "apps/wats/provenance_line.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <concepts>
#include <memory>
#include <optional>

namespace wats::app {
namespace {

/// What was given for the fields of one operation, in the order of its fields().
using Given = std::vector<std::optional<std::string>>;

/// Inline text, @FILE, or - for the standard input.
std::string document(Context& context, const std::string& flag, const std::string& given) {
  if (given == "-") return context.standard_input(flag);
  if (given.starts_with('@')) return Context::file(given.substr(1));
  return given;
}

template <class T>
T or_usage(Result<T> result, const std::string& flag) {
  if (!result) throw Exit(ExitCode::usage, flag + ": " + result.error().what());
  return *std::move(result);
}

template <class Member>
Member read_document(const std::string& text, const std::string& flag, model::Naming naming) {
  if constexpr (requires { Member::parse(std::string(text)); }) {
    return or_usage<Member>(Member::parse(std::string(text)), flag);
  } else {
    return or_usage<Member>(model::from_json<Member>(text, naming), flag);
  }
}

template <class Field>
std::string needed(const op::Card& card, const Field& field) {
  std::string text = std::string(card.id) + " needs " + flag_of(field.name);
  if (!field.help.empty()) text += " (" + std::string(field.help) + ")";
  return text + "; see wats op " + std::string(card.id) + " --help";
}

template <class Op>
Op request_of(Context& context, const Given& given) {
  const op::Card& card = Op::card;
  if constexpr (!std::default_initializable<Op>) {
    constexpr auto field = std::get<0>(Op::fields());
    if (!given.front()) throw Exit(ExitCode::usage, needed(card, field));
    const std::string flag = flag_of(field.name);
    return Op(read_document<OnlyField<Op>>(document(context, flag, *given.front()), flag, card.naming));
  } else {
    Op request;
    std::size_t index = 0;
    model::for_each_field<Op>([&](const auto& field) {
      using Member = typename std::decay_t<decltype(field)>::member_type;
      const auto& text = given[index++];
      if (!text) {
        if (field.is_required) throw Exit(ExitCode::usage, needed(card, field));
        return;
      }
      const std::string flag = flag_of(field.name);
      if constexpr (model::Param<Member>) {
        const bool is_body = field.place == model::Place::body;
        request.*field.member = or_usage<Member>(
            model::from_param<Member>(is_body ? document(context, flag, *text) : *text), flag);
      } else {
        request.*field.member = read_document<Member>(document(context, flag, *text), flag, card.naming);
      }
    });
    return request;
  }
}

template <class Op>
void run(Context& context, const Given& given) {
  auto request = request_of<Op>(context, given);
  const auto answer = Context::value_of(context.client().call(std::move(request)).get());
  if (context.global.verbosity > 0) Context::note(line_of(answer.provenance()));
  if (answer.truncated()) {
    Context::note(
        "as many rows as the limit allows: there may be more; narrow the filter or raise the limit");
  }
  if (context.global.json) {
    context.out().json(json_of(*answer));
  } else {
    show(context.out(), *answer);
  }
}

/// A command line that would work but for its values.
template <class Op>
std::string example() {
  std::string text = "  wats op " + std::string(Op::card.id);
  model::for_each_field<Op>([&](const auto& field) {
    if (!field.is_required) return;
    text += " " + flag_of(field.name) + (field.place == model::Place::body ? " @file.json" : " VALUE");
  });
  return text;
}

template <class Op>
void add_operation(CLI::App& op, Context& context) {
  const op::Card& card = Op::card;
  auto* command = op.add_subcommand(std::string(card.id), std::string(card.summary));
  const auto given = std::make_shared<Given>();
  model::for_each_field<Op>([&](const auto& field) {
    using Member = typename std::decay_t<decltype(field)>::member_type;
    const std::size_t index = given->size();
    given->emplace_back();
    std::string help(field.help);
    if (field.is_required) help += help.empty() ? "required" : " (required)";
    command
        ->add_option_function<std::string>(
            flag_of(field.name), [given, index](const std::string& text) { (*given)[index] = text; }, help)
        ->type_name(std::string(type_name_of<Member>()))
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  });
  command->footer(std::string(name(card.method)) + " " + std::string(card.path) + "\n\nExamples:\n" +
                  example<Op>() + "\n" + example<Op>() + " --json");
  command->callback([&context, given] { run<Op>(context, *given); });
}

}  // namespace

void add_op(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("op", "Run any operation");
  command->require_subcommand(0, 1);
  command->footer(
      "A document is given as @FILE, as - for the standard input, or as JSON in place.\n"
      "\n"
      "Examples:\n"
      "  wats op product_get --part-number PN-7\n"
      "  wats op report_query_headers --filter \"serialNumber eq 'SN-1'\" --top 5 --json\n"
      "  wats op report_post_wsjf --report @report.json\n"
      "  wats op product_get --part-number PN-7 --json | jq '.name=\"New\"' | wats op product_save --product "
      "-\n"
      "  wats op product_get --help");
  op::All::for_each([&]<class Op>() { add_operation<Op>(*command, context); });
  command->callback([command] {
    if (command->get_subcommands().empty()) {
      throw Exit(ExitCode::usage, "op needs the name of an operation; `wats ops` lists them");
    }
  });
}

}  // namespace wats::app
