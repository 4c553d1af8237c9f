#include "src/server/request.hpp"

#include "src/server/json_text.hpp"

namespace wats::server {

Reply json_reply(std::string body) {
  Reply reply;
  reply.body = std::move(body);
  return reply;
}

Reply error_reply(int status, std::string_view text) {
  Reply reply;
  reply.status = status;
  reply.body = "{\"message\":";
  append_quoted(reply.body, text);
  reply.body.push_back('}');
  return reply;
}

}  // namespace wats::server
