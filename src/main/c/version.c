/* The version that the shim was built as. Java compares this version with its own, so a stray copy is never used. */
#include "stepoll.h"
#include "io_stepoll_internal_sys_Shim.h"

#include <string.h>

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Shim_version(JNIEnv *env, jclass type, jlong address,
                                                                 jint capacity) {
  (void)env, (void)type;
  const size_t length = strnlen(STEPOLL_VERSION, (size_t)capacity);
  memcpy(pointer(address), STEPOLL_VERSION, length);
  return (jint)length;
}
