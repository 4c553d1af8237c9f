// How an exchange ended, and what is said of those that ended without an answer.
#include "src/http/body_flow.hpp"
#include "src/http/exchange.hpp"

#include <string>
#include <string_view>

namespace wats::http::detail {
namespace {

/// curl's own words may repeat a proxy's URL with its password.
std::string without_credentials(std::string text) {
  const auto at = text.rfind('@');
  if (at == std::string::npos) return text;
  const auto slashes = text.rfind("//", at);
  const auto begin = slashes == std::string::npos ? 0 : slashes + 2;
  return text.replace(begin, at - begin, "***");
}

/// Whether curl's own words are about a TLS alert, and that about a certificate.
bool tells_of_certificate(std::string_view text) noexcept {
  return text.contains(" alert ") && (text.contains("certificate") || text.contains("unknown ca"));
}

/// Scheme, host and port, as the URL writes them.
std::string_view origin_of(std::string_view url) noexcept {
  const auto slashes = url.find("://");
  if (slashes == std::string_view::npos) return url;
  return url.substr(0, url.find_first_of("/?#", slashes + 3));
}

/// What is wrong on this side, before anything reaches a server.
bool is_local(CURLcode code) noexcept {
  return code == CURLE_OUT_OF_MEMORY || code == CURLE_FAILED_INIT || code == CURLE_SSL_CERTPROBLEM ||
         code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ENGINE_INITFAILED;
}

bool may_go_better(CURLcode code) noexcept {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_WRITE_ERROR:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_URL_MALFORMAT:
    case CURLE_TOO_MANY_REDIRECTS:
      return false;
    default:
      return true;
  }
}

}  // namespace

ExchangeResult Exchange::result(CURLcode code) {
  ExchangeResult result;
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  answer_.status = static_cast<int>(status);
  result.may_have_been_sent = may_have_been_sent();
  if (flow_) result.error = flow_->error();
  if (result.error) {
    result.is_not_servers = true;
    return result;
  }
  // In TLS 1.3 a server refuses our certificate when we take the handshake for done: curl hears of it as it
  // reads.
  if (code == CURLE_RECV_ERROR && tells_of_certificate(error_text_.data())) code = CURLE_SSL_CLIENTCERT;
  if (code != CURLE_OK) {
    const long proxy = proxy_status();
    const bool is_proxys = proxy >= 400 && proxy < 500;
    result.is_not_servers = too_large_ || is_proxys || is_local(code) || lacks_sockets_ || is_elsewhere();
    result.error = transport_error(code);
    result.is_transient = may_go_better(code) && !is_proxys;
    return result;
  }
  // curl 7.88 takes a connection that ends in the middle of a head for the end of an answer without a body.
  if (!head_is_whole_) {
    result.error = transport_error(CURLE_GOT_NOTHING);
    result.is_transient = true;
    return result;
  }
  result.is_not_servers = is_elsewhere();
  long redirects = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_REDIRECT_COUNT, &redirects);
  answer_.was_redirected = redirects > 0;
  answer_.retry_after = retry_after();
  answer_.body.reserve(answer_.body.size() + WireAnswer::padding);
  result.answer = &answer_;
  return result;
}

long Exchange::proxy_status() const noexcept {
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_CONNECTCODE, &status);
  return status;
}

bool Exchange::is_elsewhere() const noexcept {
  long redirects = 0;
  const char* url = nullptr;
  if (curl_easy_getinfo(easy_.get(), CURLINFO_REDIRECT_COUNT, &redirects) != CURLE_OK || redirects == 0 ||
      curl_easy_getinfo(easy_.get(), CURLINFO_EFFECTIVE_URL, &url) != CURLE_OK || url == nullptr)
    return false;
  return origin_of(url) != origin_of(settings_.base_url);
}

std::string Exchange::place_asked() const {
  const char* url = nullptr;
  if (!is_elsewhere() || curl_easy_getinfo(easy_.get(), CURLINFO_EFFECTIVE_URL, &url) != CURLE_OK ||
      url == nullptr)
    return settings_.place;
  std::string_view rest(url);
  if (const auto slashes = rest.find("://"); slashes != std::string_view::npos)
    rest.remove_prefix(slashes + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  return std::string(rest.substr(rest.rfind('@') + 1));
}

Error Exchange::transport_error(CURLcode code) const {
  const std::string place = place_asked();
  const std::string detail = without_credentials(
      error_text_[0] != '\0' ? std::string(error_text_.data()) : std::string(curl_easy_strerror(code)));
  if (const long status = proxy_status(); status >= 400) {
    return {Errc::cannot_connect, "the proxy does not connect to " + place + " (HTTP " +
                                      std::to_string(status) + "); " +
                                      (status == 407 ? "check the proxy's user and password"
                                                     : "check whether it may, or ask who runs it")};
  }
  switch (code) {
    case CURLE_PROXY:
      return {Errc::cannot_connect,
              "the proxy does not connect to " + place + "; check the proxy (" + detail + ")"};
    case CURLE_COULDNT_RESOLVE_HOST:
      return {Errc::unknown_host,
              "the name of " + place + " can't be resolved; check the base URL and the DNS"};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {Errc::unknown_host, "the proxy's name can't be resolved; check http_proxy and https_proxy"};
    case CURLE_COULDNT_CONNECT:
      if (lacks_sockets_)
        return {Errc::io_error,
                "this process may open no more sockets; raise its limit on open files, or keep "
                "fewer requests under way with max_in_flight"};
      return {Errc::cannot_connect, "nobody answers at " + place +
                                        "; is the server running, are host and port right? (" + detail + ")"};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return {Errc::tls_failed, "no secure connection to " + place +
                                    "; check the certificate, its authority (ca_file) and the port (" +
                                    detail + ")"};
    case CURLE_OPERATION_TIMEDOUT:
      return {Errc::timeout, "no connection to " + place + " in time; is the network up? (" + detail + ")"};
    case CURLE_WRITE_ERROR:
      if (too_large_ && header_bytes_ > settings_.max_header) {
        return {Errc::answer_too_large, "the head of the answer is larger than " +
                                            std::to_string(settings_.max_header) +
                                            " bytes; is this a WATS server? else raise max_header_bytes"};
      }
      if (too_large_) {
        return {Errc::answer_too_large, "the answer is larger than " + std::to_string(settings_.max_body) +
                                            " bytes; ask for less ($top, $select) or raise max_answer_bytes"};
      }
      break;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
      return {Errc::malformed_answer, "what answers at " + place +
                                          " does not speak HTTP as it should; is the port right? (" + detail +
                                          ")"};
    case CURLE_TOO_MANY_REDIRECTS:
      return {Errc::unexpected_status, place + " redirects in circles; is the base URL right?"};
    case CURLE_URL_MALFORMAT:
      return {Errc::invalid_argument, "the URL can't be used; check the base URL (" + detail + ")"};
    default:
      break;
  }
  return {Errc::connection_lost,
          "the connection to " + place +
              " ended before the whole answer came; look at the server, then try again (" + detail + ")"};
}

}  // namespace wats::http::detail
