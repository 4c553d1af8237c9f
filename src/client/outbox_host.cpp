#include "src/client/outbox_host.hpp"

#include "src/client/environment.hpp"
#include "src/client/outbox_delivery.hpp"
#include "src/http/engine.hpp"

#include <algorithm>
#include <cassert>
#include <filesystem>
#include <string>

namespace wats::detail {
namespace {

using namespace std::chrono_literals;

/// How long reports that are on their way may take at the end.
constexpr auto end_limit = 1s;

/// For a name of a folder: "wats.example_8443".
std::string folder_name(std::string url) {
  if (const auto scheme = url.find("://"); scheme != std::string::npos) url.erase(0, scheme + 3);
  std::ranges::replace_if(
      url,
      [](char c) {
        const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return !is_plain && c != '.' && c != '-';
      },
      '_');
  return url;
}

Result<std::filesystem::path> default_folder(const std::string& base_url) {
  std::filesystem::path state = variable("XDG_STATE_HOME");
  if (state.empty()) {
    const auto home = variable("HOME");
    if (home.empty()) {
      return fail(Errc::invalid_options,
                  "there is no place for the outbox: name a folder with ClientOptions::outbox(), or set "
                  "XDG_STATE_HOME or HOME");
    }
    state = std::filesystem::path(home) / ".local" / "state";
  }
  return state / "wats" / "outbox" / folder_name(base_url);
}

}  // namespace

Result<outbox::Outbox> OutboxHost::outbox() {
  const std::lock_guard lock(mutex_);
  if (is_closed_) return fail(Errc::closed, "the client has been closed");
  if (outbox_) return *outbox_;
  const ClientOptions& options = http::detail::options_of(*engine_);
  std::string directory;
  if (options.outbox()) {
    if (options.outbox()->empty()) {
      return fail(Errc::invalid_options,
                  "this client has no outbox: name its folder with ClientOptions::outbox(), or send with "
                  "reports().submit()");
    }
    directory = *options.outbox();
  } else {
    auto folder = default_folder(options.base_url());
    if (!folder) return std::unexpected(std::move(folder).error());
    directory = folder->string();
  }
  outbox::Settings settings(std::move(directory));
  settings.server = options.base_url();
  settings.logger = options.logger();
  auto opened = outbox::Outbox::open(std::move(settings));
  if (!opened) return opened;
  opened->start_sending(std::make_shared<OutboxDelivery>(Caller(engine_)));
  outbox_ = *std::move(opened);
  return *outbox_;
}

Result<void> OutboxHost::open_if_named() {
  const ClientOptions& options = http::detail::options_of(*engine_);
  if (!options.outbox() || options.outbox()->empty()) return {};
  if (auto opened = outbox(); !opened) return std::unexpected(std::move(opened).error());
  return {};
}

bool OutboxHost::is_own_thread() const {
  return engine_->on_own_loop();
}

void OutboxHost::lost_write() noexcept {
  engine_->count_lost_write("submit");
  assert(false && "a report was prepared and thrown away without being handed over");
}

void OutboxHost::close() noexcept {
  std::optional<outbox::Outbox> outbox;
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    outbox.swap(outbox_);
  }
  if (outbox) outbox->stop_sending(end_limit);
}

}  // namespace wats::detail
