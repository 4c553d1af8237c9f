# wats_room(NAME USES rooms... LINKS libraries... PRIVATE_LINKS libraries...):
# a room's sources, headers and arrows as one static library, wats::NAME.
# LINKS shows in the room's public headers, PRIVATE_LINKS only in its sources.
# Header-only ones there go into $<BUILD_INTERFACE:...>, so that users of the installed package do not need them.
function(wats_room name)
  cmake_parse_arguments(ROOM "" "" "USES;LINKS;PRIVATE_LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  if(sources)
    add_library(wats_${name} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(wats_${name} PRIVATE $<BUILD_INTERFACE:wats_flags> ${ROOM_PRIVATE_LINKS})
    target_include_directories(wats_${name} PRIVATE ${PROJECT_SOURCE_DIR})
  else()
    add_library(wats_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(wats::${name} ALIAS wats_${name})
  set_target_properties(wats_${name} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(wats_${name} ${scope} cxx_std_23)
  target_include_directories(wats_${name} ${scope}
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
  list(TRANSFORM ROOM_USES PREPEND wats::)
  target_link_libraries(wats_${name} ${scope} ${ROOM_USES} ${ROOM_LINKS} Threads::Threads)
  set_property(GLOBAL APPEND PROPERTY WATS_ROOMS ${name})
endfunction()
