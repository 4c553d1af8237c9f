#include "src/server/engine.hpp"

#include "src/server/compress.hpp"
#include "src/server/url.hpp"

#include <exception>
#include <memory>
#include <utility>

namespace wats::server {
namespace {

constexpr std::size_t smallest_gzip = 1024;
constexpr std::size_t megabyte = std::size_t{1} << 20U;

Reply plain_text(std::string body, std::string_view type) {
  Reply reply;
  reply.body = std::move(body);
  reply.content_type = type;
  return reply;
}

void apply_fault(Reply& reply, const Fault& fault) {
  if (fault.kind == Fault::Kind::garbage) {
    reply = json_reply("{\"partNumber\": \"cut off in the mid");
  } else if (fault.kind == Fault::Kind::huge) {
    const std::size_t size = fault.megabytes * megabyte;
    reply = json_reply("\"" + std::string(size < 2 ? 0 : size - 2, 'x') + "\"");
  }
}

void compress(Reply& reply) {
  if (reply.body.size() < smallest_gzip) return;
  auto packed = gzip(reply.body);
  if (packed.empty() || packed.size() >= reply.body.size()) return;
  reply.body = std::move(packed);
  reply.gzipped = true;
}

}  // namespace

Engine::Engine(const Options& options, std::vector<std::string> tokens, Store& store)
    : latency_(options.latency),
      jitter_(options.jitter),
      faults_(options.faults),
      registry_(all_operations()),
      gate_(std::move(tokens), options.rate_limit_per_minute),
      counters_(registry_),
      store_(store),
      dice_(options.seed) {
  settings_.ingest_delay = options.ingest_delay;
}

Engine::Admitted Engine::admit(Request request, RateWindow::TimePoint now) {
  Admitted admitted;
  admitted.operation = registry_.operations().size();
  admitted.accepts_gzip = request.accepts_gzip;
  const bool is_read = request.method == Method::get || request.method == Method::head;
  if (request.path == "/metrics") admitted.kind = Admitted::Kind::metrics;
  if (request.path == "/health/live") admitted.kind = Admitted::Kind::live;
  if (request.path == "/health/ready") admitted.kind = Admitted::Kind::ready;
  if (admitted.is_counted()) {
    route(admitted, request, now);
  } else {
    admitted.refusal = gate_.check_source(request);
    if (!admitted.refusal && !is_read) {
      admitted.refusal = error_reply(405, "only GET is known here");
      admitted.refusal->allow = "GET";
    }
  }
  admitted.incoming.body = std::move(request.body);
  return admitted;
}

void Engine::route(Admitted& admitted, const Request& request, RateWindow::TimePoint now) {
  admitted.delay = latency_;
  if (jitter_.count() > 0) {
    admitted.delay +=
        std::chrono::nanoseconds(std::uniform_int_distribution<std::int64_t>(0, jitter_.count())(dice_));
  }
  // Routed first, so that refused requests count for their operation.
  Router::Match match;
  if (request.method) match = registry_.router().match(*request.method, request.path);
  const bool found = match.outcome == Router::Outcome::found;
  if (found) admitted.operation = match.route;

  admitted.refusal = gate_.check_source(request);
  if (!admitted.refusal) admitted.refusal = gate_.check_token(request, now);
  if (admitted.refusal) return;
  const auto question = request.target.find('?');
  auto query =
      parse_query(question == std::string::npos ? "" : std::string_view(request.target).substr(question + 1));
  if (!request.method) {
    admitted.refusal = error_reply(501, "the method " + request.method_text + " is not known");
  } else if (match.outcome == Router::Outcome::other_method) {
    admitted.refusal = error_reply(405, request.method_text + " is not possible on " + request.path);
    admitted.refusal->allow = match.allow;
  } else if (match.outcome == Router::Outcome::unknown_path) {
    admitted.refusal = error_reply(404, "there is no route " + request.path);
  } else if (match.outcome == Router::Outcome::bad_escape || !query) {
    admitted.refusal = error_reply(400, "a % in the address must be followed by two hexadecimal digits");
  } else if (registry_.operations()[match.route].card->visibility == op::Visibility::internal &&
             request.referer.empty()) {
    admitted.refusal = error_reply(403, "internal routes need a Referer header");
  }
  if (admitted.refusal) return;
  admitted.fault = draw_fault(admitted.operation);
  if (admitted.fault != nullptr && admitted.fault->kind == Fault::Kind::status) {
    admitted.refusal = error_reply(admitted.fault->status, "planted fault");
    return;
  }
  admitted.incoming.params = std::move(match.params);
  admitted.incoming.query = *std::move(query);
}

const Fault* Engine::draw_fault(std::size_t operation) {
  constexpr double percent = 100;
  for (const auto& fault : faults_) {
    if (fault.operation != "*" && fault.operation != registry_.operations()[operation].card->id) continue;
    if (std::uniform_real_distribution<double>(0, percent)(dice_) < fault.probability) return &fault;
  }
  return nullptr;
}

void Engine::run(Admitted admitted, OnReply done) {
  if (admitted.refusal) return done(*std::move(admitted.refusal));
  using Kind = Admitted::Kind;
  if (admitted.kind == Kind::live) return done(plain_text("alive\n", "text/plain"));
  const auto finish = [done = std::move(done), fault = admitted.fault,
                       gzip = admitted.accepts_gzip](Reply reply) {
    if (fault != nullptr) apply_fault(reply, *fault);
    if (gzip) compress(reply);
    done(std::move(reply));
  };
  if (admitted.kind == Kind::operation) return call(admitted.operation, std::move(admitted.incoming), finish);
  const bool metrics = admitted.kind == Kind::metrics;
  const bool queued = store_.readers().submit([this, metrics, finish](Database& database) {
    finish(read_consistently(database, [&](Database& own) {
      if (metrics) return plain_text(counters_.prometheus(own), "text/plain; version=0.0.4");
      auto check = own.prepare("SELECT count(*) FROM processes");
      return check.next() ? plain_text("ready\n", "text/plain")
                          : error_reply(503, "the database gives no answer");
    }));
  });
  if (!queued) finish(error_reply(503, "the server is stopping"));
}

void Engine::call(std::size_t operation, Incoming incoming, OnReply done) {
  // Shared, since the tasks of the queues must be copyable.
  auto request = std::make_shared<Incoming>(std::move(incoming));
  const bool queued = store_.readers().submit([this, operation, request, done](Database& database) {
    const auto& registered = registry_.operations()[operation];
    if (registered.plan) return write(operation, *request, done);
    Reply reply;
    try {
      reply = registered.read(database, *request);
    } catch (const std::exception&) {
      reply = error_reply(500, "the server failed on this request");
    }
    done(std::move(reply));
  });
  if (!queued) done(error_reply(503, "the server is stopping"));
}

void Engine::write(std::size_t operation, const Incoming& incoming, OnReply done) {
  Planned planned;
  try {
    planned = registry_.operations()[operation].plan(incoming, settings_);
  } catch (const std::exception&) {
    planned = error_reply(500, "the server failed on this request");
  }
  if (auto* const action = std::get_if<WriteAction>(&planned)) {
    store_.writer().submit(std::move(*action), std::move(done));
  } else {
    done(std::get<Reply>(std::move(planned)));
  }
}

}  // namespace wats::server
