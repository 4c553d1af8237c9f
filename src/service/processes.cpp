#include "wats/service/processes.hpp"

#include "wats/op/app.hpp"

#include <algorithm>

namespace wats {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

Call<std::vector<Process>> ProcessService::list() const {
  return caller_.call(op::ProcessList());
}

const Process* find_by_name(const std::vector<Process>& processes, std::string_view name) {
  const auto found = std::find_if(processes.begin(), processes.end(), [&](const Process& process) {
    return process.name && std::equal(process.name->begin(), process.name->end(), name.begin(), name.end(),
                                      [](char a, char b) { return lower(a) == lower(b); });
  });
  return found == processes.end() ? nullptr : &*found;
}

const Process* find_by_code(const std::vector<Process>& processes, std::int32_t code) {
  const auto found = std::find_if(processes.begin(), processes.end(), [&](const Process& process) {
    return process.code && *process.code == code;
  });
  return found == processes.end() ? nullptr : &*found;
}

}  // namespace wats
