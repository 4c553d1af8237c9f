#include "wats/config.hpp"

#include "src/client/environment.hpp"

#include <toml++/toml.h>

#include <chrono>
#include <fstream>
#include <limits>
#include <sstream>
#include <string_view>
#include <utility>

namespace wats {
namespace {

using detail::variable;

Error at(const std::filesystem::path& file, const toml::source_region& place, const std::string& what) {
  return {Errc::invalid_options, file.string() + ":" + std::to_string(place.begin.line) + ": " + what};
}

/// Takes the keys of one table of the file one after the other, and tells of those nobody asked for.
class Section {
 public:
  Section(const std::filesystem::path& file, const toml::table& table) : file_(file), table_(table) {}

  template <class T, class Use>
  void take(std::string_view key, std::string_view kind, Use&& use) {
    known_.push_back(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr || error_) return;
    const auto value = node->value_exact<T>();
    if (!value) {
      error_ = at(file_, node->source(), std::string(key) + " must be " + std::string(kind));
    } else {
      use(*value);
    }
  }
  const toml::table* table(std::string_view key) {
    known_.push_back(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr || error_) return nullptr;
    if (!node->is_table()) error_ = at(file_, node->source(), std::string(key) + " must be a table");
    return node->as_table();
  }
  [[nodiscard]] std::optional<Error> end() {
    if (error_) return error_;
    for (const auto& [key, node] : table_) {
      if (std::find(known_.begin(), known_.end(), key.str()) == known_.end()) {
        return at(file_, node.source(), "unknown key '" + std::string(key.str()) + "'; a misspelling?");
      }
    }
    return std::nullopt;
  }

 private:
  const std::filesystem::path& file_;
  const toml::table& table_;
  std::vector<std::string_view> known_;
  std::optional<Error> error_;
};

constexpr std::string_view text_kind = "a text in quotes";
constexpr std::string_view whole_kind = "a whole number";
constexpr std::string_view part_kind = "a number with a point, such as 0.5";
constexpr std::string_view flag_kind = "true or false";

std::chrono::milliseconds milliseconds(std::int64_t count) {
  return std::chrono::milliseconds(count);
}
/// Numbers beyond an int are as wrong as negative ones, and refused as such.
std::int32_t small(std::int64_t number) {
  return number < 0 || number > std::numeric_limits<std::int32_t>::max() ? -1
                                                                         : static_cast<std::int32_t>(number);
}
std::size_t count(std::int64_t number) {
  return number < 0 ? 0 : static_cast<std::size_t>(number);
}

std::optional<Error> read_station(const std::filesystem::path& file, const toml::table& table,
                                  ClientOptions& options) {
  StationIdentity identity = options.station();
  Section section(file, table);
  section.take<std::string>("name", text_kind, [&](const std::string& v) { identity.name = v; });
  section.take<std::string>("location", text_kind, [&](const std::string& v) { identity.location = v; });
  section.take<std::string>("purpose", text_kind, [&](const std::string& v) { identity.purpose = v; });
  options.station(std::move(identity));
  return section.end();
}

std::optional<EvictionPolicy> policy_named(std::string_view name) noexcept {
  if (name == "lru") return EvictionPolicy::lru;
  if (name == "sieve") return EvictionPolicy::sieve;
  if (name == "s3_fifo") return EvictionPolicy::s3_fifo;
  return std::nullopt;
}

std::optional<CacheRules> rules_named(std::string_view name) noexcept {
  if (name == "wats") return CacheRules::wats;
  if (name == "strict") return CacheRules::strict;
  return std::nullopt;
}

std::optional<Error> read_cache(const std::filesystem::path& file, const toml::table& table,
                                ClientOptions& options) {
  CacheSettings settings = options.cache();
  Section section(file, table);
  section.take<bool>("enabled", flag_kind, [&](bool v) { settings.enabled = v; });
  section.take<std::int64_t>("ttl_static_ms", whole_kind,
                             [&](std::int64_t v) { settings.ttl_static = milliseconds(v); });
  section.take<std::int64_t>("ttl_slow_ms", whole_kind,
                             [&](std::int64_t v) { settings.ttl_slow = milliseconds(v); });
  section.take<std::int64_t>("max_entries", whole_kind,
                             [&](std::int64_t v) { settings.max_entries = count(v); });
  section.take<std::int64_t>("max_bytes", whole_kind, [&](std::int64_t v) { settings.max_bytes = count(v); });
  section.take<std::int64_t>("stale_if_error_ms", whole_kind,
                             [&](std::int64_t v) { settings.stale_if_error = milliseconds(v); });
  section.take<std::int64_t>("stale_while_refreshing_ms", whole_kind,
                             [&](std::int64_t v) { settings.stale_while_refreshing = milliseconds(v); });
  section.take<std::string>("targeted_field", text_kind,
                            [&](const std::string& v) { settings.targeted_field = v; });
  section.take<std::string>("directory", text_kind, [&](const std::string& v) { settings.directory = v; });
  section.take<std::string>("scope", text_kind, [&](const std::string& v) { options.cache_scope(v); });
  std::optional<std::string> unknown_rules;
  section.take<std::string>("rules", text_kind, [&](const std::string& v) {
    if (const auto rules = rules_named(v))
      settings.rules = *rules;
    else
      unknown_rules = v;
  });
  std::optional<std::string> unknown_policy;
  section.take<std::string>("policy", text_kind, [&](const std::string& v) {
    if (const auto policy = policy_named(v))
      settings.policy = *policy;
    else
      unknown_policy = v;
  });
  options.cache(settings);
  if (unknown_rules) {
    return Error(Errc::invalid_options, file.string() + ": cache.rules is \"" + *unknown_rules +
                                            "\", which is neither wats nor strict");
  }
  if (unknown_policy) {
    return Error(Errc::invalid_options, file.string() + ": cache.policy is \"" + *unknown_policy +
                                            "\", which is none of lru, sieve and s3_fifo");
  }
  return section.end();
}

std::optional<Error> read_retry(const std::filesystem::path& file, const toml::table& table,
                                ClientOptions& options) {
  RetrySettings settings = options.retry();
  Section section(file, table);
  section.take<std::int64_t>("attempts", whole_kind, [&](std::int64_t v) { settings.attempts = small(v); });
  section.take<std::int64_t>("base_delay_ms", whole_kind,
                             [&](std::int64_t v) { settings.base_delay = milliseconds(v); });
  section.take<std::int64_t>("throttled_base_delay_ms", whole_kind,
                             [&](std::int64_t v) { settings.throttled_base_delay = milliseconds(v); });
  section.take<std::int64_t>("max_delay_ms", whole_kind,
                             [&](std::int64_t v) { settings.max_delay = milliseconds(v); });
  section.take<std::int64_t>("budget", whole_kind, [&](std::int64_t v) { settings.budget = small(v); });
  options.retry(settings);
  return section.end();
}

std::optional<Error> read_breaker(const std::filesystem::path& file, const toml::table& table,
                                  ClientOptions& options) {
  BreakerSettings settings = options.breaker();
  Section section(file, table);
  section.take<bool>("enabled", flag_kind, [&](bool v) { settings.enabled = v; });
  section.take<double>("failure_rate", part_kind, [&](double v) { settings.failure_rate = v; });
  section.take<std::int64_t>("window_ms", whole_kind,
                             [&](std::int64_t v) { settings.window = milliseconds(v); });
  section.take<std::int64_t>("open_for_ms", whole_kind,
                             [&](std::int64_t v) { settings.open_for = milliseconds(v); });
  section.take<std::int64_t>("longest_open_ms", whole_kind,
                             [&](std::int64_t v) { settings.longest_open = milliseconds(v); });
  options.breaker(settings);
  return section.end();
}

std::optional<Error> read_rate(const std::filesystem::path& file, const toml::table& table,
                               ClientOptions& options) {
  RateSettings settings = options.rate();
  Section section(file, table);
  section.take<std::int64_t>("per_minute", whole_kind, [&](std::int64_t v) {
    settings.per_minute = static_cast<std::uint32_t>(small(v));
  });
  section.take<std::int64_t>("burst", whole_kind,
                             [&](std::int64_t v) { settings.burst = static_cast<std::uint32_t>(small(v)); });
  section.take<std::string>("shared_file", text_kind,
                            [&](const std::string& v) { settings.shared_file = v; });
  options.rate(std::move(settings));
  return section.end();
}

}  // namespace

Result<ClientOptions> options_from_file(const std::filesystem::path& file, ClientOptions options) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream || std::filesystem::is_directory(file))
    return fail(Errc::io_error, file.string() + " can't be read; does it exist, may you read it?");
  std::ostringstream text;
  text << stream.rdbuf();
  try {
    const toml::table root = toml::parse(text.view(), file.string());
    Section section(file, root);
    section.take<std::string>("base_url", text_kind, [&](const std::string& v) { options.base_url(v); });
    section.take<std::string>("token", text_kind, [&](const std::string& v) { options.token(v); });
    section.take<std::int64_t>("timeout_ms", whole_kind,
                               [&](std::int64_t v) { options.timeout(milliseconds(v)); });
    section.take<std::int64_t>("connect_timeout_ms", whole_kind,
                               [&](std::int64_t v) { options.connect_timeout(milliseconds(v)); });
    section.take<std::int64_t>("max_answer_bytes", whole_kind,
                               [&](std::int64_t v) { options.max_answer_bytes(count(v)); });
    section.take<std::int64_t>("max_in_flight", whole_kind,
                               [&](std::int64_t v) { options.max_in_flight(count(v)); });
    section.take<bool>("allow_plain_http", flag_kind, [&](bool v) { options.allow_plain_http(v); });
    section.take<bool>("verify_tls", flag_kind, [&](bool v) { options.verify_tls(v); });
    section.take<std::string>("ca_file", text_kind, [&](const std::string& v) { options.ca_file(v); });
    section.take<std::string>("certificate_file", text_kind, [&](const std::string& v) {
      options.client_certificate(v, options.key_file());
    });
    section.take<std::string>("key_file", text_kind, [&](const std::string& v) {
      options.client_certificate(options.certificate_file(), v);
    });
    section.take<std::string>("proxy", text_kind, [&](const std::string& v) { options.proxy(v); });
    section.take<std::int64_t>("attempt_timeout_ms", whole_kind,
                               [&](std::int64_t v) { options.attempt_timeout(milliseconds(v)); });
    std::optional<Error> error;
    if (const auto* table = section.table("station")) error = read_station(file, *table, options);
    if (const auto* table = section.table("cache"); table != nullptr && !error)
      error = read_cache(file, *table, options);
    if (const auto* table = section.table("retry"); table != nullptr && !error)
      error = read_retry(file, *table, options);
    if (const auto* table = section.table("breaker"); table != nullptr && !error)
      error = read_breaker(file, *table, options);
    if (const auto* table = section.table("rate"); table != nullptr && !error)
      error = read_rate(file, *table, options);
    if (!error) error = section.end();
    if (error) return std::unexpected(*std::move(error));
    if ((root.contains("token") || root.contains("proxy")) && open_to_others(file)) {
      return fail(Errc::invalid_options,
                  file.string() + " holds a secret and is open to others; run: chmod 600 " + file.string());
    }
  } catch (const toml::parse_error& error) {
    return std::unexpected(at(file, error.source(), std::string(error.description())));
  }
  return options;
}

bool open_to_others(const std::filesystem::path& file) {
  using std::filesystem::perms;
  std::error_code error;
  const auto permissions = std::filesystem::status(file, error).permissions();
  return !error && (permissions & (perms::group_all | perms::others_all)) != perms::none;
}

ClientOptions options_from_environment(ClientOptions options) {
  if (auto url = variable("WATS_BASE_URL"); !url.empty()) options.base_url(std::move(url));
  if (auto token = variable("WATS_AUTH_TOKEN"); !token.empty()) options.token(std::move(token));
  if (auto directory = variable("WATS_CACHE_DIR"); !directory.empty()) {
    CacheSettings settings = options.cache();
    settings.directory = std::move(directory);
    options.cache(std::move(settings));
  }
  if (auto name = variable("WATS_STATION"); !name.empty()) {
    StationIdentity identity = options.station();
    identity.name = std::move(name);
    options.station(std::move(identity));
  }
  return options;
}

std::vector<std::filesystem::path> config_files() {
  if (const auto named = variable("WATS_CONFIG"); !named.empty()) return {named};
  std::vector<std::filesystem::path> files;
  if (const auto home = variable("XDG_CONFIG_HOME"); !home.empty()) {
    files.emplace_back(std::filesystem::path(home) / "wats" / "wats.toml");
  } else if (const auto user = variable("HOME"); !user.empty()) {
    files.emplace_back(std::filesystem::path(user) / ".config" / "wats" / "wats.toml");
  }
  files.emplace_back("/etc/wats/wats.toml");
  return files;
}

Result<ClientOptions> load_options() {
  ClientOptions options;
  const bool named = !variable("WATS_CONFIG").empty();
  for (const auto& file : config_files()) {
    std::error_code error;
    // A file that was named must be there; the usual places may be empty.
    if (!named && !std::filesystem::exists(file, error)) continue;
    auto read = options_from_file(file, options);
    if (!read) return read;
    options = *std::move(read);
    break;
  }
  return options_from_environment(std::move(options));
}

}  // namespace wats
