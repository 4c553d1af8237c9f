#include "src/server/seeder.hpp"

#include "src/server/seed_data.hpp"
#include "wats/model/codec.hpp"
#include "wats/op/product.hpp"
#include "wats/op/report.hpp"

#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>

namespace wats::server {
namespace {

/// Requests under way at once: enough to fill commits, few enough to bound memory.
constexpr std::size_t most_in_flight = 512;

/// Sends requests to the engine and remembers the first refusal.
class Sending {
 public:
  /// Waits for a place, then lets *send* begin a request with the callback it is given.
  void begin(const std::function<void(OnReply)>& send) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return in_flight_ < most_in_flight; });
      ++in_flight_;
    }
    send([this](const Reply& reply) {
      const std::lock_guard lock(mutex_);
      if (reply.is_error() && !refusal_) refusal_ = reply.body;
      --in_flight_;
      changed_.notify_all();
    });
  }

  [[nodiscard]] Result<void> wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return in_flight_ == 0; });
    if (refusal_)
      return fail(Errc::rejected, "the server refused what it should be filled with: " + *refusal_);
    return {};
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t in_flight_ = 0;
  std::optional<std::string> refusal_;
};

/// No operation creates processes: they are set up by the server's administrator.
Reply store_processes(Transaction& transaction, const std::vector<Process>& processes) {
  for (const auto& process : processes) {
    const auto doc = model::to_json(process);
    auto insert = transaction.database().prepare(
        "INSERT OR REPLACE INTO processes(code, name, process_index, is_test, is_repair, is_wip, state, doc)"
        " VALUES(?,?,?,?,?,?,?,?)");
    insert.bind(std::int64_t{*process.code})
        .bind(*process.name)
        .bind(std::int64_t{*process.process_index})
        .bind(std::int64_t{process.is_test_operation})
        .bind(std::int64_t{process.is_repair_operation})
        .bind(std::int64_t{process.is_wip_operation})
        .bind(std::int64_t{*process.state})
        .bind(doc)
        .run();
    transaction.changed("processes", std::to_string(*process.code), doc);
  }
  return {};
}

Result<std::optional<ReportTemplate>> template_of(const SeedSpec& spec) {
  if (spec.report_file.empty()) return std::nullopt;
  std::ifstream file(spec.report_file, std::ios::binary);
  if (!file) return fail(Errc::io_error, "cannot read the report " + spec.report_file);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto made = ReportTemplate::from(text);
  if (!made) return std::unexpected(std::move(made).error());
  return std::optional(*std::move(made));
}

/// Products that the server has already stay as they are, so that a file can be seeded again.
bool has_product(Engine& engine, std::uint32_t index, const SeedSpec& spec) {
  const auto product = model::from_json<Product>(seed_product(spec, index));
  Incoming incoming;
  incoming.params.emplace_back("partNumber", product ? product->part_number : "");
  Sending sending;
  const auto operation = engine.registry().find(op::ProductGet::card.id);
  sending.begin([&](OnReply done) { engine.call(operation, std::move(incoming), std::move(done)); });
  return sending.wait().has_value();
}

}  // namespace

Result<void> seed_server(Engine& engine, const SeedSpec& spec) {
  auto multiplied = template_of(spec);
  if (!multiplied) return std::unexpected(std::move(multiplied).error());
  Sending sending;
  sending.begin([&](OnReply done) {
    engine.store().writer().submit(
        [processes = seed_processes(spec.processes)](Transaction& transaction) {
          return store_processes(transaction, processes);
        },
        std::move(done));
  });
  const auto send = [&](std::size_t operation, std::string body) {
    Incoming incoming;
    incoming.body = std::move(body);
    // Checked here and not by the readers: the order of processing, and so run and timeStamp, follow from the
    // seed.
    sending.begin([&](OnReply done) { engine.write(operation, incoming, std::move(done)); });
  };
  const auto save = engine.registry().find(op::ProductSave::card.id);
  for (std::uint32_t i = 0; i < spec.products; ++i) {
    if (!has_product(engine, i, spec)) send(save, seed_product(spec, i));
  }
  // Reports need the processes: these must be committed before.
  if (auto done = sending.wait(); !done) return done;
  const auto post = engine.registry().find(op::ReportPostWsjf::card.id);
  for (std::uint32_t i = 0; i < spec.reports; ++i) {
    send(post, *multiplied ? (*multiplied)->make(spec, i) : seed_report(spec, i));
  }
  return sending.wait();
}

}  // namespace wats::server
