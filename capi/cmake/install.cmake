# What `cmake --install` copies. Components: runtime (shared library), devel (everything to compile against it), tools.
include(CMakePackageConfigHelpers)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Wombat)

if(WOMBAT_BUILD_SHARED)
  install(TARGETS wombat EXPORT WombatShared
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT devel)
  install(EXPORT WombatShared NAMESPACE Wombat:: FILE WombatSharedTargets.cmake
    DESTINATION ${config_dir} COMPONENT devel)
endif()
if(WOMBAT_BUILD_STATIC)
  install(TARGETS wombat_static EXPORT WombatStatic
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT devel)
  install(EXPORT WombatStatic NAMESPACE Wombat:: FILE WombatStaticTargets.cmake
    DESTINATION ${config_dir} COMPONENT devel)
endif()
install(FILES ${CMAKE_CURRENT_SOURCE_DIR}/include/wombat.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT devel)

# CMake package
configure_package_config_file(cmake/WombatConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/WombatConfig.cmake
  INSTALL_DESTINATION ${config_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/WombatConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/WombatConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/WombatConfigVersion.cmake
  ${CMAKE_CURRENT_SOURCE_DIR}/cmake/codec_libraries.cmake
  DESTINATION ${config_dir} COMPONENT devel)

# pkg-config: paths are relative to the .pc file, so that a moved tree still works, unless the folders were given as
# absolute paths outside the prefix.
set(WOMBAT_PC_PREFIX ${CMAKE_INSTALL_PREFIX})
set(WOMBAT_PC_LIBDIR ${CMAKE_INSTALL_LIBDIR})
set(WOMBAT_PC_INCLUDEDIR ${CMAKE_INSTALL_INCLUDEDIR})
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" up "${up}")
  set(WOMBAT_PC_PREFIX "\${pcfiledir}/${up}")
  set(WOMBAT_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(WOMBAT_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
set(WOMBAT_PC_REQUIRES_PRIVATE "")
set(WOMBAT_PC_LIBS_PRIVATE "")
foreach(codec ${WOMBAT_CODECS})
  if(WOMBAT_${codec}_PC)
    string(APPEND WOMBAT_PC_REQUIRES_PRIVATE " ${WOMBAT_${codec}_PC}")
  else()
    string(APPEND WOMBAT_PC_LIBS_PRIVATE " -l${WOMBAT_${codec}_LIBRARY_NAME}")
  endif()
endforeach()
configure_file(${PROJECT_SOURCE_DIR}/pkgconfig/wombat.pc.in ${CMAKE_CURRENT_BINARY_DIR}/wombat.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/wombat.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT devel)

# Licence, once for each package, where Debian looks for it
foreach(pair runtime:libwombat0 devel:libwombat-dev tools:wombat-tools)
  string(REPLACE ":" ";" pair ${pair})
  list(GET pair 0 component)
  list(GET pair 1 package)
  if(component STREQUAL "tools" AND NOT WOMBAT_BUILD_TOOLS)
    continue()
  endif()
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/${package}
    RENAME copyright COMPONENT ${component})
endforeach()
