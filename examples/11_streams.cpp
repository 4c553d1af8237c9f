// Bodies larger than memory: an answer into a file, with progress, and a file of any size as a request.
#include "wats/wats.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string_view>
#include <utility>

namespace {

constexpr std::string_view report_text =
    R"({"type": "T", "id": "6e8bc1c0-0000-4000-8000-00000000000b", "pn": "PN-7", "sn": "EXAMPLE-11", "rev": "A",
        "processCode": 10, "result": "P", "machineName": "example", "location": "here", "purpose": "example",
        "start": "2026-02-03T09:15:00.000+01:00", "uut": {"user": "op", "execTime": 1.5},
        "root": {"id": 0, "group": "M", "stepType": "SequenceCall", "name": "Main", "status": "P", "totTime": 1.5,
                 "seqCall": {"path": "example/", "name": "example.seq", "version": "1.0"}, "steps": []}})";

}  // namespace

int main() {
  using namespace std::chrono_literals;
  const wats::Client client(wats::load_options().value());

  wats::RawRequest request("/api/Product/Query?$top=10000");
  request.sink = wats::to_file("products.json");
  request.on_progress = [](const wats::BodyProgress& progress) {
    std::cout << progress.received << " bytes\n";
  };
  const auto downloaded = client.raw().send(std::move(request)).with({.timeout = 10min}).get();
  if (!downloaded) {
    std::cout << downloaded.error().message() << "\n";
    return 1;
  }

  // A report as some other program left it on the disk, sent as it is: nothing of it is checked before.
  std::ofstream("report.json") << report_text;
  const auto file = wats::from_file("report.json");
  if (!file) {
    std::cout << file.error().message() << "\n";
    return 1;
  }
  wats::RawRequest upload(wats::Method::post, "/api/Report/WSJF");
  upload.source = *file;
  const auto uploaded = client.raw().send(std::move(upload)).with({.timeout = 10min}).get();
  std::cout << (uploaded ? (*uploaded)->body : uploaded.error().message()) << "\n";

  std::filesystem::remove("products.json");
  std::filesystem::remove("report.json");
  return uploaded ? 0 : 1;
}
