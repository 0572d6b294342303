/* epoll(7): one function per system call. struct epoll_event is packed on x86-64 only, so Java asks for its layout. */
#include "direct.h"
#include "stepoll.h"
#include "io_stepoll_internal_sys_Epoll.h"

#include <linux/time_types.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>

#define CONSTANT(name) io_stepoll_internal_sys_Epoll_##name
_Static_assert(CONSTANT(EPOLLIN) == EPOLLIN, "EPOLLIN");
_Static_assert(CONSTANT(EPOLLPRI) == EPOLLPRI, "EPOLLPRI");
_Static_assert(CONSTANT(EPOLLOUT) == EPOLLOUT, "EPOLLOUT");
_Static_assert(CONSTANT(EPOLLERR) == EPOLLERR, "EPOLLERR");
_Static_assert(CONSTANT(EPOLLHUP) == EPOLLHUP, "EPOLLHUP");
_Static_assert(CONSTANT(EPOLLRDHUP) == EPOLLRDHUP, "EPOLLRDHUP");
_Static_assert(CONSTANT(EPOLLONESHOT) == EPOLLONESHOT, "EPOLLONESHOT");
_Static_assert((uint32_t)CONSTANT(EPOLLET) == (uint32_t)EPOLLET, "EPOLLET");
_Static_assert(CONSTANT(CTL_ADD) == EPOLL_CTL_ADD, "EPOLL_CTL_ADD");
_Static_assert(CONSTANT(CTL_DEL) == EPOLL_CTL_DEL, "EPOLL_CTL_DEL");
_Static_assert(CONSTANT(CTL_MOD) == EPOLL_CTL_MOD, "EPOLL_CTL_MOD");

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Epoll_eventSize(JNIEnv *env, jclass type) {
  (void)env, (void)type;
  return (jint)sizeof(struct epoll_event);
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Epoll_eventsOffset(JNIEnv *env, jclass type) {
  (void)env, (void)type;
  return (jint)offsetof(struct epoll_event, events);
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Epoll_dataOffset(JNIEnv *env, jclass type) {
  (void)env, (void)type;
  return (jint)offsetof(struct epoll_event, data);
}

JNIEXPORT jlong JNICALL Java_io_stepoll_internal_sys_Epoll_allocate(JNIEnv *env, jclass type, jlong bytes) {
  (void)env, (void)type;
  void *memory = malloc((size_t)bytes);
  return memory == NULL ? -(jlong)ENOMEM : (jlong)(intptr_t)memory;
}

JNIEXPORT void JNICALL Java_io_stepoll_internal_sys_Epoll_free(JNIEnv *env, jclass type, jlong address) {
  (void)env, (void)type;
  free(pointer(address));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Epoll_create(JNIEnv *env, jclass type) {
  (void)env, (void)type;
  return result(epoll_create1(EPOLL_CLOEXEC));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Epoll_ctl(JNIEnv *env, jclass type, jint epfd, jint operation,
                                                              jint fd, jint events, jlong data) {
  (void)env, (void)type;
  struct epoll_event event = {.events = (uint32_t)events, .data = {.u64 = (uint64_t)data}};
  return result(epoll_ctl(epfd, operation, fd, &event));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Epoll_await(JNIEnv *env, jclass type, jint epfd, jlong events,
                                                                jint capacity, jint timeoutMillis) {
  (void)env, (void)type;
  return result(direct_epoll_wait(epfd, pointer(events), capacity, timeoutMillis));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Epoll_awaitNanos(JNIEnv *env, jclass type, jint epfd,
                                                                     jlong events, jint capacity,
                                                                     jlong timeoutNanos) {
  (void)env, (void)type;
  struct __kernel_timespec timeout = {.tv_sec = timeoutNanos / 1000000000, .tv_nsec = timeoutNanos % 1000000000};
  return result(direct_epoll_pwait2(epfd, pointer(events), capacity, &timeout));
}
