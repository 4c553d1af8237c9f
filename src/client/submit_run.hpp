// SubmitRun: a call whose answer is that a report lies in the outbox.
#pragma once

#include "wats/core/detail/operation.hpp"
#include "wats/outbox/outbox.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

namespace wats::detail {

/// What a submit needs of its client.
class SubmitHost {
 public:
  SubmitHost() = default;
  SubmitHost(const SubmitHost&) = delete;
  SubmitHost& operator=(const SubmitHost&) = delete;
  virtual ~SubmitHost() = default;
  [[nodiscard]] virtual Result<outbox::Outbox> outbox() = 0;
  /// Whether the calling thread is one of the client's, which must not wait for a disk.
  [[nodiscard]] virtual bool is_own_thread() const = 0;
  virtual void lost_write() noexcept = 0;
};

/// Waits for the disk, never for the server. Cancelling it does nothing: the report is handed over within
/// milliseconds, or refused.
class SubmitRun final : public Operation {
 public:
  SubmitRun(std::shared_ptr<SubmitHost> host, outbox::Report report, outbox::AddOptions options)
      : host_(std::move(host)), report_(std::move(report)), options_(std::move(options)) {}

  void set(const CallOptions&) noexcept override {}
  void set(std::stop_token) override {}
  [[nodiscard]] Outcome run() override;
  [[nodiscard]] std::optional<Outcome> try_now() override { return std::nullopt; }
  void start(Sink& sink) override;
  void cancel() noexcept override {}
  [[nodiscard]] bool drop() noexcept override { return sink_.exchange(nullptr) != nullptr; }
  void abandoned() noexcept override { host_->lost_write(); }
  [[nodiscard]] bool may_block() override { return !host_->is_own_thread(); }
  [[nodiscard]] Stay stay() override { return {}; }
  [[nodiscard]] boost::asio::any_io_executor executor() override { return anywhere(); }
  [[nodiscard]] std::shared_ptr<Home> home() override { return nullptr; }

 private:
  const std::shared_ptr<SubmitHost> host_;
  outbox::Report report_;
  outbox::AddOptions options_;
  std::atomic<Sink*> sink_{nullptr};
};

}  // namespace wats::detail
