# The libraries of the codecs: where they are looked for, and what they are called elsewhere. Used by Wombat's own build
# and, for the static library, by the package that it installs.
set(WOMBAT_ZLIB_NAME zlib)
set(WOMBAT_ZLIB_PACKAGE zlib1g-dev)
set(WOMBAT_ZLIB_PC zlib)
set(WOMBAT_ZLIB_TARGET ZLIB::ZLIB)

set(WOMBAT_LZ4_NAME lz4)
set(WOMBAT_LZ4_PACKAGE liblz4-dev)
set(WOMBAT_LZ4_PC liblz4)
set(WOMBAT_LZ4_HEADER lz4.h)
set(WOMBAT_LZ4_LIBRARY_NAME lz4)
set(WOMBAT_LZ4_TARGET WombatCodec::lz4)

set(WOMBAT_ZSTD_NAME zstd)
set(WOMBAT_ZSTD_PACKAGE libzstd-dev)
set(WOMBAT_ZSTD_PC libzstd)
set(WOMBAT_ZSTD_HEADER zstd.h)
set(WOMBAT_ZSTD_LIBRARY_NAME zstd)
set(WOMBAT_ZSTD_TARGET WombatCodec::zstd)

# Snappy's own build installs no file for pkg-config.
set(WOMBAT_SNAPPY_NAME snappy)
set(WOMBAT_SNAPPY_PACKAGE libsnappy-dev)
set(WOMBAT_SNAPPY_PC "")
set(WOMBAT_SNAPPY_HEADER snappy-c.h)
set(WOMBAT_SNAPPY_LIBRARY_NAME snappy)
set(WOMBAT_SNAPPY_TARGET WombatCodec::snappy)

# No codec, but found and passed on like one.
set(WOMBAT_URING_NAME liburing)
set(WOMBAT_URING_PACKAGE liburing-dev)
set(WOMBAT_URING_PC liburing)
set(WOMBAT_URING_HEADER liburing.h)
set(WOMBAT_URING_LIBRARY_NAME uring)
set(WOMBAT_URING_TARGET WombatCodec::uring)

# Sets WOMBAT_<codec>_FOUND; when it is TRUE there is the target WOMBAT_<codec>_TARGET.
macro(wombat_find_codec codec)
  if("${codec}" STREQUAL "ZLIB")
    find_package(ZLIB QUIET)
    set(WOMBAT_ZLIB_FOUND ${ZLIB_FOUND})
  else()
    find_path(WOMBAT_${codec}_INCLUDE_DIR ${WOMBAT_${codec}_HEADER})
    find_library(WOMBAT_${codec}_LIBRARY ${WOMBAT_${codec}_LIBRARY_NAME})
    mark_as_advanced(WOMBAT_${codec}_INCLUDE_DIR WOMBAT_${codec}_LIBRARY)
    set(WOMBAT_${codec}_FOUND FALSE)
    if(WOMBAT_${codec}_INCLUDE_DIR AND WOMBAT_${codec}_LIBRARY)
      set(WOMBAT_${codec}_FOUND TRUE)
      if(NOT TARGET ${WOMBAT_${codec}_TARGET})
        add_library(${WOMBAT_${codec}_TARGET} UNKNOWN IMPORTED)
        set_target_properties(${WOMBAT_${codec}_TARGET} PROPERTIES
          IMPORTED_LOCATION ${WOMBAT_${codec}_LIBRARY}
          INTERFACE_INCLUDE_DIRECTORIES ${WOMBAT_${codec}_INCLUDE_DIR})
      endif()
    endif()
  endif()
endmacro()
