#include "src/server/counters.hpp"

#include <algorithm>
#include <cstdio>

namespace wats::server {
namespace {

std::string seconds_text(std::uint64_t nanoseconds) {
  std::array<char, 32> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.9f", static_cast<double>(nanoseconds) / 1e9);
  return {text.data(), static_cast<std::size_t>(size)};
}

void head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ");
  out.append(type).append("\n");
}

}  // namespace

Counters::Counters(const Registry& registry)
    : registry_(registry), operations_(std::make_unique<Operation[]>(registry.operations().size() + 1)) {}

std::string Counters::id(std::size_t operation) const {
  const auto& known = registry_.operations();
  return operation < known.size() ? std::string(known[operation].card->id) : "unknown";
}

void Counters::began(std::size_t operation, std::size_t bytes_in) {
  auto& entry = operations_[operation];
  ++entry.requests;
  entry.bytes_in += bytes_in;
  ++in_flight_;
}

void Counters::ended(std::size_t operation, int status, std::size_t bytes_out,
                     std::chrono::nanoseconds duration) {
  auto& entry = operations_[operation];
  ++entry.by_class[static_cast<std::size_t>(std::clamp(status / 100, 0, 5))];
  entry.bytes_out += bytes_out;
  entry.nanoseconds += static_cast<std::uint64_t>(duration.count());
  --in_flight_;
}

Stats Counters::stats() const {
  Stats stats;
  for (std::size_t i = 0; i <= registry_.operations().size(); ++i) {
    const auto& entry = operations_[i];
    if (entry.requests == 0) continue;
    const OperationStats own{entry.requests, entry.errors(), entry.bytes_in, entry.bytes_out};
    stats.total.requests += own.requests;
    stats.total.errors += own.errors;
    stats.total.bytes_in += own.bytes_in;
    stats.total.bytes_out += own.bytes_out;
    stats.operations.emplace(id(i), own);
  }
  stats.connections = connections_;
  return stats;
}

std::string Counters::prometheus(Database& database) const {
  std::string out;
  const auto each = [&](auto line) {
    for (std::size_t i = 0; i <= registry_.operations().size(); ++i)
      line("operation=\"" + id(i) + "\"", operations_[i]);
  };
  head(out, "wats_server_requests_total", "counter", "Answered requests by operation and status class.");
  each([&](const std::string& label, const Operation& entry) {
    for (std::size_t digit = 0; digit < entry.by_class.size(); ++digit) {
      if (entry.by_class[digit] == 0) continue;
      out += "wats_server_requests_total{" + label + ",status=\"" +
             (digit == 0 ? std::string("none") : std::to_string(digit) + "xx") + "\"} " +
             std::to_string(entry.by_class[digit]) + "\n";
    }
  });
  head(out, "wats_server_request_seconds", "summary", "Time from the whole request to the whole answer.");
  each([&](const std::string& label, const Operation& entry) {
    if (entry.requests == 0) return;
    out += "wats_server_request_seconds_sum{" + label + "} " + seconds_text(entry.nanoseconds) + "\n";
    out += "wats_server_request_seconds_count{" + label + "} " + std::to_string(entry.requests) + "\n";
  });
  head(out, "wats_server_in_flight", "gauge", "Requests being answered.");
  out += "wats_server_in_flight " + std::to_string(in_flight_) + "\n";
  head(out, "wats_server_connections_total", "counter", "Accepted connections.");
  out += "wats_server_connections_total " + std::to_string(connections_) + "\n";
  head(out, "wats_server_rows", "gauge", "Rows of the database by table.");
  for (const std::string table : {"processes", "products", "revisions", "units", "reports", "inbox"}) {
    auto row = database.prepare("SELECT count(*) FROM " + table);
    if (row.next())
      out += "wats_server_rows{table=\"" + table + "\"} " + std::to_string(row.integer(0)) + "\n";
  }
  return out;
}

}  // namespace wats::server
