// wats cache stats, explain and clear: what a client keeps on disk for its next start.
#include "apps/wats/cache_commands.hpp"
#include "apps/wats/records.hpp"
#include "wats/cache_disk/disk_file.hpp"
#include "wats/http/detail/key.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace wats::app {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_listed = 1000;

struct DiskArguments {
  std::string directory;
  std::string text;
};

/// What stats --json prints; times in milliseconds.
class DiskStatsJson : public Record {
 public:
  DiskStatsJson() = default;

  std::string directory;
  std::int64_t entries = 0;
  std::int64_t bytes = 0;
  std::int64_t file_bytes = 0;
  std::int64_t fresh = 0;
  std::int64_t stale = 0;
  std::int64_t over = 0;
  Maybe<std::int64_t> oldest_ms;

  using Self = DiskStatsJson;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(directory), WATS_FIELD(entries), WATS_FIELD(bytes), WATS_FIELD(file_bytes),
                      WATS_FIELD(fresh), WATS_FIELD(stale), WATS_FIELD(over), WATS_FIELD(oldest_ms));
  }
};

/// An answer that is kept.
class KeptJson : public Record {
 public:
  KeptJson() = default;

  std::string operation;
  std::vector<std::string> fields_given;
  std::string state;
  std::int64_t age_ms = 0;
  std::int64_t ttl_left_ms = 0;
  std::int64_t bytes = 0;
  std::int64_t tags = 0;

  using Self = KeptJson;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(operation), WATS_FIELD(fields_given).named("fields"), WATS_FIELD(state),
                      WATS_FIELD(age_ms), WATS_FIELD(ttl_left_ms), WATS_FIELD(bytes), WATS_FIELD(tags));
  }
};

class KeptListJson : public Record {
 public:
  KeptListJson() = default;

  std::vector<KeptJson> entries;
  bool truncated = false;

  using Self = KeptListJson;
  static constexpr auto fields() { return std::tuple(WATS_FIELD(entries), WATS_FIELD(truncated)); }
};

class ClearedJson : public Record {
 public:
  ClearedJson() = default;

  std::int64_t removed = 0;

  using Self = ClearedJson;
  static constexpr auto fields() { return std::tuple(WATS_FIELD(removed)); }
};

std::string directory_of(Context& context, const DiskArguments& arguments) {
  if (!arguments.directory.empty()) return arguments.directory;
  const std::string directory = context.client_options().cache().directory;
  if (directory.empty()) {
    throw Exit(ExitCode::usage,
               "no folder is named in which answers are kept; give --dir DIR, set WATS_CACHE_DIR, or write "
               "directory = \"DIR\" below [cache] in wats.toml");
  }
  return directory;
}

/// Runs *use* on the file.
template <class Use>
auto with_file(const std::string& directory, const Use& use) {
  try {
    auto file = cache::DiskFile::open(directory);
    return use(file);
  } catch (const std::runtime_error& error) {
    throw Exit(ExitCode::local_io, error.what());
  }
}

cache::WallTime now() {
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

/// "2 h 5 min", the two greatest units that count.
std::string duration_text(milliseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  if (seconds < 1) return fmt::format("{} ms", time.count());
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  if (seconds < 86400) return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
  return fmt::format("{} d {} h", seconds / 86400, seconds / 3600 % 24);
}

KeptJson kept_json(const cache::DiskFile::Entry& entry) {
  KeptJson json;
  if (auto parts = http::detail::parts_of(entry.key)) {
    json.operation = std::move(parts->operation);
    json.fields_given = std::move(parts->fields);
  } else {
    json.operation = "?";
  }
  json.state = entry.ttl_left > milliseconds(0)     ? "fresh"
               : entry.stale_left > milliseconds(0) ? "stale"
                                                    : "over";
  json.age_ms = entry.age.count();
  json.ttl_left_ms = entry.ttl_left.count();
  json.bytes = static_cast<std::int64_t>(entry.body_bytes);
  json.tags = static_cast<std::int64_t>(entry.tags);
  return json;
}

/// By what people see of it, not by the rest of its key.
bool contains(const KeptJson& json, const std::string& text) {
  const auto has = [&](const std::string& part) { return part.find(text) != std::string::npos; };
  return has(json.operation) || std::ranges::any_of(json.fields_given, has);
}

void show_stats(Context& context, const DiskArguments& arguments) {
  const std::string directory = directory_of(context, arguments);
  const auto stats = with_file(directory, [](const cache::DiskFile& file) { return file.stats(now()); });
  Output& out = context.out();
  if (context.global.json) {
    DiskStatsJson json;
    json.directory = directory;
    json.entries = static_cast<std::int64_t>(stats.entries);
    json.bytes = static_cast<std::int64_t>(stats.bytes);
    json.file_bytes = static_cast<std::int64_t>(stats.file_bytes);
    json.fresh = static_cast<std::int64_t>(stats.fresh);
    json.stale = static_cast<std::int64_t>(stats.stale);
    json.over = static_cast<std::int64_t>(stats.over);
    if (stats.oldest) json.oldest_ms = stats.oldest->count();
    return out.json(model::to_json(json));
  }
  Table table;
  table.add_column("what");
  table.add_column("", Table::Align::right);
  table.hide_headings();
  table.add_row({"folder", directory});
  table.add_row({"answers", std::to_string(stats.entries)});
  table.add_row({"  fresh", std::to_string(stats.fresh)});
  table.add_row({"  only while the server is away", std::to_string(stats.stale)});
  table.add_row({"  over", std::to_string(stats.over)});
  table.add_row({"oldest", stats.oldest ? duration_text(*stats.oldest) : "-"});
  table.add_row({"kB kept", fmt::format("{:.1f}", static_cast<double>(stats.bytes) / 1000)});
  table.add_row({"kB of files", fmt::format("{:.1f}", static_cast<double>(stats.file_bytes) / 1000)});
  out.table(table);
}

void explain(Context& context, const DiskArguments& arguments) {
  const auto entries = with_file(directory_of(context, arguments), [](const cache::DiskFile& file) {
    return file.list(now(), {}, std::numeric_limits<std::size_t>::max());
  });
  KeptListJson list;
  for (const auto& entry : entries) {
    KeptJson json = kept_json(entry);
    if (!contains(json, arguments.text)) continue;
    list.truncated = list.entries.size() == most_listed;
    if (list.truncated) break;
    list.entries.push_back(std::move(json));
  }
  Output& out = context.out();
  if (context.global.json) return out.json(model::to_json(list));
  if (list.entries.empty()) {
    throw Exit(ExitCode::failed,
               arguments.text.empty()
                   ? "nothing is kept there"
                   : "nothing is kept whose operation or fields contain '" + arguments.text + "'");
  }
  Table table;
  table.add_column("operation");
  table.add_column("fields");
  table.add_column("state");
  for (const auto* heading : {"age", "left", "bytes", "tags"}) table.add_column(heading, Table::Align::right);
  for (const auto& each : list.entries) {
    table.add_row({each.operation, fmt::format("{}", fmt::join(each.fields_given, " ")), each.state,
                   duration_text(milliseconds(each.age_ms)),
                   each.ttl_left_ms > 0 ? duration_text(milliseconds(each.ttl_left_ms)) : "",
                   std::to_string(each.bytes), std::to_string(each.tags)});
  }
  out.table(table);
  if (list.truncated)
    Context::note(fmt::format("there are more than {}; name a part of what is looked for", most_listed));
}

void clear(Context& context, const DiskArguments& arguments) {
  ClearedJson json;
  json.removed = static_cast<std::int64_t>(
      with_file(directory_of(context, arguments), [](cache::DiskFile& file) { return file.clear(); }));
  if (context.global.json) return context.out().json(model::to_json(json));
  context.out().line(fmt::format("{} answers removed", json.removed));
}

CLI::App& add(CLI::App& cache, const char* name, const char* what,
              const std::shared_ptr<DiskArguments>& arguments) {
  auto* command = cache.add_subcommand(name, what);
  command->add_option("--dir", arguments->directory, "the folder, instead of the configured one")
      ->type_name("DIR");
  return *command;
}

}  // namespace

void add_cache_on_disk(CLI::App& cache, Context& context) {
  const auto arguments = std::make_shared<DiskArguments>();
  auto& stats = add(cache, "stats", "How much is kept on disk, and how old it is", arguments);
  stats.footer(
      "Safe while other programs use the folder. What is in their memory is not told.\n"
      "\n"
      "Examples:\n"
      "  wats cache stats\n"
      "  wats cache stats --dir /var/lib/station/cache --json");
  stats.callback([&context, arguments] { show_stats(context, *arguments); });

  auto& entries =
      add(cache, "explain", "Which answers are kept on disk, and whether they would be shown", arguments);
  entries.add_option("TEXT", arguments->text, "only those whose operation or fields contain this");
  entries.footer(
      "fresh: shown without asking the server. stale: shown only while the server can't be asked, with "
      "stale_if_error. over: not shown any more.\n"
      "The same operation and fields twice: kept for different tokens, scopes or servers.\n"
      "\n"
      "Examples:\n"
      "  wats cache explain\n"
      "  wats cache explain PN-7\n"
      "  wats cache explain product_get --json");
  entries.callback([&context, arguments] { explain(context, *arguments); });

  auto& cleared = add(cache, "clear", "Remove all answers that are kept on disk", arguments);
  cleared.footer(
      "Nothing is lost: the server is asked again. A program that runs keeps what it has in memory.\n"
      "\n"
      "Examples:\n"
      "  wats cache clear\n"
      "  wats cache clear --dir /var/lib/station/cache");
  cleared.callback([&context, arguments] { clear(context, *arguments); });
}

}  // namespace wats::app
