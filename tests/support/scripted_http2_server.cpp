#include "tests/support/scripted_http2_server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace wats::testing {
namespace {

using boost::asio::ip::tcp;

/// What the connections of a server have in common.
struct Shared {
  Http2Script script;
  Http2ServerOptions options;
  boost::asio::ssl::context tls{boost::asio::ssl::context::tls_server};
  std::atomic<bool> stopping{false};
  std::atomic<int> requests{0};
  std::atomic<int> connections{0};
  std::mutex mutex;
  std::set<Http2Connection*> open;
};

/// A request and its answer, as far as they have got.
struct Exchange {
  Http2Request request;
  std::string body;
  std::size_t sent = 0;
  bool ended = false;
  /// A script has decided what becomes of it.
  bool settled = false;
};

int choose_http2(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                 unsigned int offered_length, void*) {
  // OpenSSL gives the place of the name as const, nghttp2 does not take it so; neither writes to it.
  auto** const name = const_cast<unsigned char**>(chosen);
  return nghttp2_select_next_protocol(name, length, offered, offered_length) == 1
             ? SSL_TLSEXT_ERR_OK
             : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void set_up(boost::asio::ssl::context& tls, const TestAuthority& authority,
            const Http2ServerOptions& options) {
  const CertificateFiles own =
      options.certificate.value_or(CertificateFiles{authority.server_certificate(), authority.server_key()});
  tls.use_certificate_file(own.certificate, boost::asio::ssl::context::pem);
  tls.use_private_key_file(own.key, boost::asio::ssl::context::pem);
  SSL_CTX_set_alpn_select_cb(tls.native_handle(), choose_http2, nullptr);
  if (!options.require_client_certificate) return;
  tls.load_verify_file(authority.ca_file());
  tls.set_verify_mode(boost::asio::ssl::verify_peer | boost::asio::ssl::verify_fail_if_no_peer_cert);
  // Without it OpenSSL refuses the second connection of a client that resumes its session.
  const unsigned char context = 1;
  SSL_CTX_set_session_id_context(tls.native_handle(), &context, sizeof context);
}

/// nghttp2 takes text as unsigned bytes that it does not change.
nghttp2_nv header_field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::string text_of(const std::uint8_t* bytes, std::size_t size) {
  return {bytes, bytes + size};
}

}  // namespace

/// One connection. Once it serves, all but wake() happens in its own thread.
class Http2Connection {
 public:
  explicit Http2Connection(Shared& shared) : shared_(shared) {}
  Http2Connection(const Http2Connection&) = delete;
  Http2Connection& operator=(const Http2Connection&) = delete;
  ~Http2Connection() { leave(); }

  tcp::socket& socket() { return tls_.next_layer(); }
  nghttp2_session* session() { return session_.get(); }

  void serve() {
    boost::system::error_code error;
    // Small frames would wait for the client's acknowledgement of those before.
    socket().set_option(tcp::no_delay(true), error);
    tls_.handshake(boost::asio::ssl::stream_base::server, error);
    if (!error && speaks_http2()) {
      start_session();
      while (open_ && nghttp2_session_want_read(session()) != 0 && take_frame()) run_scripts();
      hang_up();
    }
    // The client closes first: a close with bytes unread would be a reset, and take from it what it has not
    // read yet.
    socket().shutdown(tcp::socket::shutdown_send, error);
    std::array<char, 4096> unread{};
    for (error = {}; !error;) socket().read_some(boost::asio::buffer(unread), error);
  }

  /// Called from the server's thread, with its mutex locked: ends every wait.
  void wake() {
    boost::system::error_code ignored;
    socket().shutdown(tcp::socket::shutdown_both, ignored);
  }

  /// The exchange, now the script's; nullptr when the stream has been closed.
  Exchange* settle(std::int32_t id) {
    Exchange* const exchange = find(id);
    if (exchange != nullptr) exchange->settled = true;
    return exchange;
  }

  void respond(std::int32_t id, int status, const Http2Headers& headers, std::string body, bool ended) {
    Exchange* const exchange = settle(id);
    if (exchange == nullptr) return;
    const bool empty = ended && body.empty();
    exchange->body = std::move(body);
    exchange->ended = ended;
    const std::string code = std::to_string(status);
    std::vector<nghttp2_nv> fields{header_field(":status", code)};
    for (const auto& [name, value] : headers) fields.push_back(header_field(name, value));
    nghttp2_data_provider source{};
    source.read_callback = next_piece;
    nghttp2_submit_response(session(), id, fields.data(), fields.size(), empty ? nullptr : &source);
    flush();
  }

  /// More of the body, or its end.
  void resume(std::int32_t id, std::string_view piece, bool ended) {
    Exchange* const exchange = find(id);
    if (exchange == nullptr) return;
    exchange->body += piece;
    exchange->ended = ended;
    nghttp2_session_resume_data(session(), id);
    flush();
  }

  /// Whether anybody waits for what the script does. Takes in what has come meanwhile: a reset, room in a
  /// window.
  bool awaited(std::int32_t id) {
    boost::system::error_code ignored;
    while (open_ && socket().available(ignored) > 0) take_frame();
    return open_ && !shared_.stopping && find(id) != nullptr;
  }

  /// Everything that nghttp2 has to say.
  void flush() {
    std::string bytes;
    const std::uint8_t* some = nullptr;
    for (auto size = nghttp2_session_mem_send(session(), &some); size > 0;
         size = nghttp2_session_mem_send(session(), &some))
      bytes.append(some, some + size);
    write(bytes);
  }

  void write(std::string_view bytes) {
    if (!open_ || bytes.empty()) return;
    boost::system::error_code error;
    boost::asio::write(tls_, boost::asio::buffer(bytes), error);
    if (error) open_ = false;
  }

  void hang_up() {
    if (!std::exchange(open_, false)) return;
    // Says goodbye without waiting for the client's: that one may not be reading.
    tls_.async_shutdown([](const boost::system::error_code&) {});
    io_.poll();
    boost::system::error_code ignored;
    socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  void abort() {
    open_ = false;
    leave();
    boost::system::error_code ignored;
    // With zero linger the close is a reset.
    socket().set_option(boost::asio::socket_base::linger(true, 0), ignored);
    socket().close(ignored);
  }

 private:
  /// A request is due twice: when its head is there, and when all of it is.
  struct Due {
    std::int32_t id;
    bool whole;
  };

  Exchange* find(std::int32_t id) {
    const auto at = exchanges_.find(id);
    return at == exchanges_.end() ? nullptr : &at->second;
  }

  /// Before the socket is closed: nobody else may touch it then.
  void leave() {
    const std::lock_guard lock(shared_.mutex);
    shared_.open.erase(this);
  }

  bool speaks_http2() {
    const unsigned char* name = nullptr;
    unsigned int length = 0;
    SSL_get0_alpn_selected(tls_.native_handle(), &name, &length);
    return text_of(name, length) == NGHTTP2_PROTO_VERSION_ID;
  }

  void start_session() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    // Room is given where a body is wanted, see on_data().
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_session* session = nullptr;
    nghttp2_session_server_new2(&session, callbacks, this, option);
    session_.reset(session);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    const std::array settings{
        nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
                               shared_.options.max_concurrent_streams},
        nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, shared_.options.initial_window_size}};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    flush();
    frame_.resize(NGHTTP2_CLIENT_MAGIC_LEN);
    if (read(0)) feed();
  }

  /// One at a time: the head of a request is seen before its body is taken in.
  bool take_frame() {
    constexpr std::size_t head = 9;
    frame_.resize(head);
    if (!read(0)) return false;
    frame_.resize(head + (std::size_t{frame_[0]} << 16 | std::size_t{frame_[1]} << 8 | frame_[2]));
    return read(head) && feed();
  }

  /// Fills the frame from there on.
  bool read(std::size_t from) {
    boost::system::error_code error;
    boost::asio::read(tls_, boost::asio::buffer(frame_) + from, error);
    if (error) open_ = false;
    return open_;
  }

  bool feed() {
    const auto taken = nghttp2_session_mem_recv(session(), frame_.data(), frame_.size());
    flush();
    if (taken < 0) hang_up();
    return open_;
  }

  void run_scripts() {
    while (open_ && !due_.empty()) {
      const Due due = due_.front();
      due_.pop_front();
      Exchange* const exchange = find(due.id);
      if (exchange == nullptr || exchange->settled) continue;
      const Http2Script& script = due.whole ? shared_.script : shared_.options.on_head;
      if (!script) continue;
      // A copy: the exchange may end while the script runs.
      const Http2Request request = exchange->request;
      Http2Stream stream(*this, due.id);
      script(request, stream);
    }
  }

  // What nghttp2 calls while it takes in a frame; it may not be asked to send from there, so scripts run
  // later.

  static Http2Connection& self(void* user_data) { return *static_cast<Http2Connection*>(user_data); }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    self(user_data).exchanges_.try_emplace(frame->hd.stream_id);
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                       void* user_data) {
    Exchange* const exchange = self(user_data).find(frame->hd.stream_id);
    if (exchange == nullptr) return 0;
    Http2Request& request = exchange->request;
    std::string key = text_of(name, name_size);
    std::string text = text_of(value, value_size);
    if (key == ":method") {
      request.method = std::move(text);
    } else if (key == ":path") {
      request.path = std::move(text);
    } else if (!key.starts_with(':')) {
      request.headers.emplace_back(std::move(key), std::move(text));
    }
    return 0;
  }

  static int on_data(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                     std::size_t size, void* user_data) {
    nghttp2_session_consume_connection(session, size);
    Exchange* const exchange = self(user_data).find(id);
    if (exchange == nullptr || exchange->settled) return 0;
    exchange->request.body.append(data, data + size);
    nghttp2_session_consume_stream(session, id, size);
    return 0;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    Http2Connection& connection = self(user_data);
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      ++connection.shared_.requests;
      connection.due_.push_back({frame->hd.stream_id, false});
    }
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
      connection.due_.push_back({frame->hd.stream_id, true});
    return 0;
  }

  static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t, void* user_data) {
    self(user_data).exchanges_.erase(id);
    return 0;
  }

  static ssize_t next_piece(nghttp2_session*, std::int32_t id, std::uint8_t* to, std::size_t limit,
                            std::uint32_t* flags, nghttp2_data_source*, void* user_data) {
    Exchange* const exchange = self(user_data).find(id);
    if (exchange == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    const std::size_t size = std::min(limit, exchange->body.size() - exchange->sent);
    if (size == 0 && !exchange->ended) return NGHTTP2_ERR_DEFERRED;
    exchange->body.copy(reinterpret_cast<char*>(to), size, exchange->sent);
    exchange->sent += size;
    if (exchange->ended && exchange->sent == exchange->body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  }

  struct Delete {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };

  Shared& shared_;
  /// Its own, so that hang_up() runs nobody else's work.
  boost::asio::io_context io_;
  boost::asio::ssl::stream<tcp::socket> tls_{io_, shared_.tls};
  std::unique_ptr<nghttp2_session, Delete> session_;
  std::map<std::int32_t, Exchange> exchanges_;
  std::deque<Due> due_;
  std::vector<std::uint8_t> frame_;
  bool open_ = true;
};

void Http2Stream::answer(int status, std::string body, Http2Headers headers) {
  headers.emplace_back("content-type", "application/json");
  headers.emplace_back("content-length", std::to_string(body.size()));
  connection_.respond(id_, status, headers, std::move(body), true);
}

void Http2Stream::begin(int status, const Http2Headers& headers) {
  connection_.respond(id_, status, headers, {}, false);
}

bool Http2Stream::data(std::string_view piece) {
  connection_.resume(id_, piece, false);
  return !stopping();
}

void Http2Stream::end() {
  connection_.resume(id_, {}, true);
}

void Http2Stream::reset(std::uint32_t error_code) {
  if (connection_.settle(id_) == nullptr) return;
  nghttp2_submit_rst_stream(connection_.session(), NGHTTP2_FLAG_NONE, id_, error_code);
  connection_.flush();
}

void Http2Stream::go_away(std::uint32_t error_code, bool covers_this) {
  // The streams of clients have odd numbers.
  const std::int32_t last = covers_this ? id_ : std::max(id_ - 2, 0);
  nghttp2_submit_goaway(connection_.session(), NGHTTP2_FLAG_NONE, last, error_code, nullptr, 0);
  connection_.flush();
}

void Http2Stream::hang_up() {
  connection_.hang_up();
}

void Http2Stream::abort() {
  connection_.abort();
}

void Http2Stream::write_raw(std::string_view bytes) {
  connection_.settle(id_);
  connection_.write(bytes);
}

void Http2Stream::keep_silent() {
  connection_.settle(id_);
}

bool Http2Stream::stopping() {
  return !connection_.awaited(id_);
}

/// Waits for connections and starts a thread for each.
class ScriptedHttp2Server::Acceptor {
 public:
  Acceptor(const TestAuthority& authority, Http2Script script, Http2ServerOptions options) {
    shared_.script = std::move(script);
    shared_.options = std::move(options);
    set_up(shared_.tls, authority, shared_.options);
    thread_ = std::thread([this] { accept(); });
  }
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;
  ~Acceptor() {
    shared_.stopping = true;
    boost::system::error_code ignored;
    // Wakes the accept().
    tcp::socket waker(io_);
    waker.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
    {
      const std::lock_guard lock(shared_.mutex);
      for (Http2Connection* connection : shared_.open) connection->wake();
    }
    for (auto& worker : workers_) worker.join();
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] const Shared& shared() const { return shared_; }

 private:
  void accept() {
    while (!shared_.stopping) {
      auto connection = std::make_unique<Http2Connection>(shared_);
      boost::system::error_code error;
      acceptor_.accept(connection->socket(), error);
      if (error || shared_.stopping) return;
      ++shared_.connections;
      {
        // Before its thread runs: the destructor would not find it otherwise.
        const std::lock_guard lock(shared_.mutex);
        shared_.open.insert(connection.get());
      }
      workers_.emplace_back([connection = std::move(connection)] { connection->serve(); });
    }
  }

  Shared shared_;
  boost::asio::io_context io_;
  tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::vector<std::thread> workers_;
  std::thread thread_;
};

ScriptedHttp2Server::ScriptedHttp2Server(const TestAuthority& authority, Http2Script script,
                                         Http2ServerOptions options)
    : acceptor_(std::make_unique<Acceptor>(authority, std::move(script), std::move(options))) {}

ScriptedHttp2Server::~ScriptedHttp2Server() = default;

std::string ScriptedHttp2Server::base_url() const {
  return "https://127.0.0.1:" + std::to_string(acceptor_->port());
}

int ScriptedHttp2Server::requests() const {
  return acceptor_->shared().requests;
}

int ScriptedHttp2Server::connections() const {
  return acceptor_->shared().connections;
}

}  // namespace wats::testing
