// Registry: which handler carries out which card. A new operation is one handler and one line in its domain's
// file.
#pragma once

#include "src/server/bind.hpp"
#include "src/server/database.hpp"
#include "src/server/readers.hpp"
#include "src/server/request.hpp"
#include "src/server/router.hpp"
#include "src/server/writer.hpp"
#include "wats/op/card.hpp"

#include <chrono>
#include <functional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace wats::server {

/// What handlers may know of the server's options.
struct Settings {
  std::chrono::nanoseconds ingest_delay{0};
};

/// What a write's handler makes of a request: a refusal, or what the writer's thread is to do.
using Planned = std::variant<Reply, WriteAction>;

/// A card with what carries it out; reads have *read*, writes have *plan*.
struct Registered {
  const op::Card* card = nullptr;
  /// Runs on a reader's thread.
  std::function<Reply(Database&, const Incoming&)> read;
  /// Checks a write and says what to do, without the database. *Thread safety*: any thread.
  std::function<Planned(const Incoming&, const Settings&)> plan;
};

class Registry {
 public:
  /// *handler*: Reply(Database&, const Op&), with one consistent view of the database.
  template <op::Operation Op, class Handler>
  void read(Handler handler) {
    static_assert(Op::card.is_read());
    add(Op::card).read = [handler](Database& database, const Incoming& incoming) -> Reply {
      const auto request = bind<Op>(incoming);
      if (!request) return error_reply(400, request.error());
      return read_consistently(database, [&](Database& own) { return handler(own, *request); });
    };
  }

  /// *handler*: Planned(const Op&), for writes whose request is all in path and query.
  template <op::Operation Op, class Handler>
  void write(Handler handler) {
    static_assert(!Op::card.is_read());
    add(Op::card).plan = [handler](const Incoming& incoming, const Settings&) -> Planned {
      const auto request = bind<Op>(incoming);
      if (!request) return error_reply(400, request.error());
      return handler(*request);
    };
  }

  /// *handler*: Planned(const std::string& body, const Settings&), for writes that need the body as it was
  /// sent.
  template <op::Operation Op, class Handler>
  void write_body(Handler handler) {
    static_assert(!Op::card.is_read() && Op::card.body != op::BodyKind::none);
    add(Op::card).plan = [handler](const Incoming& incoming, const Settings& settings) -> Planned {
      return handler(incoming.body, settings);
    };
  }

  [[nodiscard]] const Router& router() const { return router_; }
  [[nodiscard]] const std::vector<Registered>& operations() const { return operations_; }
  /// Index of an operationId; operations().size() when unknown.
  [[nodiscard]] std::size_t find(std::string_view id) const;

 private:
  Registered& add(const op::Card& card) {
    router_.add(card.method, card.path, operations_.size());
    Registered registered;
    registered.card = &card;
    return operations_.emplace_back(std::move(registered));
  }

  Router router_;
  std::vector<Registered> operations_;
};

/// Every operation that this server carries out.
[[nodiscard]] Registry all_operations();

// One a domain, in handlers/.
void add_app_operations(Registry& registry);
void add_product_operations(Registry& registry);
void add_production_operations(Registry& registry);
void add_report_operations(Registry& registry);

}  // namespace wats::server
