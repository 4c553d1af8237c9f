#include "wats/server/seed.hpp"

#include <charconv>

namespace wats::server {
namespace {

constexpr std::uint32_t line_reports = 2000;

template <class Number>
bool read_number(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool set_member(SeedSpec& spec, std::string_view name, std::string_view value) {
  if (name == "processes") return read_number(value, spec.processes);
  if (name == "products") return read_number(value, spec.products);
  if (name == "revisions") return read_number(value, spec.revisions_per_product);
  if (name == "steps") return read_number(value, spec.steps);
  if (name == "seed") return read_number(value, spec.seed);
  if (name != "reports") return false;
  const auto colon = value.find(':');
  if (colon != std::string_view::npos) spec.report_file = value.substr(colon + 1);
  return read_number(value.substr(0, colon), spec.reports);
}

}  // namespace

SeedSpec SeedSpec::line() {
  SeedSpec spec;
  spec.reports = line_reports;
  return spec;
}

Result<SeedSpec> SeedSpec::parse(std::string_view text) {
  if (text == "line") return line();
  SeedSpec spec;
  if (text == "empty") {
    spec.processes = spec.products = 0;
    return spec;
  }
  while (!text.empty()) {
    const auto end = text.find(',');
    const auto part = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const auto equals = part.find('=');
    if (equals == std::string_view::npos ||
        !set_member(spec, part.substr(0, equals), part.substr(equals + 1))) {
      return fail(Errc::invalid_options,
                  "the seed '" + std::string(part) +
                      "' is not understood: write line, empty, or a list of "
                      "processes=N, products=N, revisions=N, reports=N[:FILE], steps=N and seed=N");
    }
  }
  return spec;
}

}  // namespace wats::server
