// Exchanges whose bodies pass through a source or a sink.
#include "src/http/body_flow.hpp"
#include "src/http/exchange.hpp"
#include "wats/http/detail/call_run.hpp"

#include <new>
#include <optional>
#include <utility>

namespace wats::http::detail {

bool Exchange::sends_stream() const noexcept {
  return flow_ && flow_->sends();
}

void Exchange::leave_flow() noexcept {
  if (flow_) std::exchange(flow_, nullptr)->abandon();
}

bool Exchange::receives_stream() const noexcept {
  if (!flow_ || !flow_->receives()) return false;
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  return status >= 200 && status < 300;
}

void Exchange::begin_stream(std::optional<std::uint64_t> size) {
  if (std::exchange(answer_begun_, true)) return;
  // The server is well; how long the rest takes says as much of the caller's disk.
  owner_->on_stream(*this);
  flow_->answer_begins(size);
}

std::size_t Exchange::stream(std::string_view piece) {
  curl_off_t told = -1;
  curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &told);
  const bool is_known = told >= 0 && !is_encoded_;
  begin_stream(is_known ? std::optional(static_cast<std::uint64_t>(told)) : std::nullopt);
  if (flow_->put(piece)) return piece.size();
  is_full_ = true;
  return CURL_WRITEFUNC_PAUSE;
}

std::size_t Exchange::on_room(char* room, std::size_t size, std::size_t count, void* self) noexcept {
  auto& exchange = *static_cast<Exchange*>(self);
  const auto taken = exchange.flow_->take({room, size * count});
  if (taken) return *taken;
  exchange.is_starved_ = true;
  return CURL_READFUNC_PAUSE;
}

bool Exchange::has_arrived(CURLcode code) {
  code_ = code;
  is_over_ = true;
  if (code != CURLE_OK || !head_is_whole_ || !receives_stream()) return true;
  // Where nothing has come, nothing will, as after a HEAD.
  begin_stream(0);
  flow_->answer_ends();
  return false;
}

bool Exchange::go_on() {
  if (flow_->error() || is_over_) return flow_->error() || flow_->is_finished();
  if (!std::exchange(is_starved_, false) && !std::exchange(is_full_, false)) return false;
  // What was held back is handed over in here: when that fails, only this tells.
  code_ = curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
  is_over_ = code_ != CURLE_OK;
  return is_over_;
}

}  // namespace wats::http::detail
