// Parsers are kept by thread, since their tables cost more to get than a small text to parse.
#include "src/model/json_workspace.hpp"

#include "wats/model/detail/type_table.hpp"

#include <memory>
#include <vector>

namespace wats::model::detail {

static_assert(json_padding >= simdjson::SIMDJSON_PADDING);

struct ParserLease::Workspace {
  simdjson::ondemand::parser parser;
  std::vector<char> copy;
  bool is_lent = false;

  /// A text above this size does not leave its tables (some 6 bytes a byte) behind for the life of the
  /// thread.
  static constexpr std::size_t keep_limit = 4u << 20;
};

ParserLease::Workspace* ParserLease::of_thread() {
  // Without a destructor, so it can still be read when the thread's other variables are gone.
  thread_local bool is_gone = false;
  struct Holder {
    Workspace workspace;
    ~Holder() { is_gone = true; }
  };
  if (is_gone) return nullptr;
  thread_local Holder holder;
  return &holder.workspace;
}

ParserLease::ParserLease() : workspace_(of_thread()), is_own_(workspace_ == nullptr || workspace_->is_lent) {
  if (is_own_) workspace_ = std::make_unique<Workspace>().release();
  workspace_->is_lent = true;
}

ParserLease::~ParserLease() {
  if (is_own_) {
    const std::unique_ptr<Workspace> freed(workspace_);
    return;
  }
  workspace_->is_lent = false;
  if (workspace_->parser.capacity() > Workspace::keep_limit)
    workspace_->parser = simdjson::ondemand::parser();
  if (workspace_->copy.capacity() > Workspace::keep_limit) std::vector<char>().swap(workspace_->copy);
}

simdjson::simdjson_result<simdjson::ondemand::document> ParserLease::begin(std::string_view text,
                                                                           std::size_t readable) {
  text_ = text;
  if (readable < text.size() + simdjson::SIMDJSON_PADDING) {
    workspace_->copy.clear();
    workspace_->copy.reserve(text.size() + json_padding);
    workspace_->copy.assign(text.begin(), text.end());
    workspace_->copy.resize(text.size() + json_padding);
    text_ = std::string_view(workspace_->copy.data(), text.size());
  }
  // What stands behind the text is not ours to promise: simdjson needs it readable, never meaningful.
  return workspace_->parser.iterate(
      simdjson::padded_string_view(text_.data(), text_.size(), text_.size() + simdjson::SIMDJSON_PADDING));
}

}  // namespace wats::model::detail
