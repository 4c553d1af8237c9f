// Gathering: several operations waited for as one.
#pragma once

#include "wats/core/detail/operation.hpp"
#include "wats/core/detail/stop_hook.hpp"

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

namespace wats::detail {

/// Keeps a number of parts under way until there are no more, or enough is known. The derived class gives the
/// parts and takes their outcomes. *Ownership*: by the Call until it starts, then by itself until its last
/// part is over. *Thread safety*: parts may end on any thread; next() is called by one at a time, take()
/// under the lock.
class Gathering : public Operation {
 public:
  /// *most_at_once*: at least 1.
  explicit Gathering(std::size_t most_at_once) noexcept;
  ~Gathering() override;

  void set(const CallOptions& options) noexcept final { options_.add(options); }
  void set(std::stop_token stop) final { stop_ = std::move(stop); }
  [[nodiscard]] Outcome run() final;
  [[nodiscard]] std::optional<Outcome> try_now() final;
  void start(Sink& sink) final;
  void cancel() noexcept final;
  [[nodiscard]] bool drop() noexcept final { return sink_.exchange(nullptr) != nullptr; }
  void abandoned() noexcept final;
  [[nodiscard]] bool may_block() final;
  [[nodiscard]] Stay stay() final;
  [[nodiscard]] boost::asio::any_io_executor executor() final;
  [[nodiscard]] std::shared_ptr<Home> home() final;

 protected:
  /// The next part, or null when there is none left. What it throws ends the gathering with
  /// Errc::invalid_argument.
  [[nodiscard]] virtual std::shared_ptr<Operation> next() = 0;
  virtual void take(std::size_t index, Outcome outcome) = 0;
  /// No further outcome is needed.
  [[nodiscard]] virtual bool has_enough() const noexcept { return false; }
  [[nodiscard]] virtual Outcome conclude() = 0;

 private:
  class Part final : public Sink {
   public:
    explicit Part(Gathering& owner) noexcept : owner_(owner) {}
    void set(std::size_t index, std::shared_ptr<Operation> operation) noexcept {
      index_ = index;
      operation_ = std::move(operation);
    }
    void complete(Outcome outcome) noexcept override { owner_.over(*this, std::move(outcome)); }
    [[nodiscard]] std::size_t index() const noexcept { return index_; }
    /// Null once it is over.
    [[nodiscard]] std::shared_ptr<Operation>& operation() noexcept { return operation_; }

   private:
    Gathering& owner_;
    std::size_t index_ = 0;
    std::shared_ptr<Operation> operation_;
  };

  /// The first part, made to ask it where handlers run.
  [[nodiscard]] const std::shared_ptr<Operation>& first();
  [[nodiscard]] std::shared_ptr<Operation> next_or_first();
  [[nodiscard]] std::shared_ptr<Operation> make_next() noexcept;
  [[nodiscard]] bool wants_more() const noexcept;
  /// Begins parts until enough are under way; ends the whole when there is nothing more to wait for.
  void fill() noexcept;
  void begin(Part& part) noexcept;
  void over(Part& part, Outcome outcome) noexcept;
  void cancel_parts() noexcept;
  /// Why the whole fails, if it does; under the lock.
  [[nodiscard]] std::optional<Error> reason_to_fail() const;
  void finish(std::optional<Error> failure) noexcept;

  const std::size_t most_at_once_;
  CallOptions options_;
  std::stop_token stop_;
  std::shared_ptr<Operation> first_;
  bool first_known_ = false;
  std::atomic<Sink*> sink_{nullptr};

  std::mutex mutex_;  // guards what follows
  std::shared_ptr<Gathering> self_;
  /// As many as are under way at most; those that are over serve again.
  std::deque<Part> parts_;
  std::vector<Part*> idle_;
  std::size_t begun_ = 0;
  std::size_t under_way_ = 0;
  bool filling_ = false;
  bool exhausted_ = false;
  bool cancelled_ = false;
  std::optional<Error> broken_;
  std::unique_ptr<StopHook> stop_hook_;
};

}  // namespace wats::detail
