/* Which processors the calling thread may run on; see sched_setaffinity(2). */
#include "stepoll.h"
#include "io_stepoll_internal_sys_Affinity.h"

#include <sched.h>

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Affinity_get(JNIEnv *env, jclass type, jlong mask, jint bytes) {
  (void)env, (void)type;
  return result(sched_getaffinity(0, (size_t)bytes, pointer(mask)));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Affinity_set(JNIEnv *env, jclass type, jlong mask, jint bytes) {
  (void)env, (void)type;
  return result(sched_setaffinity(0, (size_t)bytes, pointer(mask)));
}
