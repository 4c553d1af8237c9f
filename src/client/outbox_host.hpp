// OutboxHost: the outbox of a client, opened when it is first needed, and the calls that empty it.
#pragma once

#include "src/client/submit_run.hpp"
#include "wats/http/detail/engine.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace wats::detail {

/// *Thread safety*: any thread.
class OutboxHost final : public SubmitHost {
 public:
  explicit OutboxHost(std::shared_ptr<http::detail::Engine> engine) noexcept : engine_(std::move(engine)) {}

  [[nodiscard]] Result<outbox::Outbox> outbox() override;
  [[nodiscard]] bool is_own_thread() const override;
  void lost_write() noexcept override;

  /// Opens it where the options name it, so that what was left is sent. Nothing to do is fine.
  [[nodiscard]] Result<void> open_if_named();
  /// Sends no more, and lets go of it. Idempotent.
  void close() noexcept;

 private:
  const std::shared_ptr<http::detail::Engine> engine_;
  std::mutex mutex_;
  std::optional<outbox::Outbox> outbox_;
  bool is_closed_ = false;
};

}  // namespace wats::detail
