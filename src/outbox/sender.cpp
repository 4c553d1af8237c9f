#include "src/outbox/sender.hpp"

#include "src/outbox/user.hpp"
#include "src/storage/private_file.hpp"

#include <algorithm>
#include <filesystem>
#include <future>
#include <iterator>
#include <random>
#include <utility>

namespace wats::outbox::detail {
namespace {

using namespace std::chrono_literals;

/// How soon a sender with nothing to do sees what other processes hand over.
constexpr auto look_every = 500ms;
/// A sender tells so often that it lives, looks after others, and is taken for hung after so long.
constexpr auto beat_every = 20s;
constexpr auto hung_after = 2min;
constexpr auto house_every = 60s;
/// So long what is taken back at the end may take to say so.
constexpr auto time_to_take_back = 1s;
/// What could not be written is tried again after so long.
constexpr auto late_after = 1s;
/// So long a report counts as handed over just now.
constexpr auto stays_fresh = 60s;
constexpr std::size_t most_claimed_at_once = 64;

double random_share() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

std::filesystem::path lock_of(const Settings& settings, std::int64_t owner) {
  return std::filesystem::path(settings.directory) / "senders" / (std::to_string(owner) + ".lock");
}

/// A job whose end the calling thread waits for.
template <class Work>
class Errand final : public Job {
 public:
  using Value = std::invoke_result_t<Work, Store&>;

  explicit Errand(Work work) : work_(std::move(work)) {}

  /// Nothing: it failed.
  static std::optional<Value> run(Writer& writer, Work work) {
    auto errand = std::make_unique<Errand>(std::move(work));
    auto future = errand->promise_.get_future();
    writer.submit(std::move(errand));
    return future.get();
  }

  void work(Store& store) override { value_ = work_(store); }
  void done(const Error* failure) noexcept override {
    if (failure != nullptr) value_.reset();
    promise_.set_value(std::move(value_));
  }
  [[nodiscard]] bool is_durable() const noexcept override { return false; }

 private:
  Work work_;
  std::optional<Value> value_;
  std::promise<std::optional<Value>> promise_;
};

template <class Work>
auto run_errand(Writer& writer, Work work) {
  return Errand<Work>::run(writer, std::move(work));
}

}  // namespace

/// Where word is left for the sender's thread.
class Sender::Desk {
 public:
  struct Mail {
    std::vector<std::pair<std::int64_t, Outcome>> outcomes;
    std::optional<std::vector<Claimed>> claimed;
    std::vector<std::pair<Claimed, Verdict>> unfinished;
    bool is_poked = false;
    bool is_stopping = false;
    /// By then the thread ends, whatever is under way: its outcomes come too late.
    Clock::time_point ends_by;
  };

  template <class Change>
  void leave_word(Change&& change) {
    const std::lock_guard lock(mutex_);
    change(mail_);
    has_mail_ = true;
    wake_.notify_one();
  }

  [[nodiscard]] Mail collect(std::chrono::nanoseconds wait_at_most) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, wait_at_most, [&] { return has_mail_; });
    has_mail_ = false;
    Mail mail = std::exchange(mail_, {});
    mail_.is_stopping = mail.is_stopping;
    mail_.ends_by = mail.ends_by;
    return mail;
  }

  void set_pause(const std::string& pause) {
    const std::lock_guard lock(mutex_);
    pause_ = pause;
  }
  [[nodiscard]] std::string pause() {
    const std::lock_guard lock(mutex_);
    return pause_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  Mail mail_;
  bool has_mail_ = false;
  std::string pause_;
};

Sender::Sender(const Settings& settings, Writer& writer, std::shared_ptr<Deliver> deliver)
    : settings_(settings),
      writer_(writer),
      deliver_(std::move(deliver)),
      desk_(std::make_shared<Desk>()),
      drain_(settings.drain, random_share) {
  thread_ = std::thread([this] { run(); });
}

Sender::~Sender() {
  stop(0ms);
}

void Sender::poke() {
  desk_->leave_word([](Desk::Mail& mail) { mail.is_poked = true; });
}

std::string Sender::pause() const {
  return desk_->pause();
}

void Sender::stop(std::chrono::milliseconds limit) {
  if (!thread_.joinable()) return;
  desk_->leave_word([&](Desk::Mail& mail) {
    mail.is_stopping = true;
    mail.ends_by = now() + limit + time_to_take_back;
  });
  {
    // The thread ends when nothing is under way; those who take too long are taken back.
    std::unique_lock lock(stop_mutex_);
    if (!stopped_.wait_for(lock, limit, [&] { return has_ended_; })) deliver_->stop();
  }
  thread_.join();
}

void Sender::run() {
  bool is_in = false;
  std::chrono::nanoseconds first_wait = 0ns;
  for (;;) {
    auto mail = desk_->collect(
        is_in ? std::clamp<std::chrono::nanoseconds>(next_look(now()) - now(), 0ns, look_every) : first_wait);
    for (const auto& [number, outcome] : mail.outcomes) end(number, outcome);
    finish_late(std::move(mail.unfinished), mail.is_stopping);
    if (mail.is_poked) has_changed_ = true;
    if (mail.claimed) {
      is_asking_ = false;
      found_nothing_ = mail.claimed->empty();
      if (mail.is_stopping) {
        for (auto& claimed : *mail.claimed) finish(std::move(claimed), Verdict());
      } else {
        take(*std::move(mail.claimed));
      }
    }
    if (mail.is_stopping) {
      if (!is_asking_ && (under_way_.empty() || now() >= mail.ends_by)) break;
      continue;
    }
    if (!is_in) is_in = enter();
    first_wait = look_every;
    if (!is_in) continue;
    beat();
    ask_for_reports();
    keep_house();
  }
  if (is_in) leave();
  const std::lock_guard lock(stop_mutex_);
  has_ended_ = true;
  stopped_.notify_all();
}

bool Sender::enter() {
  const auto owner = run_errand(writer_, [](Store& store) { return store.register_sender(process_id()); });
  if (!owner) return false;
  owner_ = *owner;
  try {
    const auto file = lock_of(settings_, owner_);
    storage::make_private_folder(file.parent_path());
    lock_ = storage::OwnerLock::take(file);
  } catch (const std::exception& error) {
    if (settings_.logger)
      settings_.logger(LogLevel::warning,
                       std::string("outbox: the sender can't take its lock: ") + error.what());
  }
  beaten_ = now();
  look_after_others();
  return true;
}

void Sender::leave() {
  static_cast<void>(run_errand(writer_, [owner = owner_](Store& store) {
    store.remove_sender(owner);
    return true;
  }));
  lock_.reset();
  std::error_code ignored;
  std::filesystem::remove(lock_of(settings_, owner_), ignored);
}

void Sender::look_after_others() {
  const auto others =
      run_errand(writer_, [owner = owner_](Store& store) { return store.other_senders(owner); });
  if (!others) return;
  const auto silent_since = (settings_.wall_now() - hung_after).time_since_epoch();
  auto gone = run_errand(writer_, [silent_since](Store& store) {
                return store.silent_senders(
                    std::chrono::duration_cast<std::chrono::milliseconds>(silent_since).count());
              }).value_or(std::vector<std::int64_t>());
  std::erase(gone, owner_);
  for (const auto other : *others) {
    const auto file = lock_of(settings_, other);
    try {
      // Whoever can lock it knows that its owner is dead.
      if (!storage::OwnerLock::take(file)) continue;
    } catch (const std::exception&) {
      continue;
    }
    gone.push_back(other);
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
  }
  for (const auto other : gone) {
    static_cast<void>(run_errand(writer_, [other](Store& store) {
      store.remove_sender(other);
      return true;
    }));
  }
}

void Sender::beat() {
  const bool has_news = told_pause_ != drain_.pause();
  if (!has_news && now() - beaten_ < beat_every) return;
  const bool looks_around = now() - beaten_ >= beat_every;
  beaten_ = now();
  told_pause_ = drain_.pause();
  desk_->set_pause(told_pause_);
  if (has_news && !told_pause_.empty() && settings_.logger)
    settings_.logger(LogLevel::warning, "outbox: sending pauses: " + told_pause_);
  const auto is_known = run_errand(
      writer_, [owner = owner_, pause = told_pause_](Store& store) { return store.beat(owner, pause); });
  // Others took this one for dead while its process stood still.
  if (is_known && !*is_known) static_cast<void>(enter());
  if (looks_around) look_after_others();
}

/// Leaves what was taken at the desk.
class Sender::ClaimJob final : public Job {
 public:
  ClaimJob(std::shared_ptr<Desk> desk, std::int64_t owner, std::size_t most, std::int64_t most_bytes)
      : desk_(std::move(desk)), owner_(owner), most_(most), most_bytes_(most_bytes) {}

  void work(Store& store) override { taken_ = store.claim(owner_, most_, most_bytes_); }
  void done(const Error* failure) noexcept override {
    if (failure != nullptr) taken_.clear();
    desk_->leave_word([&](Desk::Mail& mail) { mail.claimed = std::move(taken_); });
  }
  [[nodiscard]] bool is_durable() const noexcept override { return false; }

 private:
  const std::shared_ptr<Desk> desk_;
  const std::int64_t owner_;
  const std::size_t most_;
  const std::int64_t most_bytes_;
  std::vector<Claimed> taken_;
};

/// What the writer could not take in comes back.
class Sender::FinishJob final : public Job {
 public:
  FinishJob(std::shared_ptr<Desk> desk, std::int64_t owner, Claimed claimed, Verdict verdict)
      : desk_(std::move(desk)), owner_(owner), claimed_(std::move(claimed)), verdict_(std::move(verdict)) {}

  void work(Store& store) override { static_cast<void>(store.finish(owner_, claimed_, verdict_)); }
  void done(const Error* failure) noexcept override {
    if (failure == nullptr) return;
    desk_->leave_word(
        [&](Desk::Mail& mail) { mail.unfinished.emplace_back(std::move(claimed_), std::move(verdict_)); });
  }
  /// A report that is sent once more under its id has no second effect.
  [[nodiscard]] bool is_durable() const noexcept override { return false; }

 private:
  const std::shared_ptr<Desk> desk_;
  const std::int64_t owner_;
  Claimed claimed_;
  Verdict verdict_;
};

void Sender::ask_for_reports() {
  if (is_asking_) return;
  if (found_nothing_ && !has_changed_ && now() - asked_ < look_every) return;
  const auto room = std::min(drain_.room(under_way_.size(), now()), most_claimed_at_once);
  const auto bytes = settings_.drain.most_bytes_in_flight - bytes_under_way_;
  if (room == 0 || bytes <= 0) return;
  is_asking_ = true;
  has_changed_ = false;
  asked_ = now();
  writer_.submit(std::make_unique<ClaimJob>(desk_, owner_, room, bytes));
}

void Sender::take(std::vector<Claimed> taken) {
  const auto ahead = deliver_->clock_ahead();
  for (auto& claimed : taken) {
    if (auto verdict = drain_.guard(claimed, ahead, settings_.wall_now())) {
      finish(std::move(claimed), *std::move(verdict));
    } else {
      begin(std::move(claimed));
    }
  }
}

void Sender::begin(Claimed claimed) {
  auto document = uncompress(claimed.body, claimed.bytes, claimed.digest);
  if (!document) {
    Verdict verdict;
    verdict.kind = Verdict::Kind::quarantine;
    verdict.reason = "what is stored of it is damaged: drop it and hand its report over again";
    return finish(std::move(claimed), std::move(verdict));
  }
  claimed.body.clear();
  claimed.body.shrink_to_fit();
  Delivery delivery;
  delivery.format = claimed.format;
  delivery.id = id_text(claimed.id);
  delivery.document = *std::move(document);
  delivery.is_fresh =
      settings_.wall_now() - WallTime(std::chrono::milliseconds(claimed.added_ms)) < stays_fresh;
  const auto number = claimed.number;
  bytes_under_way_ += claimed.bytes;
  under_way_.insert_or_assign(number, Trip{std::move(claimed), now()});
  deliver_->start(std::move(delivery), [desk = desk_, number](Outcome outcome) {
    desk->leave_word([&](Desk::Mail& mail) { mail.outcomes.emplace_back(number, std::move(outcome)); });
  });
}

void Sender::end(std::int64_t number, const Outcome& outcome) {
  const auto found = under_way_.find(number);
  if (found == under_way_.end()) return;
  const auto in_flight = under_way_.size();
  Trip trip = std::move(found->second);
  under_way_.erase(found);
  bytes_under_way_ -= trip.claimed.bytes;
  auto verdict =
      drain_.decide(trip.claimed, outcome, now() - trip.began, in_flight, now(), settings_.wall_now());
  finish(std::move(trip.claimed), std::move(verdict));
}

void Sender::finish(Claimed claimed, Verdict verdict) {
  // Behind it in its lane another may come.
  has_changed_ = true;
  writer_.submit(std::make_unique<FinishJob>(desk_, owner_, std::move(claimed), std::move(verdict)));
}

/// What the writer could not take in is told it again a while later. At the end it stays: who comes next
/// sends it once more.
void Sender::finish_late(std::vector<std::pair<Claimed, Verdict>> unfinished, bool is_stopping) {
  if (!unfinished.empty() && late_.empty()) late_at_ = now() + late_after;
  std::ranges::move(unfinished, std::back_inserter(late_));
  if (late_.empty() || is_stopping || now() < late_at_) return;
  for (auto& [claimed, verdict] : std::exchange(late_, {})) finish(std::move(claimed), std::move(verdict));
}

void Sender::keep_house() {
  if (now() - house_kept_ < house_every) return;
  house_kept_ = now();
  const auto wall = settings_.wall_now();
  const auto ms = [](auto time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  };
  const auto old_sent = ms(wall - settings_.keep_sent);
  const auto latest_due = ms(wall + 2 * settings_.drain.max_delay);
  const auto has_more = run_errand(writer_, [&](Store& store) {
    store.bring_due_forward(latest_due);
    if (settings_.max_age > 0h) {
      store.hold_old(
          ms(wall - settings_.max_age),
          "waits for longer than " + std::to_string(settings_.max_age.count()) + " h: release or drop it");
    }
    return store.forget_sent(old_sent, settings_.max_sent);
  });
  if (has_more.value_or(false)) house_kept_ = {};
}

Clock::time_point Sender::next_look(Clock::time_point now) const {
  return drain_.opens_at(now).value_or(now + look_every);
}

}  // namespace wats::outbox::detail
