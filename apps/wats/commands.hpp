// The commands of the program: each file adds its own to the command line.
#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace wats::app {

class Context;

// Each adds its command below *app*. *context* outlives the parsing; commands read the global options from it
// when they run, not before. A command that ends well returns from its callback; else it throws Exit
// (context.hpp).
void add_ping(CLI::App& app, Context& context);
void add_get(CLI::App& app, Context& context);
void add_ops(CLI::App& app, Context& context);
void add_op(CLI::App& app, Context& context);
void add_serve(CLI::App& app, Context& context);
void add_demo(CLI::App& app, Context& context);
void add_cache(CLI::App& app, Context& context);
void add_completion(CLI::App& app, Context& context);

}  // namespace wats::app
