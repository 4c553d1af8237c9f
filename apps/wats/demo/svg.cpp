#include "apps/wats/demo/svg.hpp"

#include <cstdio>

namespace wats::demo {
namespace {

/// A tenth of a pixel is enough.
std::string pixels(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

void attribute(std::string& out, std::string_view name, std::string_view value) {
  out.append(" ").append(name).append("=\"").append(value).append("\"");
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

Svg::Svg(double width, double height, std::string_view title) {
  out_ = "<svg viewBox=\"0 0 " + pixels(width) + " " + pixels(height) + "\" role=\"img\"";
  attribute(out_, "aria-label", html_escaped(title));
  out_ += ">\n";
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view css) {
  out_ += "<line";
  attribute(out_, "x1", pixels(x1));
  attribute(out_, "y1", pixels(y1));
  attribute(out_, "x2", pixels(x2));
  attribute(out_, "y2", pixels(y2));
  attribute(out_, "class", css);
  out_ += "/>\n";
}

void Svg::rect(double x, double y, double width, double height, std::string_view css,
               std::string_view tooltip) {
  out_ += "<rect";
  attribute(out_, "x", pixels(x));
  attribute(out_, "y", pixels(y));
  attribute(out_, "width", pixels(width));
  attribute(out_, "height", pixels(height));
  attribute(out_, "class", css);
  if (tooltip.empty())
    out_ += "/>\n";
  else
    out_ += "><title>" + html_escaped(tooltip) + "</title></rect>\n";
}

void Svg::polyline(const Points& points, std::string_view css) {
  std::string list;
  for (const auto& [x, y] : points) list += pixels(x) + "," + pixels(y) + " ";
  out_ += "<polyline";
  attribute(out_, "points", list);
  attribute(out_, "class", css);
  out_ += "/>\n";
}

void Svg::text(double x, double y, std::string_view content, std::string_view css, Anchor anchor) {
  out_ += "<text";
  attribute(out_, "x", pixels(x));
  attribute(out_, "y", pixels(y));
  attribute(out_, "class", css);
  if (anchor != Anchor::start) attribute(out_, "text-anchor", anchor == Anchor::middle ? "middle" : "end");
  out_ += ">" + html_escaped(content) + "</text>\n";
}

double round_step(double range, int parts) {
  const double rough = range / parts;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

}  // namespace wats::demo
