// with_server COMMAND ARGUMENTS...: runs a command against an embedded server that lives as long as the
// command; its address and token are in the environment. Ends as the command does.
#include "wats/server/server.hpp"

#include <cstdio>
#include <cstdlib>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

int run_against_server(char** command) {
  wats::server::Server server{wats::server::Options()};
  auto ready = server.start();
  if (ready) ready = server.seed(wats::server::SeedSpec());
  if (!ready) {
    std::fprintf(stderr, "with_server: %s\n", ready.error().message().c_str());
    return 1;
  }
  setenv("WATS_BASE_URL", server.base_url().c_str(), 1);
  setenv("WATS_AUTH_TOKEN", server.token().c_str(), 1);
  // What the user of this machine has configured is not for tests.
  setenv("WATS_CONFIG", "/dev/null", 1);

  pid_t child = 0;
  if (posix_spawnp(&child, command[0], nullptr, nullptr, command, environ) != 0) {
    std::perror(command[0]);
    return 1;
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "with_server COMMAND ARGUMENTS...\n");
    return 2;
  }
  return run_against_server(argv + 1);
}
