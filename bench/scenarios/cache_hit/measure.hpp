// Measuring: runs on one or two CPUs, repeated when other programs disturb them, and what may be said of
// many.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace bench {

/// Counts how quiet the machine was.
struct Quiet {
  std::size_t runs = 0;
  /// Of the runs that count: those during which a thread waited for its CPU for more than a fiftieth of the
  /// time.
  std::size_t disturbed = 0;
  /// Disturbed, and made again.
  std::size_t repeated = 0;
};

/// Seconds from the first beginning to the last end of *part*(thread, of the warming up), called on so many
/// threads at once, each on a CPU of its own; first to warm up. Disturbed runs are made again, three times at
/// most, and fewer the more time that has cost already.
[[nodiscard]] double timed(std::size_t threads, Quiet& quiet,
                           const std::function<void(std::size_t thread, bool warm_up)>& part);

[[nodiscard]] double median(std::vector<double> values);

/// A median and what it lies within with a probability of 95 %.
struct Estimate {
  double median = 0;
  double low = 0;
  double high = 0;
};
/// Of values from the same machine one after the other; by drawing samples of them, always the same.
[[nodiscard]] Estimate estimate(const std::vector<double>& values);

/// *over*[i] / *under*[i]: what was measured in the same round.
[[nodiscard]] std::vector<double> ratios(const std::vector<double>& over, const std::vector<double>& under);

}  // namespace bench
