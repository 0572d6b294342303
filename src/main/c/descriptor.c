/* The calls on any descriptor: eventfd(2), pipe2(2), pidfd_open(2), pidfd_send_signal(2), read(2), write(2),
 * preadv2(2), close(2), dup2(2), fcntl(2). The names and texts of errno. */
#include "direct.h"
#include "stepoll.h"
#include "io_stepoll_internal_sys_Descriptors.h"
#include "io_stepoll_internal_sys_Errno.h"

#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008 /* since Linux 4.14; some C libraries do not have it */
#endif

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434 /* since Linux 5.3; some C libraries do not have it */
#endif

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424 /* since Linux 5.1 */
#endif

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_eventfd(JNIEnv *env, jclass type) {
  (void)env, (void)type;
  return result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_eventfdWrite(JNIEnv *env, jclass type, jint fd) {
  (void)env, (void)type;
  const uint64_t one = 1;
  return result(write(fd, &one, sizeof one));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_read(JNIEnv *env, jclass type, jint fd,
                                                                     jlong address, jint length) {
  (void)env, (void)type;
  return result(read(fd, pointer(address), (size_t)length));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_write(JNIEnv *env, jclass type, jint fd,
                                                                      jlong address, jint length) {
  (void)env, (void)type;
  return result(write(fd, pointer(address), (size_t)length));
}

/* At the position -1 these two read and write as read(2) and write(2) do. The functions of libc are younger than
 * the system calls. */
JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_readNow(JNIEnv *env, jclass type, jint fd,
                                                                        jlong address, jint length) {
  (void)env, (void)type;
  const struct iovec piece = {.iov_base = pointer(address), .iov_len = (size_t)length};
  return result(syscall(SYS_preadv2, fd, &piece, 1L, -1L, -1L, RWF_NOWAIT));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_readVectorNow(JNIEnv *env, jclass type, jint fd,
                                                                              jlong pieces, jint count) {
  (void)env, (void)type;
  return result(syscall(SYS_preadv2, fd, pointer(pieces), (long)count, -1L, -1L, RWF_NOWAIT));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_writeNow(JNIEnv *env, jclass type, jint fd,
                                                                         jlong address, jint length) {
  (void)env, (void)type;
  const struct iovec piece = {.iov_base = pointer(address), .iov_len = (size_t)length};
  return result(syscall(SYS_pwritev2, fd, &piece, 1L, -1L, -1L, RWF_NOWAIT));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_writeVectorNow(JNIEnv *env, jclass type, jint fd,
                                                                               jlong pieces, jint count) {
  (void)env, (void)type;
  return result(syscall(SYS_pwritev2, fd, pointer(pieces), (long)count, -1L, -1L, RWF_NOWAIT));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_pipeCapacity(JNIEnv *env, jclass type, jint fd) {
  (void)env, (void)type;
  return result(fcntl(fd, F_GETPIPE_SZ));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_setPipeCapacity(JNIEnv *env, jclass type, jint fd,
                                                                                jint bytes) {
  (void)env, (void)type;
  return result(fcntl(fd, F_SETPIPE_SZ, bytes));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_close(JNIEnv *env, jclass type, jint fd) {
  (void)env, (void)type;
  return result(direct_close(fd));
}

JNIEXPORT jboolean JNICALL Java_io_stepoll_internal_sys_Descriptors_isTerminal(JNIEnv *env, jclass type, jint fd) {
  (void)env, (void)type;
  return isatty(fd) == 1 ? JNI_TRUE : JNI_FALSE;
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_duplicate(JNIEnv *env, jclass type, jint fd) {
  (void)env, (void)type;
  return result(fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_pipe(JNIEnv *env, jclass type, jlong twoInts) {
  (void)env, (void)type;
  return result(pipe2(pointer(twoInts), O_CLOEXEC));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_processDescriptor(JNIEnv *env, jclass type, jint pid) {
  (void)env, (void)type;
  return result(syscall(SYS_pidfd_open, (long)pid, 0L));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_sendSignal(JNIEnv *env, jclass type, jint fd,
                                                                           jint signal) {
  (void)env, (void)type;
  return result(syscall(SYS_pidfd_send_signal, (long)fd, (long)signal, NULL, 0L));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_openNullDevice(JNIEnv *env, jclass type) {
  (void)env, (void)type;
  return result(open("/dev/null", O_RDWR | O_CLOEXEC));
}

/* EBUSY: another thread is about to open the number. */
JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_duplicateOver(JNIEnv *env, jclass type, jint fd,
                                                                             jint over) {
  (void)env, (void)type;
  int number;
  do {
    number = dup2(fd, over);
  } while (number < 0 && (errno == EBUSY || errno == EINTR));
  return result(number);
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_getStatusFlags(JNIEnv *env, jclass type, jint fd) {
  (void)env, (void)type;
  return result(fcntl(fd, F_GETFL));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Descriptors_setStatusFlags(JNIEnv *env, jclass type, jint fd,
                                                                              jint flags) {
  (void)env, (void)type;
  return result(fcntl(fd, F_SETFL, flags));
}

_Static_assert(io_stepoll_internal_sys_Descriptors_O_NONBLOCK == O_NONBLOCK, "O_NONBLOCK");

/* Every errno that Java acts on by number. */
#define ASSERT_ERRNO(name) _Static_assert(io_stepoll_internal_sys_Errno_##name == name, #name)
ASSERT_ERRNO(EPERM);
ASSERT_ERRNO(ENOENT);
ASSERT_ERRNO(ESRCH);
ASSERT_ERRNO(EINTR);
ASSERT_ERRNO(EAGAIN);
ASSERT_ERRNO(ENOTSOCK);
ASSERT_ERRNO(ENONET);
ASSERT_ERRNO(EPROTO);
ASSERT_ERRNO(EMFILE);
ASSERT_ERRNO(ENFILE);
ASSERT_ERRNO(ENOMEM);
ASSERT_ERRNO(EFAULT);
ASSERT_ERRNO(ENOBUFS);
ASSERT_ERRNO(EBADF);
ASSERT_ERRNO(EACCES);
ASSERT_ERRNO(EEXIST);
ASSERT_ERRNO(EINVAL);
ASSERT_ERRNO(EPIPE);
ASSERT_ERRNO(ENOSYS);
ASSERT_ERRNO(EMSGSIZE);
ASSERT_ERRNO(ENOPROTOOPT);
ASSERT_ERRNO(EOPNOTSUPP);
ASSERT_ERRNO(EAFNOSUPPORT);
ASSERT_ERRNO(EADDRINUSE);
ASSERT_ERRNO(EADDRNOTAVAIL);
ASSERT_ERRNO(ENETDOWN);
ASSERT_ERRNO(ENETUNREACH);
ASSERT_ERRNO(ECONNABORTED);
ASSERT_ERRNO(ECONNRESET);
ASSERT_ERRNO(ENOTCONN);
ASSERT_ERRNO(ETIMEDOUT);
ASSERT_ERRNO(ECONNREFUSED);
ASSERT_ERRNO(EHOSTDOWN);
ASSERT_ERRNO(EHOSTUNREACH);
ASSERT_ERRNO(EINPROGRESS);

/* The names are listed here: some C libraries that this shim has to work with are older than strerrorname_np. */
#define NAME(name) case name: return #name
static const char *errnoName(int number) {
  switch (number) {
    NAME(EPERM); NAME(ENOENT); NAME(ESRCH); NAME(EINTR); NAME(EIO); NAME(ENXIO); NAME(E2BIG); NAME(EBADF); NAME(ECHILD);
    NAME(EAGAIN); NAME(ENOMEM); NAME(EACCES); NAME(EFAULT); NAME(EBUSY); NAME(EEXIST); NAME(EXDEV); NAME(ENODEV);
    NAME(ENOTDIR); NAME(EISDIR); NAME(EINVAL); NAME(ENFILE); NAME(EMFILE); NAME(ENOTTY); NAME(EFBIG);
    NAME(ENOSPC); NAME(ESPIPE); NAME(EROFS); NAME(EMLINK); NAME(EPIPE); NAME(EDOM); NAME(ERANGE); NAME(EDEADLK);
    NAME(ENOLCK);
    NAME(ENAMETOOLONG); NAME(ENOSYS); NAME(ENOTEMPTY); NAME(ELOOP); NAME(ENONET); NAME(EPROTO); NAME(EBADMSG);
    NAME(EOVERFLOW); NAME(EUSERS); NAME(ENOTSOCK); NAME(EDESTADDRREQ); NAME(EMSGSIZE); NAME(EPROTOTYPE);
    NAME(ENOPROTOOPT);
    NAME(EPROTONOSUPPORT); NAME(ESOCKTNOSUPPORT); NAME(EOPNOTSUPP); NAME(EPFNOSUPPORT); NAME(EAFNOSUPPORT);
    NAME(EADDRINUSE); NAME(EADDRNOTAVAIL); NAME(ENETDOWN); NAME(ENETUNREACH); NAME(ENETRESET);
    NAME(ECONNABORTED); NAME(ECONNRESET); NAME(ENOBUFS); NAME(EISCONN); NAME(ENOTCONN); NAME(ESHUTDOWN);
    NAME(ETOOMANYREFS); NAME(ETIMEDOUT); NAME(ECONNREFUSED); NAME(EHOSTDOWN); NAME(EHOSTUNREACH);
    NAME(EALREADY); NAME(EINPROGRESS); NAME(ESTALE); NAME(EDQUOT); NAME(ECANCELED); NAME(EOWNERDEAD);
    NAME(ENOTRECOVERABLE); NAME(ENOMEDIUM); NAME(EREMOTEIO);
    default: return "";
  }
}

/* POSIX's strerror_r, by the name that glibc and musl share. Under its own name it returns different types. */
extern int __xpg_strerror_r(int number, char *text, size_t capacity);

static jint copyOut(const char *text, jlong address, jint capacity) {
  const size_t room = (size_t)capacity;
  const size_t length = strnlen(text, room);
  memcpy(pointer(address), text, length);
  return (jint)length;
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Errno_name(JNIEnv *env, jclass type, jint number, jlong address,
                                                               jint capacity) {
  (void)env, (void)type;
  return copyOut(errnoName(number), address, capacity);
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Errno_text(JNIEnv *env, jclass type, jint number, jlong address,
                                                               jint capacity) {
  (void)env, (void)type;
  char text[256] = "";
  __xpg_strerror_r(number, text, sizeof text);
  return copyOut(text, address, capacity);
}
