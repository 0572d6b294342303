/* The system calls of each step, connection and message, without the functions of libc. The functions of libc are
 * cancellation points. In a process with more than one thread, each function marks itself as a cancellation point and
 * unmarks itself, by two atomic operations. In all, that takes about 0.1 us of the 8 that a message takes. Nobody
 * cancels a thread of a JVM. Under ASan the functions of libc are used: ASan checks the memory that they fill.
 *
 * Three calls are here for other reasons. lstat(2) and pthread_sigmask(3) have versions of 2.33 and 2.32 in glibc: with
 * them the shim would need a glibc as young as that. The sendmsg(2) of musl copies the control data into 1024 bytes,
 * and refuses 251 descriptors and more. */
#ifndef DIRECT_H
#define DIRECT_H

#include <fcntl.h>
#include <linux/time_types.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441 /* the same number on every architecture; since Linux 5.11; glibc's wrapper is younger */
#endif

static inline long direct_epoll_pwait2(int epfd, struct epoll_event *events, int capacity,
                                       const struct __kernel_timespec *timeout) {
  return syscall(SYS_epoll_pwait2, epfd, events, capacity, timeout, NULL, (size_t)0);
}

/* A signal is at most 64 to the kernel, so its masks have 64 bits; those of libc are longer and begin with them. */
static inline long direct_sigmask(int how, const sigset_t *mask, sigset_t *before) {
  return syscall(SYS_rt_sigprocmask, how, mask, before, (size_t)8);
}

#ifdef __SANITIZE_ADDRESS__
#define direct_recv recv
#define direct_send send
#define direct_recvmsg recvmsg
#define direct_sendmsg sendmsg
#define direct_epoll_wait epoll_wait
#define direct_accept4 accept4
#define direct_close close
#define direct_poll poll
#define direct_lstat lstat
#else
static inline long direct_recv(int fd, void *bytes, size_t length, int flags) {
  return syscall(SYS_recvfrom, fd, bytes, length, flags, NULL, NULL);
}

static inline long direct_send(int fd, const void *bytes, size_t length, int flags) {
  return syscall(SYS_sendto, fd, bytes, length, flags, NULL, (size_t)0);
}

static inline long direct_accept4(int fd, struct sockaddr *name, socklen_t *nameLength, int flags) {
  return syscall(SYS_accept4, fd, name, nameLength, flags);
}

static inline long direct_poll(struct pollfd *descriptors, nfds_t count, int timeoutMillis) {
#ifdef SYS_poll
  return syscall(SYS_poll, descriptors, count, timeoutMillis);
#else
  const struct timespec timeout = {.tv_sec = timeoutMillis / 1000, .tv_nsec = timeoutMillis % 1000 * 1000000L};
  return syscall(SYS_ppoll, descriptors, count, &timeout, NULL, (size_t)0);
#endif
}

#if __SIZEOF_LONG__ == 8 && defined SYS_newfstatat
/* Where a long has 64 bits and the kernel has this call, struct stat is the kernel's. */
static inline long direct_lstat(const char *path, struct stat *status) {
  return syscall(SYS_newfstatat, AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}
#else
#define direct_lstat lstat
#endif

static inline long direct_close(int fd) { return syscall(SYS_close, fd); }

static inline long direct_recvmsg(int fd, struct msghdr *message, int flags) {
  return syscall(SYS_recvmsg, fd, message, flags);
}

static inline long direct_sendmsg(int fd, const struct msghdr *message, int flags) {
  return syscall(SYS_sendmsg, fd, message, flags);
}

static inline long direct_epoll_wait(int epfd, struct epoll_event *events, int capacity, int timeoutMillis) {
#ifdef SYS_epoll_wait
  return syscall(SYS_epoll_wait, epfd, events, capacity, timeoutMillis);
#else /* younger architectures have only the call with a signal mask */
  return syscall(SYS_epoll_pwait, epfd, events, capacity, timeoutMillis, NULL, (size_t)0);
#endif
}
#endif

#endif
