# Installation: the libraries with include/wats, found again by find_package(cppwats) as wats::wats or by room.
# The cache is a package part of its own: it needs the standard library only.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/cppwats)

# What a program links to: the client with everything below it.
add_library(wats_wats INTERFACE)
add_library(wats::wats ALIAS wats_wats)
set_target_properties(wats_wats PROPERTIES EXPORT_NAME wats)
target_link_libraries(wats_wats INTERFACE wats_client)

install(TARGETS wats_cache EXPORT cppwats-cache)
install(TARGETS wats_storage wats_cache_disk EXPORT cppwats-cache_disk)
install(TARGETS wats_core wats_policy wats_model wats_op wats_http wats_service wats_outbox wats_client wats_wats
        EXPORT cppwats-client)
install(EXPORT cppwats-cache NAMESPACE wats:: DESTINATION ${package_dir})
install(EXPORT cppwats-cache_disk NAMESPACE wats:: DESTINATION ${package_dir})
install(EXPORT cppwats-client NAMESPACE wats:: DESTINATION ${package_dir})
if(WATS_BUILD_REDIS)
  install(TARGETS wats_cache_redis EXPORT cppwats-cache_redis)
  install(EXPORT cppwats-cache_redis NAMESPACE wats:: DESTINATION ${package_dir})
endif()
if(WATS_BUILD_SERVER)
  install(TARGETS wats_server EXPORT cppwats-server)
  install(EXPORT cppwats-server NAMESPACE wats:: DESTINATION ${package_dir})
endif()
if(TARGET wats)
  install(TARGETS wats)
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/wats DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.hpp")

write_basic_package_version_file(${PROJECT_BINARY_DIR}/cppwatsConfigVersion.cmake COMPATIBILITY SameMinorVersion)
configure_file(${PROJECT_SOURCE_DIR}/cmake/cppwatsConfig.cmake ${PROJECT_BINARY_DIR}/cppwatsConfig.cmake COPYONLY)
install(FILES ${PROJECT_BINARY_DIR}/cppwatsConfig.cmake ${PROJECT_BINARY_DIR}/cppwatsConfigVersion.cmake
        DESTINATION ${package_dir})
