#include "apps/wats/demo/pictures.hpp"

#include "apps/wats/demo/scoreboard.hpp"
#include "apps/wats/demo/svg.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

namespace wats::demo {
namespace {

constexpr double width = 920;
using Anchor = Svg::Anchor;

std::string label_of(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// Coloured marks with names, from left to right.
void legend(Svg& svg, double x, double y, const std::vector<std::pair<std::string, std::string>>& entries) {
  constexpr double letter = 7.2;
  for (const auto& [css, label] : entries) {
    svg.rect(x, y - 9, 14, 10, "fill-" + css);
    svg.text(x + 20, y, label, "label");
    x += 20 + letter * static_cast<double>(label.size()) + 24;
  }
}

/// The frame of a picture with figures on both axes.
struct Plot {
  double left = 56;
  double right = width - 16;
  double top = 34;
  double bottom = 0;
};

void percent_axis(Svg& svg, const Plot& plot, const Scale& y) {
  for (int percent = 0; percent <= 100; percent += 25) {
    const double at = y.at(percent / 100.0);
    svg.line(plot.left, at, plot.right, at, percent == 0 ? "axis" : "grid");
    svg.text(plot.left - 8, at + 4, std::to_string(percent) + " %", "tick", Anchor::end);
  }
}

Svg::Points distribution(const Run& run, const Scale& x, const Scale& y, const Plot& plot) {
  auto values = durations(run.events, &Event::is_cacheable);
  std::ranges::sort(values);
  Svg::Points points;
  if (values.empty()) return points;
  for (double pixel = plot.left; pixel <= plot.right; pixel += 2) {
    const auto limit = Nanoseconds(static_cast<std::int64_t>(x.back(pixel)));
    const auto within = std::ranges::upper_bound(values, limit) - values.begin();
    points.emplace_back(pixel, y.at(static_cast<double>(within) / static_cast<double>(values.size())));
  }
  return points;
}

/// Hit rates of equal spans of time; spans without reads are left out.
Svg::Points rates_over_time(const Run& run, double seconds_each, const Scale& x, const Scale& y) {
  struct Span {
    double hits = 0;
    double all = 0;
  };
  std::vector<Span> spans(static_cast<std::size_t>(run.elapsed.count() / seconds_each) + 1);
  for (const auto& event : run.events) {
    if (!event.is_cacheable()) continue;
    const double at = std::chrono::duration<double>(event.start - run.begin).count() / seconds_each;
    auto& span = spans[std::min(spans.size() - 1, static_cast<std::size_t>(std::max(0.0, at)))];
    span.all += 1;
    if (event.is_hit()) span.hits += 1;
  }
  Svg::Points points;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (spans[i].all == 0) continue;
    points.emplace_back(x.at((static_cast<double>(i) + 0.5) * seconds_each),
                        y.at(spans[i].hits / spans[i].all));
  }
  return points;
}

}  // namespace

std::string latency_picture(const Figures& figures, const Runs& runs) {
  constexpr double height = 340;
  const Plot plot{.bottom = height - 46};
  Svg svg(width, height, "Distribution of response times of static and slow reads");
  const Scale x(Scale::Kind::logarithmic, 1e2, 1e9, plot.left, plot.right);
  const Scale y(Scale::Kind::linear, 0, 1, plot.bottom, plot.top);
  percent_axis(svg, plot, y);
  constexpr std::array<std::pair<double, const char*>, 8> ticks = {{{1e2, "100 ns"},
                                                                    {1e3, "1 us"},
                                                                    {1e4, "10 us"},
                                                                    {1e5, "100 us"},
                                                                    {1e6, "1 ms"},
                                                                    {1e7, "10 ms"},
                                                                    {1e8, "100 ms"},
                                                                    {1e9, "1 s"}}};
  for (const auto& [value, label] : ticks) {
    svg.line(x.at(value), plot.top, x.at(value), plot.bottom, "grid");
    svg.text(x.at(value), plot.bottom + 18, label, "tick", value == 1e9 ? Anchor::end : Anchor::middle);
  }
  svg.text((plot.left + plot.right) / 2, height - 8, "answered within (logarithmic)", "label",
           Anchor::middle);
  svg.polyline(distribution(runs.plain, x, y, plot), "curve plain");
  svg.polyline(distribution(runs.cached, x, y, plot), "curve cached");
  svg.polyline(distribution(runs.all, x, y, plot), "curve all");
  const auto median = [](const char* name, const Latency& latency) {
    return std::string(name) + ", median " + duration_text(latency.p50);
  };
  legend(svg, plot.left, 14,
         {{"plain", median("plain", figures.plain)},
          {"cached", median("cached", figures.cached)},
          {"all", median("all", figures.all)}});
  return std::move(svg).str();
}

std::string calls_picture(const Figures& figures) {
  constexpr double row_height = 50;
  constexpr double bar_height = 15;
  const double height = 64 + row_height * static_cast<double>(figures.operations.size());
  const Plot plot{.left = 252, .right = width - 70, .top = 34, .bottom = height - 26};
  Svg svg(width, height, "Calls by operation");
  std::uint64_t most = 1;
  for (const auto& row : figures.operations) most = std::max({most, row.plain.calls, row.all.calls});
  const Scale x(Scale::Kind::linear, 0, static_cast<double>(most), plot.left, plot.right);
  const double step = std::max(1.0, round_step(static_cast<double>(most), 6));
  for (double tick = 0; tick <= static_cast<double>(most); tick += step) {
    svg.line(x.at(tick), plot.top, x.at(tick), plot.bottom, tick == 0 ? "axis" : "grid");
    svg.text(x.at(tick), plot.bottom + 18, label_of("%.0f", tick), "tick", Anchor::middle);
  }
  double top = plot.top + 8;
  for (const auto& row : figures.operations) {
    svg.text(plot.left - 10, top + 13, row.operation, "label strong", Anchor::end);
    svg.text(plot.left - 10, top + 29, row.is_write ? "write" : std::string(name(row.cache_class)), "tick",
             Anchor::end);
    const auto bar = [&](std::uint64_t calls, double y, const std::string& css) {
      const auto value = static_cast<double>(calls);
      svg.rect(plot.left, y, std::max(1.0, x.at(value) - plot.left), bar_height, "fill-" + css,
               row.operation + ": " + std::to_string(calls) + " calls");
      svg.text(std::max(x.at(value), x.at(static_cast<double>(row.least_calls))) + 6, y + 12,
               std::to_string(calls), "tick");
    };
    bar(row.plain.calls, top, "plain");
    bar(row.all.calls, top + bar_height + 2, "all");
    const double least = x.at(static_cast<double>(row.least_calls));
    svg.line(least, top + bar_height, least, top + 2 * bar_height + 6, "bound");
    top += row_height;
  }
  legend(svg, plot.left, 14, {{"plain", "plain"}, {"all", "all"}, {"bound", "fewest possible"}});
  return std::move(svg).str();
}

std::string hit_rate_picture(const Figures& figures, const Runs& runs) {
  constexpr double height = 300;
  constexpr double seconds_each = 0.5;
  const Plot plot{.bottom = height - 46};
  Svg svg(width, height, "Hit rate over time");
  const double longest = std::max({1.0, runs.cached.elapsed.count(), runs.all.elapsed.count()});
  const Scale x(Scale::Kind::linear, 0, longest, plot.left, plot.right);
  const Scale y(Scale::Kind::linear, 0, 1, plot.bottom, plot.top);
  percent_axis(svg, plot, y);
  const double step = round_step(longest, 8);
  for (double tick = 0; tick <= longest; tick += step) {
    svg.line(x.at(tick), plot.bottom, x.at(tick), plot.bottom + 4, "axis");
    svg.text(x.at(tick), plot.bottom + 18, label_of("%g s", tick), "tick", Anchor::middle);
  }
  svg.text((plot.left + plot.right) / 2, height - 8, "since the run began, each point half a second", "label",
           Anchor::middle);
  const double best = figures.bounds.best_hit_rate();
  svg.line(plot.left, y.at(best), plot.right, y.at(best), "bound dashed");
  svg.polyline(rates_over_time(runs.cached, seconds_each, x, y), "curve cached");
  svg.polyline(rates_over_time(runs.all, seconds_each, x, y), "curve all");
  const double measured = hit_rate(runs.all.events, &Event::is_cacheable);
  legend(svg, plot.left, 14,
         {{"cached", label_of("cached, %.1f %% over the run",
                              100 * hit_rate(runs.cached.events, &Event::is_cacheable))},
          {"all", label_of("all, %.1f %% over the run", 100 * measured)},
          {"bound", label_of("best possible over the run of all, %.1f %%", 100 * best)}});
  return std::move(svg).str();
}

std::string backlog_picture(const Runs& runs) {
  constexpr double height = 96;
  const BacklogRun& run = runs.backlog;
  Svg svg(width, height, "Backlog throughput");
  const auto rate = [&](std::chrono::duration<double> time) {
    return time.count() > 0 ? run.requests / time.count() : 0;
  };
  const Scale x(Scale::Kind::linear, 0, std::max(1.0, rate(run.at_once)), 150, width - 150);
  const auto bar = [&](double y, const std::string& label, std::chrono::duration<double> time,
                       const char* css) {
    svg.text(140, y + 19, label, "label", Anchor::end);
    svg.rect(150, y, std::max(1.0, x.at(rate(time)) - 150), 28, css);
    svg.text(x.at(rate(time)) + 8, y + 19,
             label_of("%.0f/s", rate(time)) + " in " + label_of("%.2f s", time.count()), "label");
  };
  bar(8, "one at a time", run.one_at_a_time, "fill-plain");
  bar(50, std::to_string(run.in_flight) + " in flight", run.at_once, "fill-all");
  return std::move(svg).str();
}

}  // namespace wats::demo
