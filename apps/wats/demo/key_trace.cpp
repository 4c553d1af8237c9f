#include "apps/wats/demo/key_trace.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace wats::demo {

std::string key_trace(const Workload& workload, const Run& run) {
  std::vector<const Event*> reads;
  for (const auto& event : run.events) {
    if (event.is_cacheable()) reads.push_back(&event);
  }
  // Those that began at once stay in their order.
  std::ranges::sort(reads, {}, [](const Event* event) { return std::pair(event->start, event); });
  std::string text = "# cacheable reads of the workload " + workload.name + ", seed " +
                     std::to_string(workload.seed) + ", run " + run.name + "\n";
  for (const Event* read : reads) {
    // A line is a key, so a key is a line.
    for (const char c : read->key) text += c == '\n' || c == '\r' ? ' ' : c;
    text += '\n';
  }
  return text;
}

}  // namespace wats::demo
