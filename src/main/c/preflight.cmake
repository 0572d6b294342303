# What the build needs besides cmake itself. Sets STEPOLL_MISSING to one line that says what is missing and how to get
# it, or to nothing. Sets STEPOLL_JAVA_HOME to a JDK of at least 25. CMakeLists.txt includes this file. Maven runs it
# with -P in its first phase, and takes any output for a failure.
set(STEPOLL_MISSING "")

# Sets the result to the home if it holds a JDK that is new enough, else to nothing.
function(stepoll_jdk home result)
  set(${result} "" PARENT_SCOPE)
  if(EXISTS "${home}/bin/javac" AND EXISTS "${home}/include/jni.h" AND EXISTS "${home}/release")
    file(STRINGS "${home}/release" version REGEX "^JAVA_VERSION=")
    if(version MATCHES "\"([0-9]+)" AND CMAKE_MATCH_1 GREATER_EQUAL 25)
      set(${result} "${home}" PARENT_SCOPE)
    endif()
  endif()
endfunction()

if(STEPOLL_FOR)
  set(cc ${STEPOLL_FOR}-linux-gnu-gcc)
elseif(CMAKE_C_COMPILER)
  set(cc "${CMAKE_C_COMPILER}")
elseif(NOT "$ENV{CC}" STREQUAL "")
  separate_arguments(cc UNIX_COMMAND "$ENV{CC}") # CC may carry flags
  list(GET cc 0 cc)
else()
  set(cc cc gcc clang)
endif()
set(toolchain "${CMAKE_TOOLCHAIN_FILE}$ENV{CMAKE_TOOLCHAIN_FILE}")
find_program(STEPOLL_CC NAMES ${cc} NO_CACHE)
if("${CMAKE_GENERATOR}$ENV{CMAKE_GENERATOR}" MATCHES "Ninja")
  set(make ninja ninja-build)
else()
  set(make make gmake)
endif()
find_program(STEPOLL_MAKE NAMES ${make} NO_CACHE)
find_program(STEPOLL_JAVA NAMES java NO_CACHE)

# gcc comes without the headers of libc.
set(headers 0)
if(STEPOLL_CC AND toolchain STREQUAL "")
  execute_process(COMMAND "${STEPOLL_CC}" -E -include errno.h -x c /dev/null
    RESULT_VARIABLE headers OUTPUT_QUIET ERROR_QUIET)
endif()

# First the homes that variables name, then the JDK on the PATH, then the places where maven-toolchains-plugin looks.
set(homes "${STEPOLL_JAVA_HOME}" "$ENV{STEPOLL_JAVA_HOME}" "$ENV{JAVA_HOME}")
if(STEPOLL_JAVA)
  get_filename_component(java_home "${STEPOLL_JAVA}" REALPATH)
  get_filename_component(java_home "${java_home}/../.." ABSOLUTE)
  list(APPEND homes "${java_home}")
endif()
file(GLOB installed /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /usr/jdk/* /usr/local/java/* /opt/java/*
  "$ENV{HOME}/.sdkman/candidates/java/*" "$ENV{HOME}/.jdks/*" "$ENV{HOME}/.m2/jdks/*" "$ENV{HOME}/.gradle/jdks/*"
  "$ENV{HOME}/.jenv/versions/*" "$ENV{HOME}/.asdf/installs/java/*" "$ENV{HOME}/.jbang/cache/jdks/*")
set(jdk "")
foreach(home IN LISTS homes installed)
  if(NOT jdk)
    stepoll_jdk("${home}" jdk)
  endif()
endforeach()
set(STEPOLL_JAVA_HOME "${jdk}")

execute_process(COMMAND uname -s OUTPUT_VARIABLE system ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT system STREQUAL "Linux")
  set(STEPOLL_MISSING "stepoll: this system is not Linux, which alone has epoll; build in a Linux machine or container")
elseif(CMAKE_VERSION VERSION_LESS 3.22)
  set(STEPOLL_MISSING "stepoll: cmake is ${CMAKE_VERSION}, and 3.22 or newer is needed")
elseif(NOT STEPOLL_CC AND STEPOLL_FOR)
  set(STEPOLL_MISSING "stepoll: no ${cc}; on Debian: apt-get install gcc-${STEPOLL_FOR}-linux-gnu")
elseif(NOT STEPOLL_CC AND NOT toolchain STREQUAL "")
  set(STEPOLL_CC "") # the toolchain file names the compiler
elseif(NOT STEPOLL_CC)
  set(STEPOLL_MISSING "stepoll: no C compiler; on Debian: apt-get install gcc libc6-dev; a library that is built already\
 does as well, see docs/building.md")
elseif(NOT headers EQUAL 0)
  set(STEPOLL_MISSING "stepoll: ${STEPOLL_CC} finds no <errno.h>; on Debian: apt-get install libc6-dev")
elseif(NOT STEPOLL_MAKE)
  list(GET make 0 make)
  string(REPLACE "ninja" "ninja-build" package ${make})
  set(STEPOLL_MISSING "stepoll: no ${make}; on Debian: apt-get install ${package}")
elseif(NOT STEPOLL_JAVA_HOME AND NOT (CMAKE_SCRIPT_MODE_FILE AND EXISTS "$ENV{HOME}/.m2/toolchains.xml"))
  # With a toolchains.xml, Maven itself chooses the JDK and reports its absence.
  set(STEPOLL_MISSING
    "stepoll: no JDK 25 or newer; install one (for instance Temurin's temurin-25-jdk) or set JAVA_HOME to it")
endif()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE AND STEPOLL_MISSING)
  message("${STEPOLL_MISSING}")
endif()
