#include "wats/server/fault.hpp"

#include "src/server/registry.hpp"

#include <charconv>
#include <optional>

namespace wats::server {
namespace {

constexpr double most_percent = 100;
constexpr std::uint32_t most_megabytes = 1024;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <class Number>
std::optional<Number> number(std::string_view text, Number least, Number most) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
    return std::nullopt;
  return value;
}

std::unexpected<Error> wrong(std::string_view part, const std::string& why) {
  return fail(Errc::invalid_options, "the fault '" + std::string(part) + "' cannot be planted: " + why);
}

struct Shape {
  std::string_view name;
  Fault::Kind kind;
  std::size_t arguments;
  std::string_view usage;
};
constexpr Shape shapes[] = {
    {"drop", Fault::Kind::drop, 2, "drop=OPERATION:PERCENT"},
    {"half", Fault::Kind::half, 2, "half=OPERATION:PERCENT"},
    {"status", Fault::Kind::status, 3, "status=OPERATION:CODE:PERCENT"},
    {"garbage", Fault::Kind::garbage, 2, "garbage=OPERATION:PERCENT"},
    {"huge", Fault::Kind::huge, 3, "huge=OPERATION:PERCENT:MEGABYTES"},
};

Result<Fault> parse_one(std::string_view text) {
  const auto equals = text.find('=');
  const auto name = text.substr(0, equals);
  for (const auto& shape : shapes) {
    if (shape.name != name) continue;
    const auto arguments = split(equals == std::string_view::npos ? "" : text.substr(equals + 1), ':');
    if (arguments.size() != shape.arguments) return wrong(text, "write " + std::string(shape.usage));
    Fault fault;
    fault.kind = shape.kind;
    fault.operation = arguments[0];
    static const Registry registry = all_operations();
    if (fault.operation != "*" && registry.find(fault.operation) == registry.operations().size()) {
      return wrong(text, "there is no operation " + fault.operation);
    }
    const bool with_status = shape.kind == Fault::Kind::status;
    const auto percent = number<double>(arguments[with_status ? 2 : 1], 0, most_percent);
    if (!percent) return wrong(text, "the probability is a percentage from 0 to 100");
    fault.probability = *percent;
    if (with_status) {
      const auto status = number<int>(arguments[1], 400, 599);
      if (!status) return wrong(text, "the status is 400 to 599");
      fault.status = *status;
    }
    if (shape.kind == Fault::Kind::huge) {
      const auto size = number<std::uint32_t>(arguments[2], 1, most_megabytes);
      if (!size) return wrong(text, "the size is 1 to 1024 MB");
      fault.megabytes = *size;
    }
    return fault;
  }
  return wrong(text, "known are drop, half, status, garbage and huge");
}

}  // namespace

Result<std::vector<Fault>> Fault::parse(std::string_view text) {
  std::vector<Fault> faults;
  for (const auto part : split(text, ',')) {
    auto fault = parse_one(part);
    if (!fault) return std::unexpected(std::move(fault).error());
    faults.push_back(*std::move(fault));
  }
  return faults;
}

}  // namespace wats::server
