# How Maven builds the shim. native-maven-plugin takes CMake for a linker and runs, in the project's directory,
#   cmake [-DSTEPOLL_<option>=ON…] -P src/main/c/build.cmake -o <library>
# CMakeLists.txt has the options; STEPOLL_FOR is among them. With STEPOLL_BY_MACHINE the library goes into a folder
# beside <library>, which is called as Java calls the machine: <folder>/aarch64/libstepoll.so. target/jdk.txt holds the
# output of `java -XshowSettings:properties` with Maven's JDK.
# The script prints nothing unless it fails: the plugin would show the output even under `mvn -q`.
math(EXPR last "${CMAKE_ARGC} - 1")
set(library "${CMAKE_ARGV${last}}")

file(STRINGS target/jdk.txt java_home REGEX " java\\.home = ")
string(REGEX REPLACE ".* java\\.home = " "" java_home "${java_home}")

# The library for this machine is built anyway, without STEPOLL_FOR.
cmake_host_system_information(RESULT host QUERY OS_PLATFORM)
if(STEPOLL_FOR STREQUAL host)
  return()
endif()

# CMake keeps the first compiler and flags of a tree, so each set of options has a tree of its own.
set(options -DSTEPOLL_JAVA_HOME=${java_home})
set(name shim)
foreach(option SANITIZE FAULTS)
  if(STEPOLL_${option})
    list(APPEND options -DSTEPOLL_${option}=ON)
    string(TOLOWER "${name}-${option}" name)
  endif()
endforeach()
if(STEPOLL_FOR)
  list(APPEND options -DSTEPOLL_FOR=${STEPOLL_FOR})
  string(APPEND name "-${STEPOLL_FOR}")
endif()
if(STEPOLL_GCC)
  list(APPEND options -DSTEPOLL_GCC=${STEPOLL_GCC})
endif()
string(MD5 key "${CMAKE_SOURCE_DIR};${options};$ENV{CC};$ENV{CFLAGS};$ENV{LDFLAGS};$ENV{CMAKE_TOOLCHAIN_FILE};\
$ENV{CMAKE_GENERATOR}")
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
get_filename_component(directory "${library}" DIRECTORY)
if(STEPOLL_BY_MACHINE)
  # e_machine of the ELF header, as it lies in the file; see elf(5). A toolchain file may have chosen the machine.
  file(READ "${tree}/libstepoll.so" machine OFFSET 18 LIMIT 2 HEX)
  set(3e00 amd64)
  set(b700 aarch64)
  set(f300 riscv64)
  set(1500 ppc64le)
  set(0016 s390x)
  set(0201 loongarch64)
  if(NOT DEFINED ${machine})
    message(FATAL_ERROR " stepoll: the shim is for a machine that no JDK 25 knows, ELF number ${machine}")
  endif()
  set(directory "${directory}/${${machine}}")
  set(symbols "${CMAKE_SOURCE_DIR}/target/symbols/io/stepoll/native/${${machine}}")
  file(MAKE_DIRECTORY "${directory}" "${symbols}")
  file(COPY_FILE "${tree}/libstepoll.so.debug" "${symbols}/libstepoll.so.debug" ONLY_IF_DIFFERENT)
endif()
file(COPY_FILE "${tree}/libstepoll.so" "${directory}/libstepoll.so" ONLY_IF_DIFFERENT)
if(STEPOLL_FAULTS)
  file(COPY_FILE "${tree}/libsurroundings.so" "${directory}/libsurroundings.so" ONLY_IF_DIFFERENT)
endif()
if(STEPOLL_SANITIZE)
  file(COPY "${tree}/libasan.so" DESTINATION "${directory}") # a link to the library to preload
endif()
