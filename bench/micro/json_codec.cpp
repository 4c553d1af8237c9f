// The JSON codec against its limits: a product of about 1 KB and 1000 report headers, read and written.
// Rivals: simdjson on-demand by hand (product only), nlohmann::json. A rival that reads something else is an
// error.
#include "bench/rivals/product_by_hand.hpp"
#include "wats/model/codec.hpp"
#include "wats/model/product.hpp"
#include "wats/model/report_header.hpp"

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>
#include <simdjson.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using bench::product_by_hand;
using wats::Product;
using wats::ProductRevision;
using wats::ReportHeader;
using Headers = std::vector<ReportHeader>;

std::string product_text() {
  Product product("PN-1234567");
  product.name = "Controller board";
  product.description = "Main board of the controller, with power supply";
  product.product_id = "5a2b6c1e-7d34-4f0a-9c55-0e1f2a3b4c5d";
  product.product_category_name = "Boards";
  for (const char* name : {"A", "B", "C", "D"}) {
    ProductRevision revision(name);
    revision.name = "Revision";
    revision.description = "Built since spring";
    revision.product_revision_id = "c0ffee00-1111-4222-8333-444455556666";
    revision.product_id = *product.product_id;
    product.revisions.push_back(std::move(revision));
  }
  return wats::model::to_json(product);
}

std::string headers_text() {
  Headers headers;
  for (int i = 0; i < 1000; ++i) {
    ReportHeader header;
    header.uuid = "5a2b6c1e-7d34-4f0a-9c55-0e1f2a3b4c5d";
    header.serial_number = "SN-" + std::to_string(100'000 + i);
    header.part_number = "PN-1234567";
    header.report_type = wats::ReportType::test;
    header.start = wats::Timestamp::parse("2026-02-03T09:15:00Z").value_or(wats::Timestamp());
    header.revision = "B";
    header.result = wats::ReportResult::passed;
    header.user_name = "operator 1";
    header.station_name = "EXAMPLE-ST1";
    header.location = "Bench 1";
    header.purpose = "Production";
    header.time_stamp = 1'000'000 + i;
    header.process_code = 10;
    header.process_name = "Function test";
    header.execution_time = 0.1 * i;
    header.sw_filename = "example.seq";
    header.sw_version = "1.0.0";
    header.run = 1;
    headers.push_back(std::move(header));
  }
  return wats::model::to_json(headers);
}

void finish(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

template <class T>
void read_ours(benchmark::State& state, const std::string& source) {
  std::string text = source;
  text.reserve(text.size() + wats::model::json_padding);
  for (auto _ : state) benchmark::DoNotOptimize(wats::model::from_json<T>(text));
  finish(state, text.size());
}

template <class T>
void write_ours(benchmark::State& state, const std::string& source) {
  const auto value = wats::model::from_json<T>(source);
  if (!value) return state.SkipWithError(value.error().what().c_str());
  std::string out;
  for (auto _ : state) {
    out.clear();
    wats::model::append_json(out, *value);
    benchmark::DoNotOptimize(out.data());
  }
  if (out != source) state.SkipWithError("wrote something else");
  finish(state, out.size());
}

void read_product_by_hand(benchmark::State& state) {
  const simdjson::padded_string text(product_text());
  simdjson::ondemand::parser parser;
  const auto ours = wats::model::from_json<Product>(std::string_view(text.data(), text.size()));
  if (!ours || !(product_by_hand(parser, text) == *ours)) return state.SkipWithError("read something else");
  for (auto _ : state) benchmark::DoNotOptimize(product_by_hand(parser, text));
  finish(state, text.size());
}

// nlohmann's fair share is its own value, without filling records; so it does less than the codec.
void read_nlohmann(benchmark::State& state, const std::string& text) {
  for (auto _ : state) benchmark::DoNotOptimize(nlohmann::json::parse(text));
  finish(state, text.size());
}

void write_nlohmann(benchmark::State& state, const std::string& text) {
  const auto value = nlohmann::json::parse(text);
  if (nlohmann::json::parse(value.dump()) != value) return state.SkipWithError("wrote something else");
  for (auto _ : state) benchmark::DoNotOptimize(value.dump());
  finish(state, text.size());
}

constexpr auto* read_product = read_ours<Product>;
constexpr auto* write_product = write_ours<Product>;
constexpr auto* read_headers = read_ours<Headers>;
constexpr auto* write_headers = write_ours<Headers>;

BENCHMARK_CAPTURE(read_product, codec, product_text());
BENCHMARK(read_product_by_hand);
BENCHMARK_CAPTURE(read_nlohmann, product, product_text());
BENCHMARK_CAPTURE(write_product, codec, product_text());
BENCHMARK_CAPTURE(write_nlohmann, product, product_text());
BENCHMARK_CAPTURE(read_headers, codec, headers_text());
BENCHMARK_CAPTURE(read_nlohmann, headers, headers_text());
BENCHMARK_CAPTURE(write_headers, codec, headers_text());
BENCHMARK_CAPTURE(write_nlohmann, headers, headers_text());

}  // namespace
