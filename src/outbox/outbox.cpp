#include "wats/outbox/outbox.hpp"

#include "src/outbox/reader.hpp"
#include "src/outbox/schema.hpp"
#include "src/outbox/sender.hpp"
#include "src/outbox/writer.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace wats::outbox {
namespace {

using namespace std::chrono_literals;
using detail::Draft;
using detail::Job;
using detail::Store;

class SystemClock final : public Clock {
 public:
  [[nodiscard]] time_point now() const noexcept override { return std::chrono::steady_clock::now(); }
};

Settings completed(Settings settings) {
  if (!settings.clock) settings.clock = std::make_shared<SystemClock>();
  if (!settings.wall_now) {
    settings.wall_now = [] {
      return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    };
  }
  return settings;
}

std::optional<Error> flaw_of(const Settings& settings) {
  constexpr std::int64_t largest_document = std::int64_t{1} << 30U;
  const auto flaw = [](const std::string& what) {
    return Error(Errc::invalid_options, "the outbox can't be opened: " + what);
  };
  if (settings.directory.empty()) return flaw("directory is empty; name a folder on a local disk");
  if (settings.max_document_bytes < 1 || settings.max_document_bytes > largest_document)
    return flaw("max_document_bytes has to be from 1 to 1 GiB");
  if (settings.max_items < 0 || settings.max_bytes < 0 || settings.max_age < 0h ||
      settings.reserve_bytes < 0 || settings.max_sent < 0 || settings.keep_sent < 0h ||
      settings.small_report_bytes < 0)
    return flaw("a bound is negative; 0 is none");
  const DrainSettings& drain = settings.drain;
  if (drain.most_in_flight < 1 || drain.most_in_flight > 1000)
    return flaw("most_in_flight has to be from 1 to 1000");
  if (drain.attempts < 1 || drain.most_bytes_in_flight < 1)
    return flaw("attempts and most_bytes_in_flight have to be positive");
  if (drain.base_delay <= 0ms || drain.max_delay < drain.base_delay || drain.base_pause <= 0ms ||
      drain.max_pause < drain.base_pause || drain.start_spread < 0ms || drain.future_tolerance < 0ms)
    return flaw("a delay or pause is negative, or its longest is shorter than its first");
  return std::nullopt;
}

/// What somebody waits for.
template <class T>
class Waiter {
 public:
  void set(T value) {
    const std::lock_guard lock(mutex_);
    value_.emplace(std::move(value));
    // Under the lock: who waits destroys this as soon as it is free.
    there_.notify_one();
  }
  [[nodiscard]] T wait() {
    std::unique_lock lock(mutex_);
    there_.wait(lock, [&] { return value_.has_value(); });
    return *std::move(value_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable there_;
  std::optional<T> value_;
};

/// A step with a result, told to *tell* when it is on disk.
template <class Value, class Work, class Tell>
class Task final : public Job {
 public:
  Task(Work work, Tell tell) : work_(std::move(work)), tell_(std::move(tell)) {}

  void work(Store& store) override { result_.emplace(work_(store)); }
  void done(const Error* failure) noexcept override {
    tell_(failure != nullptr ? Result<Value>(std::unexpected(*failure)) : *std::move(result_));
  }

 private:
  Work work_;
  Tell tell_;
  std::optional<Result<Value>> result_;
};

}  // namespace

class Outbox::Shared {
 public:
  explicit Shared(Settings settings)
      : settings_(completed(std::move(settings))), reader_(settings_), writer_(settings_) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared() { stop_sending(1s); }

  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  [[nodiscard]] detail::Reader& reader() noexcept { return reader_; }
  [[nodiscard]] detail::Writer& writer() noexcept { return writer_; }

  template <class Value, class Work, class Tell>
  void submit(Work work, Tell tell) {
    writer_.submit(std::make_unique<Task<Value, Work, Tell>>(std::move(work), std::move(tell)));
  }
  template <class Value, class Work>
  [[nodiscard]] Result<Value> run(Work work) {
    Waiter<Result<Value>> waiter;
    submit<Value>(std::move(work), [&](Result<Value> result) { waiter.set(std::move(result)); });
    return waiter.wait();
  }

  /// Does *step* to the reports that are meant, a thousand in a transaction.
  template <class Step>
  [[nodiscard]] Result<std::size_t> for_each(Selection which, Step step) {
    constexpr std::size_t at_once = 1000;
    std::size_t done = 0;
    std::size_t left = which.most;
    while (left > 0) {
      which.most = std::min(left, at_once);
      const auto numbers = reader_.numbers(which);
      if (!numbers) return std::unexpected(numbers.error());
      if (numbers->empty()) break;
      const auto some =
          run<std::size_t>([&](Store& store) -> Result<std::size_t> { return step(store, *numbers); });
      if (!some) return some;
      done += *some;
      left -= numbers->size();
      which.after = numbers->back();
    }
    poke();
    return done;
  }

  void poke() {
    const std::lock_guard lock(mutex_);
    if (sender_) sender_->poke();
  }
  void start_sending(std::shared_ptr<Deliver> deliver) {
    const std::lock_guard lock(mutex_);
    if (!sender_) sender_ = std::make_unique<detail::Sender>(settings_, writer_, std::move(deliver));
  }
  void stop_sending(std::chrono::milliseconds limit) {
    std::unique_ptr<detail::Sender> sender;
    {
      const std::lock_guard lock(mutex_);
      sender = std::move(sender_);
    }
    if (sender) sender->stop(limit);
  }

 private:
  const Settings settings_;
  std::mutex mutex_;
  std::unique_ptr<detail::Sender> sender_;
  detail::Reader reader_;
  // Goes first: what is submitted pokes the sender, if there is one.
  detail::Writer writer_;
};

Result<Outbox> Outbox::open(Settings settings) {
  if (auto flaw = flaw_of(settings)) return std::unexpected(*std::move(flaw));
  const std::string directory = settings.directory;
  auto shared = std::make_shared<Shared>(std::move(settings));
  try {
    shared->writer().open();
  } catch (const detail::NoOutbox& error) {
    return fail(Errc::io_error, detail::database_in(directory).string() + " can't be used: " + error.what());
  } catch (const std::exception& error) {
    return fail(Errc::io_error, "the outbox in " + directory + " can't be opened: " + error.what());
  }
  return Outbox(std::move(shared));
}

Result<Receipt> Outbox::add(Report report, AddOptions options) {
  Waiter<Result<Receipt>> waiter;
  add(std::move(report), std::move(options), [&](Result<Receipt> result) { waiter.set(std::move(result)); });
  return waiter.wait();
}

void Outbox::add(Report report, AddOptions options, std::function<void(Result<Receipt>)> done) {
  auto draft = Draft::of(std::move(report), std::move(options), shared_->settings().max_document_bytes);
  if (!draft) return done(std::unexpected(std::move(draft).error()));
  shared_->submit<Receipt>([draft = *std::move(draft)](Store& store) { return store.add(draft); },
                           [shared = shared_.get(), done = std::move(done)](Result<Receipt> result) {
                             const bool is_new = result && result->kind != Receipt::Kind::known;
                             done(std::move(result));
                             if (is_new) shared->poke();
                           });
}

Result<Status> Outbox::status() const {
  auto status = shared_->reader().status();
  if (status) status->on_reserve = shared_->writer().is_on_reserve();
  return status;
}

Result<std::vector<Item>> Outbox::list(const Selection& which) const {
  return shared_->reader().list(which);
}
Result<Item> Outbox::find(std::int64_t number) const {
  return shared_->reader().find(number);
}
Result<std::string> Outbox::document(std::int64_t number) const {
  return shared_->reader().document(number);
}
Result<std::vector<Attempt>> Outbox::attempts(std::int64_t number) const {
  return shared_->reader().attempts(number);
}
Result<std::vector<AuditEntry>> Outbox::audit(std::size_t most) const {
  return shared_->reader().audit(most);
}

Result<std::size_t> Outbox::hold(const Selection& which, const std::string& why) {
  return shared_->for_each(which,
                           [&](Store& store, const auto& numbers) { return store.hold(numbers, why); });
}
Result<std::size_t> Outbox::release(const Selection& which, const std::string& why) {
  return shared_->for_each(which,
                           [&](Store& store, const auto& numbers) { return store.release(numbers, why); });
}
Result<std::size_t> Outbox::retry(const Selection& which, const std::string& why) {
  return shared_->for_each(which,
                           [&](Store& store, const auto& numbers) { return store.retry(numbers, why); });
}
Result<std::size_t> Outbox::drop(const Selection& which, const std::string& why) {
  return shared_->for_each(which,
                           [&](Store& store, const auto& numbers) { return store.drop(numbers, why); });
}

Result<void> Outbox::edit(std::int64_t number, Report report, const std::string& why) {
  const auto draft = Draft::of(std::move(report), AddOptions(), shared_->settings().max_document_bytes);
  if (!draft) return std::unexpected(draft.error());
  const auto edited = shared_->run<Receipt>([&](Store& store) -> Result<Receipt> {
    auto result = store.edit(number, *draft, why);
    if (!result) return std::unexpected(std::move(result).error());
    return Receipt{number, "", Receipt::Kind::replaced};
  });
  if (!edited) return std::unexpected(edited.error());
  shared_->poke();
  return {};
}

void Outbox::start_sending(std::shared_ptr<Deliver> deliver) {
  shared_->start_sending(std::move(deliver));
}

bool Outbox::wait_until_drained(std::chrono::milliseconds limit) {
  constexpr auto look_every = 20ms;
  const auto until = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto status = shared_->reader().status();
    if (status && status->backlog() == 0) return true;
    const auto now = std::chrono::steady_clock::now();
    if (now >= until) return false;
    std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(look_every, until - now));
  }
}

void Outbox::stop_sending(std::chrono::milliseconds limit) {
  shared_->stop_sending(limit);
}

}  // namespace wats::outbox
