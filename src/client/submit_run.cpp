#include "src/client/submit_run.hpp"

#include <utility>

namespace wats::detail {
namespace {

Outcome landed(Result<outbox::Receipt> receipt) {
  if (!receipt) return std::unexpected(std::move(receipt).error());
  return Landed(std::make_shared<const HeldValue<outbox::Receipt>>(*std::move(receipt)), Provenance());
}

}  // namespace

Outcome SubmitRun::run() {
  if (!may_block()) return std::unexpected(would_deadlock());
  auto box = host_->outbox();
  if (!box) return std::unexpected(std::move(box).error());
  return landed(box->add(std::move(report_), std::move(options_)));
}

void SubmitRun::start(Sink& sink) {
  sink_.store(&sink);
  auto tell = [self = shared_from_this(), this](Result<outbox::Receipt> receipt) {
    // Neither inside start() nor on the outbox's thread: what waits is the caller's code.
    post(anywhere(), [self, this, receipt = std::move(receipt)]() mutable {
      if (Sink* const waiting = sink_.exchange(nullptr)) waiting->complete(landed(std::move(receipt)));
    });
  };
  // Opening it may wait for a disk, and this may be a thread that must not.
  post(anywhere(), [self = shared_from_this(), this, tell = std::move(tell)]() mutable {
    auto box = host_->outbox();
    if (!box) return tell(std::unexpected(std::move(box).error()));
    box->add(std::move(report_), std::move(options_), std::move(tell));
  });
}

}  // namespace wats::detail
