#include "src/client/outbox_delivery.hpp"

#include "wats/core/call.hpp"
#include "wats/core/headers.hpp"
#include "wats/op/report.hpp"

#include <string>

namespace wats::detail {
namespace {

using outbox::Fate;

Fate fate_of(const Error& error) {
  switch (error.code()) {
    case Errc::unknown_host:
    case Errc::cannot_connect:
    case Errc::tls_failed:
    case Errc::unavailable:
    case Errc::io_error:
    case Errc::outbox_full:
      return Fate::away;
    case Errc::cancelled:
    case Errc::closed:
      return Fate::taken_back;
    case Errc::unauthorized:
    case Errc::forbidden:
      return Fate::unauthorized;
    case Errc::too_many_requests:
      return Fate::throttled;
    case Errc::not_found:
    case Errc::unexpected_status:
    case Errc::invalid_options:
      return Fate::misdirected;
    case Errc::server_error:
      // 503 with a time to come back is no failure over a report.
      return error.http_status() == 503 && error.retry_after() ? Fate::throttled : Fate::doubtful;
    case Errc::rejected:
      switch (error.http_status()) {
        // Said by proxies and gateways, and by what is no WATS at all.
        case 405:
        case 407:
          return Fate::misdirected;
        case 408:
        case 425:
          return Fate::doubtful;
        default:
          return Fate::refused;
      }
    case Errc::conflict:
    case Errc::invalid_argument:
      return Fate::refused;
    case Errc::connection_lost:
    case Errc::timeout:
    case Errc::malformed_answer:
    case Errc::answer_too_large:
    case Errc::would_deadlock:
    case Errc::already_started:
    case Errc::not_cached:
      return Fate::doubtful;
  }
  return Fate::doubtful;
}

/// A 2xx may come from a page that somebody put before the server: only a receipt for this report is one.
outbox::Outcome outcome_of(const ReportReceipt& receipt, const std::string& id) {
  if (receipt.id.empty() || same_name(receipt.id, id)) return outbox::Outcome(Fate::sent);
  outbox::Outcome outcome(Fate::misdirected);
  outcome.text = "the answer is a receipt for another report";
  return outcome;
}

}  // namespace

outbox::Outcome outcome_of(const Error& error) {
  outbox::Outcome outcome(fate_of(error));
  outcome.http_status = error.http_status();
  outcome.text = error.message();
  if (!error.server_text().empty() && outcome.text.find(error.server_text()) == std::string::npos)
    outcome.text += ": " + error.server_text();
  outcome.retry_after = error.retry_after();
  return outcome;
}

void OutboxDelivery::start(outbox::Delivery delivery, Done done) {
  auto document = delivery.format == outbox::Format::wsjf
                      ? ReportDocument::parse(std::move(delivery.document))
                      : Result<ReportDocument>(fail(Errc::invalid_argument, "this version sends no XML"));
  if (!document) return done(outcome_of(document.error()));
  CallOptions options;
  // The outbox repeats by itself, and for as long as it takes.
  options.attempts = 1;
  options.priority = delivery.is_fresh ? Priority::live_report : Priority::backlog;
  auto call = caller_.call(op::ReportPostWsjf(*std::move(document))).with(options).stop_on(stop_.get_token());
  std::move(call)(
      [done = std::move(done), id = std::move(delivery.id)](const Result<Answer<ReportReceipt>>& answer) {
        done(answer ? outcome_of(**answer, id) : outcome_of(answer.error()));
      });
}

}  // namespace wats::detail
