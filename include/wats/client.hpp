// Client: the one object a program keeps; cheap to copy, safe to share between threads.
#pragma once

#include "wats/core/client_options.hpp"
#include "wats/http/detail/engine.hpp"
#include "wats/outbox/outbox.hpp"
#include "wats/service/caller.hpp"
#include "wats/service/processes.hpp"
#include "wats/service/products.hpp"
#include "wats/service/raw.hpp"
#include "wats/service/reports.hpp"
#include "wats/service/server_info.hpp"
#include "wats/service/units.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace wats {

namespace detail {
class OutboxHost;
}

/// Figures of a client since it was made.
class ClientStats {
 public:
  explicit ClientStats(const http::detail::EngineStats& engine) : engine_(engine) {}

  /// Requests sent to the server.
  [[nodiscard]] std::uint64_t requests() const noexcept { return engine_.requests; }
  /// Reads of a class that were answered without a new request.
  [[nodiscard]] std::uint64_t hits(CacheClass cache_class) const noexcept {
    return engine_.of(cache_class).hits;
  }
  /// Reads of a class for which a request was sent.
  [[nodiscard]] std::uint64_t misses(CacheClass cache_class) const noexcept {
    return engine_.of(cache_class).misses;
  }
  /// Writes that were prepared and thrown away unsent.
  [[nodiscard]] std::uint64_t lost_writes() const noexcept { return engine_.lost_writes; }
  [[nodiscard]] const cache::Stats& cache() const noexcept { return engine_.cache; }
  /// Nothing where there is no second level.
  [[nodiscard]] std::optional<cache::SecondLevelStats> second_level() const noexcept {
    return engine_.second_level;
  }
  /// Attempts by operation, in the order of the operations' names.
  [[nodiscard]] const std::vector<http::detail::OperationStats>& operations() const& noexcept {
    return engine_.operations;
  }
  [[nodiscard]] std::vector<http::detail::OperationStats> operations() && {
    return std::move(engine_.operations);
  }
  /// Breaker, limits and budget as they stand.
  [[nodiscard]] const http::detail::ConditionStats& condition() const noexcept { return engine_.condition; }

 private:
  http::detail::EngineStats engine_;
};

/// A client of one WATS server.
///
///     wats::Client client(wats::ClientOptions().base_url("http://127.0.0.1:8080").token(token));
///     auto product = client.products().find("PN-7").value();
///
/// *Thread safety*: any thread, any number of threads. *Lifetime*: copies share everything; with the last one
/// the client closes: calls under way end with Errc::closed, answers stay valid.
class Client {
 public:
  /// Makes a client; nothing is sent. *Errors*: throws Failure (Errc::invalid_options) for options that can't
  /// work.
  explicit Client(ClientOptions options);
  /// The same without exceptions.
  [[nodiscard]] static Result<Client> open(ClientOptions options);

  [[nodiscard]] ProductService products() const { return ProductService(caller()); }
  [[nodiscard]] UnitService units() const { return UnitService(caller()); }
  [[nodiscard]] ReportService reports() const { return ReportService(caller()); }
  [[nodiscard]] ProcessService processes() const { return ProcessService(caller()); }
  [[nodiscard]] ServerInfoService server() const { return ServerInfoService(caller()); }
  /// What has no card can still be sent.
  [[nodiscard]] RawService raw() const { return RawService(shared_->engine); }

  /// Hands a report over for good: once this says that it is stored it is on disk, and is sent behind what
  /// people wait for, as soon as the server can be reached, also after a crash or a restart (see
  /// outbox::Outbox). `reports().submit()` sends it directly instead. Handlers without an executor run on
  /// Asio's system context. *Errors*: Errc::outbox_full, Errc::io_error: it was not stored. *Idempotent*: by
  /// the report's id.
  [[nodiscard]] Call<outbox::Receipt> submit(ReportDocument report,
                                             outbox::AddOptions how = outbox::AddOptions()) const;
  /// Where submit() puts them, opened and sending since its first use; see ClientOptions::outbox().
  /// *Errors*: what outbox::Outbox::open() says; Errc::invalid_options where the client shall have none.
  [[nodiscard]] Result<outbox::Outbox> outbox() const;

  /// Any operation there is a card for: `client.call(op::ProductGet("PN-7"))`.
  template <op::Operation Op>
  [[nodiscard]] Call<typename Op::Answer> call(Op request) const {
    return caller().call(std::move(request));
  }

  [[nodiscard]] const ClientOptions& options() const noexcept;
  [[nodiscard]] ClientStats stats() const;
  /// Forgets every stored answer, with a second level also what is kept there, for all who share it.
  void clear_cache() const;
  /// Ends every call with Errc::closed and stops the background thread. Idempotent; also done with the last
  /// copy.
  void close() const noexcept;

  /// News from outside, as a backplane brings them: drops what carries the tags, also in an idle client.
  void changed_elsewhere(std::vector<cache::Tag> tags) const;

 private:
  struct Shared {
    explicit Shared(std::shared_ptr<http::detail::Engine> opened);
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
    ~Shared();

    std::shared_ptr<http::detail::Engine> engine;
    std::shared_ptr<detail::OutboxHost> outbox;
  };

  explicit Client(std::shared_ptr<const Shared> shared) noexcept : shared_(std::move(shared)) {}
  [[nodiscard]] Caller caller() const { return Caller(shared_->engine); }

  std::shared_ptr<const Shared> shared_;
};

}  // namespace wats
