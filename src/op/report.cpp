#include "wats/op/report.hpp"

#include "wats/model/codec.hpp"

namespace wats::op {
namespace {

std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

Result<ReportReceipt> ReportPostWsjf::decode(std::string_view body) {
  const auto text = without_blanks(body);
  if (text.starts_with('[')) {
    auto list = model::from_json<std::vector<ReportReceipt>>(text);
    if (!list) return std::unexpected(std::move(list).error());
    if (list->size() != 1) {
      return fail(Errc::malformed_answer,
                  "the server answered " + std::to_string(list->size()) + " receipts for one report");
    }
    return std::move(list->front());
  }
  if (text.starts_with('{')) {
    auto receipt = model::from_json<ReportReceipt>(text);
    if (receipt && receipt->uuid.empty()) receipt->uuid = receipt->id;
    return receipt;
  }
  // An empty answer is a success too: the id is known, it is in the document that was sent.
  ReportReceipt receipt;
  if (text.empty() || text == "null") return receipt;
  auto id =
      text.starts_with('"') ? model::from_json<std::string>(text) : Result<std::string>(std::string(text));
  if (!id) return std::unexpected(std::move(id).error());
  receipt.id = *id;
  receipt.uuid = *std::move(id);
  return receipt;
}

}  // namespace wats::op
