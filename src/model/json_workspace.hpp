// The thread's simdjson parser and padded buffer, lent to one reader at a time.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <string_view>

namespace wats::model::detail {

/// Borrows the thread's parser; a reader that begins while another one of the thread is at work gets its own.
class ParserLease {
 public:
  ParserLease();
  ~ParserLease();
  ParserLease(const ParserLease&) = delete;
  ParserLease& operator=(const ParserLease&) = delete;

  /// Begins *text*, of which *readable* bytes may be read; copies it when they are too few for simdjson.
  /// The document is valid until the lease ends.
  [[nodiscard]] simdjson::simdjson_result<simdjson::ondemand::document> begin(std::string_view text,
                                                                              std::size_t readable);
  /// The text that begin() went for: the given one or its copy.
  [[nodiscard]] std::string_view text() const noexcept { return text_; }

 private:
  struct Workspace;
  [[nodiscard]] static Workspace* of_thread();

  Workspace* workspace_;
  bool is_own_;
  std::string_view text_;
};

}  // namespace wats::model::detail
