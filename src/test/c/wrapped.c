/* The fault build of the shim: here system calls fail in ways that the kernel shows once in a million calls.
 *
 * The linker (--wrap, see CMakeLists.txt) replaces each libc function that this file defines by its wrapper. So the
 * shim's own sources know nothing of faults, and the ordinary build does not change.
 *
 * A wrapper does only what a kernel could do. Otherwise a test would fail for a reason of its own:
 *  - EAGAIN. An edge-triggered epoll can report readiness that is not there (a datagram with a wrong checksum, too
 *    little memory), and reports a new edge when it is there. So an edge follows each EAGAIN made here: the wrapper
 *    modifies the registration to what it is already, and then the kernel looks at the descriptor again. For the
 *    program the data, or the room, came a moment later. A one-shot registration gets no edge: its next wait arms it.
 *  - A short read of a stream. The kernel leaves data behind without a further edge in two cases: at an urgent mark
 *    (TCP), and behind passed descriptors or out-of-band data (Unix). LeftBehindTest covers these cases without faults.
 *    Any other short read has emptied the socket: the kernel goes on to the next buffer while there is one, and data
 *    that arrives meanwhile is a new edge. epoll(7) promises that (question 9: "you can be sure of having exhausted the
 *    read/write I/O space"), and the library relies on it. So an edge follows each short read made here, too: for the
 *    program the rest arrived a moment later.
 *  - A short write has filled the socket in the same sense, and an edge follows it. At least one byte goes.
 *  - A datagram is never cut. A batch is: to fewer datagrams.
 *  - connect and close do their work before they return EINTR: an interrupted connect goes on (connect(2)), and an
 *    interrupted close has closed the descriptor (close(2)). ECONNABORTED leaves the accept queue as it is, because the
 *    connection that it is about has gone.
 *  - CUT_OFF stands for a process that runs out of descriptors: recvmsg drops some of those that were passed, and sets
 *    MSG_CTRUNC. The wrapper gives recvmsg less room for them; the kernel treats both alike. */
#include "faults.h"
#include "observed.h"
#include "../../main/c/direct.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static atomic_flag locked = ATOMIC_FLAG_INIT; /* guards what follows */

/* Not a mutex, in which an observed thread would wait for another: a yield counts as no wait. */
static void lock(void) {
  while (atomic_flag_test_and_set(&locked)) sched_yield();
}

static void unlock(void) { atomic_flag_clear(&locked); }

/* The epoll registration of each descriptor, from which edge() makes an edge. */
static struct {
  int epfd; /* 0: on no epoll */
  struct epoll_event event;
  bool isEventfd;
} known[1 << 16];

#define KNOWN(fd) ((fd) >= 0 && (size_t)(fd) < sizeof known / sizeof *known)

/* Declares a function of libc and defines its wrapper. */
#define WRAP(type, name, ...)                \
  extern type __real_##name(__VA_ARGS__);    \
  extern type __wrap_##name(__VA_ARGS__);    \
  type __wrap_##name(__VA_ARGS__)

extern long __real_syscall(long number, ...);

/* Each wrapper begins with this: the fate of its call is decided, and then the call is observed until it returns
 * (observed.c). */
#define BEGIN_AS(observed, call, fd)                                                                            \
  const Fate fate = fateOf(call, fd);                                                                           \
  __attribute__((unused, cleanup(observationEnds))) Observation observation = observationBegins(observed)
#define BEGIN(call, fd) BEGIN_AS(call, call, fd)

/* ---- epoll, and the registrations of descriptors */

WRAP(int, epoll_ctl, int epfd, int operation, int fd, struct epoll_event *event) {
  BEGIN(operation == EPOLL_CTL_ADD ? "epoll_ctl add" : operation == EPOLL_CTL_MOD ? "epoll_ctl mod" : "epoll_ctl del",
        fd);
  if (fate.fault > 0) return errno = fate.fault, -1;
  const int result = __real_epoll_ctl(epfd, operation, fd, event);
  if (result == 0 && KNOWN(fd)) {
    lock();
    known[fd].epfd = operation == EPOLL_CTL_DEL ? 0 : epfd;
    if (operation != EPOLL_CTL_DEL) known[fd].event = *event;
    unlock();
  }
  return result;
}

/* Makes the kernel report an edge if the descriptor is ready, as when data comes a moment later. */
static void edge(int fd) {
  if (!KNOWN(fd)) return;
  const int saved = errno;
  lock();
  struct epoll_event event = known[fd].event;
  if (known[fd].epfd != 0 && (event.events & EPOLLONESHOT) == 0)
    __real_epoll_ctl(known[fd].epfd, EPOLL_CTL_MOD, fd, &event);
  unlock();
  errno = saved;
}

static int fail(Fate fate, int fd) {
  if (fate.fault == EAGAIN) edge(fd);
  errno = fate.fault;
  return -1;
}

/* Reports an event of a descriptor that is not ready. */
static int spuriousEvent(int fd, struct epoll_event *events) {
  lock();
  *events = known[fd].event;
  unlock();
  events->events &= EPOLLIN | EPOLLOUT;
  return 1;
}

WRAP(int, epoll_wait, int epfd, struct epoll_event *events, int capacity, int timeout) {
  BEGIN_AS(timeout == 0 ? "epoll_wait" : SLEEP, "epoll_wait", epfd);
  if (fate.fault > 0) return fail(fate, epfd);
  if (fate.fault == SPURIOUS_EVENT) return spuriousEvent(fate.most, events);
  return __real_epoll_wait(epfd, events, fate.fault == SHORT ? 1 : capacity, timeout);
}

static long epollPwait2(long arguments[6]) {
  const int epfd = (int)arguments[0];
  BEGIN_AS(SLEEP, "epoll_pwait2", epfd);
  if (fate.fault > 0) return fail(fate, epfd);
  if (fate.fault == SPURIOUS_EVENT) return spuriousEvent(fate.most, (struct epoll_event *)arguments[1]);
  if (fate.fault == SHORT) arguments[2] = 1;
  return __real_syscall(SYS_epoll_pwait2, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                        arguments[5]);
}

WRAP(int, close, int fd) {
  BEGIN("close", fd);
  if (KNOWN(fd)) {
    lock();
    memset(&known[fd], 0, sizeof known[fd]);
    unlock();
  }
  const int result = __real_close(fd);
  return fate.fault > 0 && result == 0 ? fail(fate, -1) : result;
}

/* ---- calls that make descriptors, and other calls that either fail or succeed */

#define FAIL_IF_FATED(call, fd) \
  BEGIN(call, fd);              \
  if (fate.fault > 0) return fail(fate, fd)

WRAP(int, epoll_create1, int flags) {
  FAIL_IF_FATED("epoll_create1", -1);
  return __real_epoll_create1(flags);
}

WRAP(int, eventfd, unsigned value, int flags) {
  FAIL_IF_FATED("eventfd", -1);
  const int fd = __real_eventfd(value, flags);
  if (KNOWN(fd)) known[fd].isEventfd = true; /* no other thread has it yet */
  return fd;
}

WRAP(int, socket, int family, int type, int protocol) {
  FAIL_IF_FATED("socket", -1);
  return __real_socket(family, type, protocol);
}

WRAP(int, socketpair, int family, int type, int protocol, int two[2]) {
  FAIL_IF_FATED("socketpair", -1);
  return __real_socketpair(family, type, protocol, two);
}

WRAP(int, pipe2, int two[2], int flags) {
  FAIL_IF_FATED("pipe2", -1);
  return __real_pipe2(two, flags);
}

WRAP(int, bind, int fd, const struct sockaddr *name, socklen_t length) {
  FAIL_IF_FATED("bind", fd);
  return __real_bind(fd, name, length);
}

WRAP(int, setsockopt, int fd, int level, int option, const void *value, socklen_t length) {
  FAIL_IF_FATED("setsockopt", fd);
  return __real_setsockopt(fd, level, option, value, length);
}

WRAP(int, getsockopt, int fd, int level, int option, void *value, socklen_t *length) {
  FAIL_IF_FATED("getsockopt", fd);
  return __real_getsockopt(fd, level, option, value, length);
}

WRAP(int, getsockname, int fd, struct sockaddr *name, socklen_t *length) {
  FAIL_IF_FATED("getsockname", fd);
  return __real_getsockname(fd, name, length);
}

WRAP(int, getpeername, int fd, struct sockaddr *name, socklen_t *length) {
  FAIL_IF_FATED("getpeername", fd);
  return __real_getpeername(fd, name, length);
}

WRAP(int, listen, int fd, int backlog) {
  FAIL_IF_FATED("listen", fd);
  return __real_listen(fd, backlog);
}

WRAP(int, shutdown, int fd, int how) {
  FAIL_IF_FATED("shutdown", fd);
  return __real_shutdown(fd, how);
}

WRAP(int, poll, struct pollfd *descriptors, nfds_t count, int timeout) {
  FAIL_IF_FATED("poll", descriptors->fd);
  return __real_poll(descriptors, count, timeout);
}

extern int __real_fcntl(int fd, int command, ...);
extern int __wrap_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...) {
  va_list list;
  va_start(list, command);
  const long argument = va_arg(list, long);
  va_end(list);
  FAIL_IF_FATED("fcntl", fd);
  return __real_fcntl(fd, command, argument);
}

extern int __real_open(const char *path, int flags, ...);
extern int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) { /* the shim makes no files */
  FAIL_IF_FATED("open", -1);
  return __real_open(path, flags);
}

WRAP(int, lstat, const char *path, struct stat *status) {
  FAIL_IF_FATED("lstat", -1);
  return __real_lstat(path, status);
}

WRAP(int, unlink, const char *path) {
  FAIL_IF_FATED("unlink", -1);
  return __real_unlink(path);
}

WRAP(int, flock, int fd, int operation) {
  FAIL_IF_FATED("flock", fd);
  return __real_flock(fd, operation);
}

WRAP(int, dup2, int fd, int over) {
  FAIL_IF_FATED("dup2", over);
  return __real_dup2(fd, over);
}

WRAP(void *, mmap, void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  BEGIN("mmap", fd);
  if (fate.fault > 0) return errno = fate.fault, MAP_FAILED;
  return __real_mmap(address, length, protection, flags, fd, offset);
}

WRAP(int, madvise, void *address, size_t length, int advice) {
  FAIL_IF_FATED("madvise", -1);
  return __real_madvise(address, length, advice);
}

WRAP(int, munmap, void *address, size_t length) {
  FAIL_IF_FATED("munmap", -1);
  return __real_munmap(address, length);
}

WRAP(int, accept4, int fd, struct sockaddr *name, socklen_t *length, int flags) {
  FAIL_IF_FATED("accept4", fd);
  return __real_accept4(fd, name, length, flags);
}

WRAP(int, connect, int fd, const struct sockaddr *name, socklen_t length) {
  BEGIN("connect", fd);
  if (fate.fault > 0 && fate.fault != EINTR) return fail(fate, fd);
  const int result = __real_connect(fd, name, length);
  return fate.fault == EINTR && (result == 0 || errno == EINPROGRESS) ? fail(fate, fd) : result;
}

/* ---- bytes and datagrams */

static bool isStream(int fd) {
  int type = 0;
  socklen_t length = sizeof type;
  if (__real_getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0) return type == SOCK_STREAM;
  struct stat status;
  return fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

static bool shortens(Fate fate, int fd) { return fate.fault == SHORT && isStream(fd); }

static size_t least(size_t length, int most) { return length < (size_t)most ? length : (size_t)most; }

/* The body of a call that moves bytes. It fails, or moves fewer bytes, which an edge follows, or moves them all. */
#define TRANSFER(call, fd, length, shortened)                        \
  FAIL_IF_FATED(call, fd);                                           \
  const bool shorter = shortens(fate, fd);                           \
  if (shorter) length = least(length, fate.most);                    \
  const ssize_t result = shortened;                                  \
  if (shorter) edge(fd);                                             \
  return result

WRAP(ssize_t, read, int fd, void *bytes, size_t length) {
  TRANSFER("read", fd, length, __real_read(fd, bytes, length));
}

WRAP(ssize_t, write, int fd, const void *bytes, size_t length) {
  TRANSFER(KNOWN(fd) && known[fd].isEventfd ? "eventfd write" : "write", fd, length, __real_write(fd, bytes, length));
}

WRAP(ssize_t, recv, int fd, void *bytes, size_t length, int flags) {
  TRANSFER("recv", fd, length, __real_recv(fd, bytes, length, flags));
}

WRAP(ssize_t, send, int fd, const void *bytes, size_t length, int flags) {
  TRANSFER("send", fd, length, __real_send(fd, bytes, length, flags));
}

WRAP(ssize_t, splice, int from, off_t *fromOffset, int fd, off_t *offset, size_t length, unsigned int flags) {
  TRANSFER("splice", fd, length, __real_splice(from, fromOffset, fd, offset, length, flags));
}

WRAP(ssize_t, recvfrom, int fd, void *bytes, size_t length, int flags, struct sockaddr *name, socklen_t *nameLength) {
  FAIL_IF_FATED("recvfrom", fd);
  return __real_recvfrom(fd, bytes, length, flags, name, nameLength);
}

WRAP(ssize_t, sendto, int fd, const void *bytes, size_t length, int flags, const struct sockaddr *name,
     socklen_t nameLength) {
  FAIL_IF_FATED("sendto", fd);
  return __real_sendto(fd, bytes, length, flags, name, nameLength);
}

/* Copies the message's pieces into an array, cut to at most so many bytes. Returns the number of pieces. */
static size_t cutPieces(const struct msghdr *message, struct iovec pieces[], int most) {
  size_t room = (size_t)most;
  size_t count = 0;
  while (count < message->msg_iovlen && room > 0) {
    pieces[count] = message->msg_iov[count];
    pieces[count].iov_len = least(pieces[count].iov_len, (int)room);
    room -= pieces[count++].iov_len;
  }
  return count;
}

WRAP(ssize_t, recvmsg, int fd, struct msghdr *message, int flags) {
  BEGIN("recvmsg", fd);
  if (fate.fault > 0) return fail(fate, fd);
  if (fate.fault == CUT_OFF && message->msg_controllen > 0) message->msg_controllen = CMSG_LEN(sizeof(int));
  if (!shortens(fate, fd)) return __real_recvmsg(fd, message, flags);
  struct iovec pieces[1024];
  struct msghdr cut = *message;
  cut.msg_iovlen = cutPieces(message, pieces, fate.most);
  cut.msg_iov = pieces;
  const ssize_t result = __real_recvmsg(fd, &cut, flags);
  message->msg_controllen = cut.msg_controllen;
  message->msg_flags = cut.msg_flags;
  edge(fd);
  return result;
}

WRAP(ssize_t, sendmsg, int fd, const struct msghdr *message, int flags) {
  BEGIN("sendmsg", fd);
  if (fate.fault > 0) return fail(fate, fd);
  if (!shortens(fate, fd)) return __real_sendmsg(fd, message, flags);
  struct iovec pieces[1024];
  struct msghdr cut = *message;
  cut.msg_iovlen = cutPieces(message, pieces, fate.most);
  cut.msg_iov = pieces;
  const ssize_t result = __real_sendmsg(fd, &cut, flags);
  edge(fd);
  return result;
}

/* preadv2 or pwritev2, at no position and without waiting: the same faults as read or write. */
static long transferNow(const char *call, long number, long a[6]) {
  const int fd = (int)a[0];
  BEGIN(call, fd);
  if (fate.fault > 0) return fail(fate, fd);
  if (!shortens(fate, fd)) return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  struct iovec pieces[1024];
  const struct msghdr whole = {.msg_iov = (struct iovec *)a[1], .msg_iovlen = (size_t)a[2]};
  const size_t count = cutPieces(&whole, pieces, fate.most);
  const long result = __real_syscall(number, a[0], pieces, count, a[3], a[4], a[5]);
  edge(fd);
  return result;
}

WRAP(int, recvmmsg, int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout) {
  BEGIN("recvmmsg", fd);
  if (fate.fault > 0) return fail(fate, fd);
  const int result = __real_recvmmsg(
      fd, messages, fate.fault == SHORT ? (unsigned)least(count, fate.most) : count, flags, timeout);
  if (fate.fault == SHORT) edge(fd);
  return result;
}

WRAP(int, sendmmsg, int fd, struct mmsghdr *messages, unsigned count, int flags) {
  BEGIN("sendmmsg", fd);
  if (fate.fault > 0) return fail(fate, fd);
  const int result =
      __real_sendmmsg(fd, messages, fate.fault == SHORT ? (unsigned)least(count, fate.most) : count, flags);
  if (fate.fault == SHORT) edge(fd);
  return result;
}

static long processDescriptor(long a[6]) {
  FAIL_IF_FATED("pidfd_open", -1);
  return __real_syscall(SYS_pidfd_open, a[0], a[1]);
}

static long sendSignal(long a[6]) {
  FAIL_IF_FATED("pidfd_send_signal", (int)a[0]);
  return __real_syscall(SYS_pidfd_send_signal, a[0], a[1], a[2], a[3]);
}

/* ---- calls by number: see direct.h */

WRAP(long, syscall, long number, ...) {
  long a[6];
  va_list list;
  va_start(list, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  const int fd = (int)a[0];
  switch (number) {
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
    case SYS_epoll_pwait: return __wrap_epoll_wait(fd, (struct epoll_event *)a[1], (int)a[2], (int)a[3]);
    case SYS_epoll_pwait2: return epollPwait2(a);
    case SYS_recvfrom: return __wrap_recv(fd, (void *)a[1], (size_t)a[2], (int)a[3]);
    case SYS_sendto: return __wrap_send(fd, (const void *)a[1], (size_t)a[2], (int)a[3]);
#ifdef SYS_poll
    case SYS_poll: return __wrap_poll((struct pollfd *)a[0], (nfds_t)a[1], (int)a[2]);
#endif
    case SYS_accept4: return __wrap_accept4(fd, (struct sockaddr *)a[1], (socklen_t *)a[2], (int)a[3]);
    case SYS_close: return __wrap_close(fd);
    case SYS_newfstatat: return __wrap_lstat((const char *)a[1], (struct stat *)a[2]); /* the shim's is an lstat */
    case SYS_preadv2: return transferNow("read", number, a);
    case SYS_pwritev2: return transferNow("write", number, a);
    case SYS_recvmsg: return __wrap_recvmsg(fd, (struct msghdr *)a[1], (int)a[2]);
    case SYS_sendmsg: return __wrap_sendmsg(fd, (const struct msghdr *)a[1], (int)a[2]);
    case SYS_pidfd_open: return processDescriptor(a);
    case SYS_pidfd_send_signal: return sendSignal(a);
    default: return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  }
}
