# Targets of ferro-mqtt for find_package(eclipse-paho-mqtt-c): those of the libraries that are installed, shared and
# (with "-static" at the end of the name) static. No OpenSSL is needed. Their names without the part before the colons
# are also the components that may be asked for.

get_filename_component(_ferro_mqtt_libdir "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
# The headers are looked for from here, for all may be below DESTDIR, or have been moved.
get_filename_component(_ferro_mqtt_includedir "${_ferro_mqtt_libdir}/@TO_HEADERS@" ABSOLUTE)
if(NOT EXISTS "${_ferro_mqtt_includedir}/MQTTClientPersistence.h")
  set(_ferro_mqtt_includedir "@HEADERS@")
endif()

foreach(_ferro_mqtt_name paho-mqtt3c paho-mqtt3cs paho-mqtt3a paho-mqtt3as)
  set(_ferro_mqtt_target "eclipse-paho-mqtt-c::${_ferro_mqtt_name}")
  set(_ferro_mqtt_file "${_ferro_mqtt_libdir}/lib${_ferro_mqtt_name}")
  if(EXISTS "${_ferro_mqtt_file}.so.1")
    set(${CMAKE_FIND_PACKAGE_NAME}_${_ferro_mqtt_name}_FOUND TRUE)
    if(NOT TARGET ${_ferro_mqtt_target})
      add_library(${_ferro_mqtt_target} SHARED IMPORTED)
      set_target_properties(${_ferro_mqtt_target} PROPERTIES
        IMPORTED_LOCATION "${_ferro_mqtt_file}.so.1"
        IMPORTED_SONAME "lib${_ferro_mqtt_name}.so.1"
        INTERFACE_INCLUDE_DIRECTORIES "${_ferro_mqtt_includedir}")
    endif()
  endif()
  if(EXISTS "${_ferro_mqtt_file}.a")
    set(${CMAKE_FIND_PACKAGE_NAME}_${_ferro_mqtt_name}-static_FOUND TRUE)
    if(NOT TARGET ${_ferro_mqtt_target}-static)
      add_library(${_ferro_mqtt_target}-static STATIC IMPORTED)
      set_target_properties(${_ferro_mqtt_target}-static PROPERTIES
        IMPORTED_LOCATION "${_ferro_mqtt_file}.a"
        INTERFACE_INCLUDE_DIRECTORIES "${_ferro_mqtt_includedir}"
        INTERFACE_LINK_LIBRARIES "pthread;dl;m")
    endif()
  endif()
endforeach()

# What was asked for and is not here, in one sentence.
set(_ferro_mqtt_missing "")
foreach(_ferro_mqtt_name ${${CMAKE_FIND_PACKAGE_NAME}_FIND_COMPONENTS})
  if(NOT ${CMAKE_FIND_PACKAGE_NAME}_${_ferro_mqtt_name}_FOUND)
    set(${CMAKE_FIND_PACKAGE_NAME}_${_ferro_mqtt_name}_FOUND FALSE)
    if(${CMAKE_FIND_PACKAGE_NAME}_FIND_REQUIRED_${_ferro_mqtt_name})
      list(APPEND _ferro_mqtt_missing ${_ferro_mqtt_name})
    endif()
  endif()
endforeach()
if(_ferro_mqtt_missing)
  string(REPLACE ";" ", " _ferro_mqtt_missing "${_ferro_mqtt_missing}")
  set(${CMAKE_FIND_PACKAGE_NAME}_FOUND FALSE)
  set(${CMAKE_FIND_PACKAGE_NAME}_NOT_FOUND_MESSAGE
    "ferro-mqtt in ${_ferro_mqtt_libdir} has no ${_ferro_mqtt_missing}.")
endif()

unset(_ferro_mqtt_libdir)
unset(_ferro_mqtt_includedir)
unset(_ferro_mqtt_name)
unset(_ferro_mqtt_target)
unset(_ferro_mqtt_file)
unset(_ferro_mqtt_missing)
