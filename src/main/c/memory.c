/* Memory of the buffer pools: mmap(2) and what undoes it. */
#include "stepoll.h"
#include "io_stepoll_internal_sys_Memory.h"

#include <sys/mman.h>

JNIEXPORT jlong JNICALL Java_io_stepoll_internal_sys_Memory_map(JNIEnv *env, jclass type, jlong bytes) {
  (void)env, (void)type;
  void *memory = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? -(jlong)errno : (jlong)(uintptr_t)memory;
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Memory_release(JNIEnv *env, jclass type, jlong address,
                                                                   jlong bytes) {
  (void)env, (void)type;
  return result(madvise(pointer(address), (size_t)bytes, MADV_DONTNEED));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Memory_unmap(JNIEnv *env, jclass type, jlong address,
                                                                 jlong bytes) {
  (void)env, (void)type;
  return result(munmap(pointer(address), (size_t)bytes));
}
