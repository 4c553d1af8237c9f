// Svg: a picture in the making, and the scales that put figures on it.
#pragma once

#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wats::demo {

/// *text* for HTML and SVG.
[[nodiscard]] std::string html_escaped(std::string_view text);

/// Maps values to pixels.
class Scale {
 public:
  enum class Kind : unsigned char { linear, logarithmic };

  Scale(Kind kind, double from, double to, double first_pixel, double last_pixel)
      : kind_(kind), from_(of(from)), to_(of(to)), first_(first_pixel), last_(last_pixel) {}

  [[nodiscard]] double at(double value) const {
    return first_ + (of(value) - from_) / (to_ - from_) * (last_ - first_);
  }
  /// The value at a pixel.
  [[nodiscard]] double back(double pixel) const {
    const double value = from_ + (pixel - first_) / (last_ - first_) * (to_ - from_);
    return kind_ == Kind::linear ? value : std::pow(10.0, value);
  }

 private:
  [[nodiscard]] double of(double value) const { return kind_ == Kind::linear ? value : std::log10(value); }

  Kind kind_;
  double from_;
  double to_;
  double first_;
  double last_;
};

/// Elements are styled by CSS classes, so that one picture suits light and dark.
class Svg {
 public:
  enum class Anchor : unsigned char { start, middle, end };
  using Points = std::vector<std::pair<double, double>>;

  /// *title*: what the picture shows, for those who can't see it.
  Svg(double width, double height, std::string_view title);

  void line(double x1, double y1, double x2, double y2, std::string_view css);
  void rect(double x, double y, double width, double height, std::string_view css,
            std::string_view tooltip = {});
  void polyline(const Points& points, std::string_view css);
  void text(double x, double y, std::string_view content, std::string_view css,
            Anchor anchor = Anchor::start);

  [[nodiscard]] std::string str() && { return std::move(out_) + "</svg>\n"; }

 private:
  std::string out_;
};

/// A step of 1, 2 or 5 times a power of ten that divides *range* into about *parts*.
[[nodiscard]] double round_step(double range, int parts);

}  // namespace wats::demo
