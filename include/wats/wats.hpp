// Everything a program needs to talk to a WATS server.
#pragma once

#include "wats/client.hpp"
#include "wats/config.hpp"
#include "wats/core/together.hpp"
#include "wats/http/memoize.hpp"
#include "wats/op/all.hpp"
