#include "wats/service/detail/target.hpp"

#include "wats/model/codec.hpp"
#include "wats/model/json.hpp"
#include "wats/model/maybe.hpp"
#include "wats/model/param.hpp"

#include <algorithm>
#include <utility>

namespace wats::detail {
namespace {

/// The forms an error body takes; reading ignores case, so `message` finds `Message` too.
class ErrorBody : public Record {
 public:
  ErrorBody() = default;

  Maybe<Json> message;
  Maybe<Json> error;
  Maybe<Json> detail;
  Maybe<Json> title;

  using Self = ErrorBody;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(message), WATS_FIELD(error), WATS_FIELD(detail), WATS_FIELD(title));
  }
};

std::string one_line(std::string text) {
  constexpr std::size_t limit = 500;
  if (text.size() > limit) {
    text.resize(limit);
    text += "...";
  }
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  const auto last = text.find_last_not_of(' ');
  text.resize(last == std::string::npos ? 0 : last + 1);
  return text;
}

std::string text_of(const Json& value) {
  if (!value.text().starts_with('"')) return value.text();
  auto text = model::from_json<std::string>(value.text());
  return text ? *std::move(text) : value.text();
}

}  // namespace

void Target::add(model::Place place, std::string_view name, std::string_view value) {
  const std::string encoded = model::percent_encode(value);
  if (place == model::Place::path) {
    const std::string slot = '{' + std::string(name) + '}';
    const auto at = path_.find(slot);
    if (at != std::string::npos) path_.replace(at, slot.size(), encoded);
    if (value.empty() && missing_.empty()) missing_ = name;
  } else {
    query_ += query_.empty() ? '?' : '&';
    query_.append(name).append("=").append(encoded);
  }
}

Result<std::string> Target::text() && {
  if (!missing_.empty()) {
    return fail(Errc::invalid_argument, missing_ + " is empty; it is part of the address and must be given");
  }
  return std::move(path_) + query_;
}

std::string words_of_server(std::string_view body) {
  if (body.empty()) return {};
  if (body.starts_with('{')) {
    const auto known = model::from_json<ErrorBody>(body);
    if (known) {
      for (const auto& member : {&known->message, &known->error, &known->detail, &known->title}) {
        if (member->has_value()) return one_line(text_of(**member));
      }
    }
  }
  if (body.starts_with('"')) {
    if (auto text = model::from_json<std::string>(body)) return one_line(*std::move(text));
  }
  return one_line(std::string(body.substr(0, 600)));
}

}  // namespace wats::detail
