// Writes what client and server say to each other for the validator of tests/wire.
#pragma once

#include "wats/server/options.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <zlib.h>

namespace wats::testing {

inline std::string gunzipped(std::string_view data) {
  z_stream stream{};
  // 16 more than the largest window: gzip.
  if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::runtime_error("zlib");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  std::string text;
  int state = Z_OK;
  while (state == Z_OK) {
    char part[16384];
    stream.next_out = reinterpret_cast<Bytef*>(part);
    stream.avail_out = sizeof part;
    state = inflate(&stream, Z_NO_FLUSH);
    text.append(part, sizeof part - stream.avail_out);
  }
  inflateEnd(&stream);
  if (state != Z_STREAM_END) throw std::runtime_error("what was recorded is no gzip");
  return text;
}

/// Adds a recorder to *options* when the environment names a folder for it: one file a process, one JSON
/// object a line, in the format of tests/wire/validate.mjs. Requests that were refused are left out: tests
/// send wrong ones on purpose.
inline void record_traffic(server::Options& options) {
  const char* const folder = std::getenv("WATS_RECORD_TRAFFIC");
  if (folder == nullptr) return;
  struct Recording {
    explicit Recording(const std::string& file) : out(file, std::ios::app) {}
    std::mutex mutex;
    std::ofstream out;
  };
  const auto recording =
      std::make_shared<Recording>(std::string(folder) + "/" + std::to_string(getpid()) + ".jsonl");
  ASSERT_TRUE(recording->out.is_open()) << folder;
  options.on_traffic = [recording](const server::TrafficLog& log) {
    const auto write = [&](const char* direction, int status, std::string_view type, std::string_view body) {
      const nlohmann::json line = {{"operationId", log.operation},
                                   {"direction", direction},
                                   {"status", status},
                                   {"contentType", type},
                                   {"body", body}};
      recording->out << line.dump() << '\n' << std::flush;
    };
    const std::lock_guard lock(recording->mutex);
    if (log.status < 400) write("request", 0, log.request_type, log.request_body);
    write("answer", log.status, log.answer_type,
          log.answer_is_gzipped ? gunzipped(log.answer_body) : std::string(log.answer_body));
  };
}

}  // namespace wats::testing
