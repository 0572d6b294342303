# How Maven builds the shim. native-maven-plugin takes CMake for a linker and runs, in the project's directory,
#   cmake [-DSTEPOLL_<option>=ON…] -P src/main/c/build.cmake -o <library>
# CMakeLists.txt has the options. target/jdk.txt holds the output of `java -XshowSettings:properties` with Maven's JDK.
# The script prints nothing unless it fails: the plugin would show the output even under `mvn -q`.
math(EXPR last "${CMAKE_ARGC} - 1")
set(library "${CMAKE_ARGV${last}}")

file(STRINGS target/jdk.txt java_home REGEX " java\\.home = ")
string(REGEX REPLACE ".* java\\.home = " "" java_home "${java_home}")

# CMake keeps the first compiler and flags of a tree, so each set of options has a tree of its own.
set(options -DSTEPOLL_JAVA_HOME=${java_home})
set(name shim)
foreach(option SANITIZE FAULTS)
  if(STEPOLL_${option})
    list(APPEND options -DSTEPOLL_${option}=ON)
    string(TOLOWER "${name}-${option}" name)
  endif()
endforeach()
string(MD5 key "${CMAKE_SOURCE_DIR};${options};$ENV{CC};$ENV{CFLAGS};$ENV{LDFLAGS};$ENV{CMAKE_TOOLCHAIN_FILE}")
string(SUBSTRING "${key}" 0 8 key)
set(tree "${CMAKE_SOURCE_DIR}/target/cmake/${name}-${key}")

function(run)
  execute_process(COMMAND ${CMAKE_COMMAND} ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message("${output}")
    message(FATAL_ERROR " stepoll: the shim was not built; see above")
  endif()
endfunction()

run(-S "${CMAKE_SOURCE_DIR}" -B "${tree}" ${options})
run(--build "${tree}")
file(COPY_FILE "${tree}/libstepoll.so" "${library}" ONLY_IF_DIFFERENT)
get_filename_component(directory "${library}" DIRECTORY)
if(STEPOLL_FAULTS)
  file(COPY_FILE "${tree}/libsurroundings.so" "${directory}/libsurroundings.so" ONLY_IF_DIFFERENT)
endif()
if(STEPOLL_SANITIZE)
  file(COPY "${tree}/libasan.so" DESTINATION "${directory}") # a link to the library to preload
endif()
