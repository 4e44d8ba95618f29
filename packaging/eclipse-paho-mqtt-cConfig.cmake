# Targets of ferro-mqtt for find_package(eclipse-paho-mqtt-c): those of the libraries that are
# installed, shared and (with "-static" at the end of the name) static. No OpenSSL is needed.

get_filename_component(_ferro_mqtt_libdir "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
# The headers beside the libraries come first: below DESTDIR, or when all was moved, those in
# @INCLUDEDIR@ are none, or another product's.
get_filename_component(_ferro_mqtt_includedir "${_ferro_mqtt_libdir}/../include" ABSOLUTE)
if(NOT EXISTS "${_ferro_mqtt_includedir}/MQTTClientPersistence.h")
  set(_ferro_mqtt_includedir "@INCLUDEDIR@")
endif()

foreach(_ferro_mqtt_name paho-mqtt3c paho-mqtt3cs paho-mqtt3a paho-mqtt3as)
  set(_ferro_mqtt_target "eclipse-paho-mqtt-c::${_ferro_mqtt_name}")
  set(_ferro_mqtt_file "${_ferro_mqtt_libdir}/lib${_ferro_mqtt_name}")
  if(EXISTS "${_ferro_mqtt_file}.so.1" AND NOT TARGET ${_ferro_mqtt_target})
    add_library(${_ferro_mqtt_target} SHARED IMPORTED)
    set_target_properties(${_ferro_mqtt_target} PROPERTIES
      IMPORTED_LOCATION "${_ferro_mqtt_file}.so.1"
      IMPORTED_SONAME "lib${_ferro_mqtt_name}.so.1"
      INTERFACE_INCLUDE_DIRECTORIES "${_ferro_mqtt_includedir}")
  endif()
  if(EXISTS "${_ferro_mqtt_file}.a" AND NOT TARGET ${_ferro_mqtt_target}-static)
    add_library(${_ferro_mqtt_target}-static STATIC IMPORTED)
    set_target_properties(${_ferro_mqtt_target}-static PROPERTIES
      IMPORTED_LOCATION "${_ferro_mqtt_file}.a"
      INTERFACE_INCLUDE_DIRECTORIES "${_ferro_mqtt_includedir}"
      INTERFACE_LINK_LIBRARIES "pthread;dl;m")
  endif()
endforeach()

unset(_ferro_mqtt_libdir)
unset(_ferro_mqtt_includedir)
unset(_ferro_mqtt_name)
unset(_ferro_mqtt_target)
unset(_ferro_mqtt_file)
