// Submitting a report: the id in the document makes a repeat safe, since the same id overwrites.
#include "wats/wats.hpp"

#include <cstdint>
#include <iostream>
#include <string>

namespace {

/// A test report of one step, run in the process of that number.
std::string report_text(std::int32_t process_code) {
  return R"({"type": "T", "pn": "PN-7", "sn": "EXAMPLE-06", "rev": "A", "processCode": )" +
         std::to_string(process_code) +
         R"(, "result": "P", "machineName": "example", "location": "here", "purpose": "example",
             "start": "2026-02-03T09:15:00.000+01:00", "uut": {"user": "op", "execTime": 1.5},
             "root": {"id": 0, "group": "M", "stepType": "SequenceCall", "name": "Main", "status": "P", "totTime": 1.5,
                      "seqCall": {"path": "example/", "name": "example.seq", "version": "1.0"}, "steps": []}})";
}

}  // namespace

int main() {
  const wats::Client client(wats::load_options().value());

  const auto processes = client.processes().list().value();

  // Checked here, before anything is sent: what is missing is named, and an id is made up where there is
  // none.
  const auto report = wats::ReportDocument::parse(report_text(processes->at(0).code.value_or(0)));
  if (!report) {
    std::cout << report.error().message() << "\n";
    return 1;
  }
  const auto receipt = client.reports().submit(*report).get();
  if (!receipt) {
    std::cout << receipt.error().message() << "\n";
    return 1;
  }
  // A repeat, as after a cut connection, is the same report again and not a second one.
  const auto again = client.reports().submit(*report).value();
  std::cout << "stored as " << (*receipt)->uuid << ", repeated as " << again->uuid << "\n";
  return (*receipt)->uuid == again->uuid ? 0 : 1;
}
