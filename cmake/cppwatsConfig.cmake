# find_package(cppwats [COMPONENTS cache cache_disk cache_redis client server]); without components: client, as
# wats::wats.
include(CMakeFindDependencyMacro)
if(NOT cppwats_FIND_COMPONENTS)
  set(cppwats_FIND_COMPONENTS client)
endif()

find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/cppwats-cache.cmake)
set(cppwats_cache_FOUND TRUE)

# The client keeps its cache there, and the server comes with what it shares with the client.
if("cache_disk" IN_LIST cppwats_FIND_COMPONENTS OR "client" IN_LIST cppwats_FIND_COMPONENTS
   OR "server" IN_LIST cppwats_FIND_COMPONENTS)
  find_dependency(SQLiteCpp 3)
  find_dependency(SQLite3)
  find_dependency(OpenSSL 3)
  include(${CMAKE_CURRENT_LIST_DIR}/cppwats-cache_disk.cmake)
  set(cppwats_cache_disk_FOUND TRUE)
endif()
if("cache_redis" IN_LIST cppwats_FIND_COMPONENTS AND EXISTS ${CMAKE_CURRENT_LIST_DIR}/cppwats-cache_redis.cmake)
  find_dependency(OpenSSL 3)
  include(${CMAKE_CURRENT_LIST_DIR}/cppwats-cache_redis.cmake)
  set(cppwats_cache_redis_FOUND TRUE)
endif()

# The server speaks with the client's models, so both need what those need.
if("client" IN_LIST cppwats_FIND_COMPONENTS OR "server" IN_LIST cppwats_FIND_COMPONENTS)
  find_dependency(Boost 1.81)
  find_dependency(CURL 7.88)
  find_dependency(simdjson 3)
  find_dependency(zstd)
  include(${CMAKE_CURRENT_LIST_DIR}/cppwats-client.cmake)
  set(cppwats_client_FOUND TRUE)
endif()
if("server" IN_LIST cppwats_FIND_COMPONENTS AND EXISTS ${CMAKE_CURRENT_LIST_DIR}/cppwats-server.cmake)
  find_dependency(SQLiteCpp 3)
  find_dependency(ZLIB)
  include(${CMAKE_CURRENT_LIST_DIR}/cppwats-server.cmake)
  set(cppwats_server_FOUND TRUE)
endif()

foreach(component IN LISTS cppwats_FIND_COMPONENTS)
  if(cppwats_FIND_REQUIRED_${component} AND NOT cppwats_${component}_FOUND)
    set(cppwats_FOUND FALSE)
    set(cppwats_NOT_FOUND_MESSAGE "cppwats was built without '${component}', or there is no such component")
  endif()
endforeach()
