#include "apps/wats/demo/html.hpp"

#include "apps/wats/demo/pictures.hpp"
#include "apps/wats/demo/scoreboard.hpp"
#include "apps/wats/demo/svg.hpp"

#include <cstdio>

namespace wats::demo {
namespace {

constexpr const char* style = R"css(
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1c2128; --soft: #5b6470; --rule: #d9dee4;
  --panel: #f5f7f9; --plain: #98a1ad; --cached: #d98a1f; --all: #2368d8; --bound: #c2255c; --good: #1a7f47;
  --bad: #c92a2a; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e4e8ec; --soft: #97a1ad; --rule: #333b45;
  --panel: #1c2229; --plain: #7a8592; --cached: #e8a33d; --all: #5b9bff; --bound: #f06595; --good: #4cc38a;
  --bad: #ff6b6b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif; }
main { max-width: 1044px; margin: 0 auto; padding: 40px 32px 64px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; }
h2 { font-size: 19px; margin: 48px 0 4px; }
p { margin: 0 0 12px; max-width: 46em; }
.soft, .note { color: var(--soft); }
.verdict { display: inline-block; margin-left: 10px; padding: 1px 12px; border-radius: 999px; color: var(--paper);
  font-size: 17px; vertical-align: 4px; }
.good { background: var(--good); } .bad { background: var(--bad); }
.warning { border-left: 4px solid var(--cached); background: var(--panel); padding: 8px 14px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(215px, 1fr)); gap: 14px; margin: 24px 0 8px; }
.card { background: var(--panel); border-radius: 8px; padding: 14px 16px; border-top: 4px solid var(--good); }
.card.failed { border-top-color: var(--bad); }
.card b { display: block; font-size: 30px; line-height: 1.25; font-variant-numeric: tabular-nums; }
.card .name { font-size: 14px; font-weight: 600; overflow-wrap: anywhere; }
.card .note { font-size: 13px; line-height: 1.4; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 12.5px; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 6px; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; }
th:first-child, td:first-child, th.text, td.text { text-align: left; }
td.wrap { white-space: normal; }
svg { width: 100%; height: auto; display: block; margin: 8px 0; }
svg text { fill: var(--ink); font: 13px system-ui, "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif; }
svg .tick { fill: var(--soft); font-size: 12px; } svg .strong { font-weight: 600; }
svg .grid { stroke: var(--rule); stroke-width: 1; } svg .axis { stroke: var(--soft); stroke-width: 1; }
svg .curve { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
svg .plain { stroke: var(--plain); } svg .cached { stroke: var(--cached); } svg .all { stroke: var(--all); }
svg .bound { stroke: var(--bound); stroke-width: 2.5; } svg .dashed { stroke-dasharray: 6 5; stroke-width: 1.5; }
svg .fill-plain { fill: var(--plain); } svg .fill-cached { fill: var(--cached); } svg .fill-all { fill: var(--all); }
svg .fill-bound { fill: var(--bound); }
code, pre { font: 14px ui-monospace, "DejaVu Sans Mono", monospace; background: var(--panel); border-radius: 6px; }
code { padding: 1px 5px; } pre { padding: 12px 16px; overflow-x: auto; }
)css";

std::string element(const std::string& tag, const std::string& css, const std::string& text) {
  return "<" + tag + (css.empty() ? "" : " class=\"" + css + "\"") + ">" + html_escaped(text) + "</" + tag +
         ">";
}

std::string table(const Cells& headings, const std::vector<Cells>& rows, std::size_t texts_from) {
  std::string out = "<div class=\"scroll\"><table><thead><tr>";
  for (std::size_t i = 0; i < headings.size(); ++i) {
    out += element("th", i >= texts_from ? "text" : "", headings[i]);
  }
  out += "</tr></thead><tbody>\n";
  for (const auto& row : rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      out += element("td", i >= texts_from ? "text wrap" : "", row[i]);
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string card(const Metric& metric, const Cells& cells) {
  return "<div class=\"card" + std::string(metric.pass() ? "" : " failed") + "\">" +
         element("b", "", cells[3]) + element("div", "name", metric.name) +
         element("span", "note",
                 "goal " + cells[2] + ", plan " + cells[1] + (metric.pass() ? ": pass" : ": FAIL")) +
         "</div>\n";
}

std::string heading(const Figures& figures) {
  std::string out = "<h1>A production line, played four times<span class=\"verdict " +
                    std::string(figures.pass() ? "good\">pass" : "bad\">fail") + "</span></h1>\n";
  out += element("p", "soft",
                 "Workload " + figures.workload + ", seed " + std::to_string(figures.seed) +
                     ". Stations, dashboards, a sync job and an engineer share one client; the server runs "
                     "in the same "
                     "process behind real sockets and answers as slowly as the workload says.") +
         "\n";
  if (figures.shortened) {
    out +=
        element("p", "warning", "Shortened for a quick look: these are not the workload's figures.") + "\n";
  }
  return out;
}

}  // namespace

std::string report_html(const Figures& figures, const Runs& runs) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<title>cppwats: the line</title>\n<style>" +
      std::string(style) + "</style></head>\n<body><main>\n" + heading(figures);
  const auto cells = metric_cells(figures);
  out += "<div class=\"cards\">\n";
  for (std::size_t i = 0; i < cells.size(); ++i) out += card(figures.metrics[i], cells[i]);
  out += "</div>\n";
  for (const auto& line : verdict_lines(figures)) out += element("p", "", line) + "\n";

  out += element("h2", "", "Scoreboard") + table(metric_headings(), cells, 4);
  if (const auto line = limited_line(runs); !line.empty()) out += element("p", "note", line) + "\n";

  out +=
      element("h2", "", "How long a read takes") +
      element(
          "p", "soft",
          "Static and slow reads, misses included: what share was answered within which time. plain has no "
          "cache; cached and all remember answers; all also asks the independent reads of a step at once, "
          "and "
          "then an answer is handed over by the client's thread.") +
      latency_picture(figures, runs);
  out +=
      element("h2", "", "Calls by operation") +
      element(
          "p", "soft",
          "Counted by the server. The mark shows the fewest calls possible: every write, every live or never "
          "read, and each static or slow answer once between the writes that touch it. Live reads can fall "
          "below it "
          "where two callers share one request under way.") +
      calls_picture(figures);
  out += element("h2", "", "Hit rate over time") +
         element("p", "soft",
                 "Static and slow reads answered without a new request. The sync job reads all master data "
                 "at first, "
                 "and each edit by the engineer drops what it touches.") +
         hit_rate_picture(figures, runs);
  out += element("h2", "", "A backlog, one at a time and at once") +
         element("p", "soft",
                 "Unit look-ups and report submissions without cache, each in " +
                     std::to_string(runs.backlog.requests) + " requests.") +
         backlog_picture(runs);
  out += element("h2", "", "Every operation") + table(operation_headings(), operation_cells(figures), 99);
  out += element("h2", "", "Run it again") + "<pre>./dev demo" +
         std::string(figures.shortened ? " --quick" : "") +
         "\nbuild/release/bin/wats demo --json\nbuild/release/bin/wats demo --fault "
         "skip-invalidation=product_save"
         "</pre>\n" +
         element("p", "soft",
                 "Everything follows from the workload's seed; times differ with the machine. The check of "
                 "the answers "
                 "adds no request.");
  return out + "</main></body></html>\n";
}

}  // namespace wats::demo
