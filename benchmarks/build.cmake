# Builds the CMakeLists.txt of this folder into target/bench/c: one command for Maven, silent unless it fails.
get_filename_component(root "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
set(tree "${root}/target/bench/c")

function(run)
  execute_process(COMMAND ${CMAKE_COMMAND} ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message("${output}")
    message(FATAL_ERROR " stepoll: the C programs of the benchmarks were not built; see above")
  endif()
endfunction()

run(-S "${CMAKE_CURRENT_LIST_DIR}" -B "${tree}")
run(--build "${tree}")
