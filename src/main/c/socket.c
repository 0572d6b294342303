/* socket(7): one function per call. New descriptors are close-on-exec and non-blocking. No send raises SIGPIPE. */
#include "direct.h"
#include "stepoll.h"
#include "io_stepoll_internal_sys_Sockets.h"

#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#define CONSTANT(name) io_stepoll_internal_sys_Sockets_##name
_Static_assert(CONSTANT(AF_UNIX) == AF_UNIX, "AF_UNIX");
_Static_assert(CONSTANT(AF_INET) == AF_INET, "AF_INET");
_Static_assert(CONSTANT(AF_INET6) == AF_INET6, "AF_INET6");
_Static_assert(CONSTANT(SOCK_STREAM) == SOCK_STREAM, "SOCK_STREAM");
_Static_assert(CONSTANT(SOCK_DGRAM) == SOCK_DGRAM, "SOCK_DGRAM");
_Static_assert(CONSTANT(SOCK_SEQPACKET) == SOCK_SEQPACKET, "SOCK_SEQPACKET");
_Static_assert(CONSTANT(POLLIN) == POLLIN, "POLLIN");
_Static_assert(CONSTANT(POLLOUT) == POLLOUT, "POLLOUT");
_Static_assert(CONSTANT(POLLRDHUP) == POLLRDHUP, "POLLRDHUP");
_Static_assert(CONSTANT(MSG_OOB) == MSG_OOB, "MSG_OOB");
_Static_assert(CONSTANT(MSG_PEEK) == MSG_PEEK, "MSG_PEEK");
_Static_assert(CONSTANT(MSG_DONTWAIT) == MSG_DONTWAIT, "MSG_DONTWAIT");
_Static_assert(CONSTANT(MSG_CTRUNC) == MSG_CTRUNC, "MSG_CTRUNC");
_Static_assert(CONSTANT(SHUT_RD) == SHUT_RD, "SHUT_RD");
_Static_assert(CONSTANT(SHUT_WR) == SHUT_WR, "SHUT_WR");
_Static_assert(CONSTANT(SHUT_RDWR) == SHUT_RDWR, "SHUT_RDWR");
_Static_assert(CONSTANT(SOL_SOCKET) == SOL_SOCKET, "SOL_SOCKET");
_Static_assert(CONSTANT(SO_REUSEADDR) == SO_REUSEADDR, "SO_REUSEADDR");
_Static_assert(CONSTANT(SO_TYPE) == SO_TYPE, "SO_TYPE");
_Static_assert(CONSTANT(SO_ERROR) == SO_ERROR, "SO_ERROR");
_Static_assert(CONSTANT(SO_OOBINLINE) == SO_OOBINLINE, "SO_OOBINLINE");
_Static_assert(CONSTANT(SO_LINGER) == SO_LINGER, "SO_LINGER");
_Static_assert(CONSTANT(SO_SNDBUF) == SO_SNDBUF, "SO_SNDBUF");
_Static_assert(CONSTANT(SO_TIMESTAMP) == SO_TIMESTAMP, "SO_TIMESTAMP");
_Static_assert(CONSTANT(SO_PROTOCOL) == SO_PROTOCOL, "SO_PROTOCOL");
_Static_assert(CONSTANT(IPPROTO_TCP) == IPPROTO_TCP, "IPPROTO_TCP");
_Static_assert(CONSTANT(SO_DOMAIN) == SO_DOMAIN, "SO_DOMAIN");
_Static_assert(CONSTANT(SO_ACCEPTCONN) == SO_ACCEPTCONN, "SO_ACCEPTCONN");
#ifdef SO_PASSRIGHTS /* since Linux 6.16; older headers do not have it */
_Static_assert(CONSTANT(SO_PASSRIGHTS) == SO_PASSRIGHTS, "SO_PASSRIGHTS");
#endif

/* Sizes and offsets of the socket addresses and of iovec, for Java, in the order of Sockets.Layout. */
static const size_t layout[] = {
    sizeof(struct sockaddr_storage),
    sizeof(struct sockaddr_un),
    offsetof(struct sockaddr_un, sun_path),
    sizeof(((struct sockaddr_un *)0)->sun_path),
    sizeof(struct sockaddr_in),
    offsetof(struct sockaddr_in, sin_port),
    offsetof(struct sockaddr_in, sin_addr),
    sizeof(struct sockaddr_in6),
    offsetof(struct sockaddr_in6, sin6_port),
    offsetof(struct sockaddr_in6, sin6_addr),
    offsetof(struct sockaddr_in6, sin6_scope_id),
    sizeof(struct iovec),
    offsetof(struct iovec, iov_base),
    offsetof(struct iovec, iov_len),
};
_Static_assert(sizeof(((struct iovec *)0)->iov_len) == sizeof(void *), "iov_len is as wide as an address");
_Static_assert(CONSTANT(IOV_MAX) == IOV_MAX, "IOV_MAX");
_Static_assert(offsetof(struct sockaddr, sa_family) == 0 && sizeof(sa_family_t) == 2, "the family leads, in two bytes");

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Sockets_layout(JNIEnv *env, jclass type, jint field) {
  (void)env, (void)type;
  if (field < 0 || (size_t)field >= sizeof layout / sizeof *layout) return -EINVAL;
  return (jint)layout[field];
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Sockets_socket(JNIEnv *env, jclass type, jint family, jint kind) {
  (void)env, (void)type;
  return result(socket(family, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Sockets_socketpair(JNIEnv *env, jclass type, jint kind,
                                                                       jlong twoInts) {
  (void)env, (void)type;
  return result(socketpair(AF_UNIX, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pointer(twoInts)));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Sockets_bind(JNIEnv *env, jclass type, jint fd, jlong address,
                                                                 jint length) {
  (void)env, (void)type;
  return result(bind(fd, pointer(address), (socklen_t)length));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Sockets_connect(JNIEnv *env, jclass type, jint fd, jlong address,
                                                                    jint length) {
  (void)env, (void)type;
  return result(connect(fd, pointer(address), (socklen_t)length));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Sockets_listen(JNIEnv *env, jclass type, jint fd, jint backlog) {
  (void)env, (void)type;
  return result(listen(fd, backlog));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Sockets_acceptFrom(JNIEnv *env, jclass type, jint fd,
                                                                       jlong address, jint capacity) {
  (void)env, (void)type;
  socklen_t length = (socklen_t)capacity;
  return result(direct_accept4(fd, pointer(address), &length, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

/* poll(2) for one event, without waiting. Returns 1 for the event, an end or an error. */
static jint pollNow(jint fd, short event) {
  struct pollfd one = {.fd = fd, .events = event};
  return result(direct_poll(&one, 1, 0));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Sockets_pollIn(JNIEnv *env, jclass type, jint fd) {
  (void)env, (void)type;
  return pollNow(fd, POLLIN);
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Sockets_pollOut(JNIEnv *env, jclass type, jint fd) {
  (void)env, (void)type;
  return pollNow(fd, POLLOUT);
}

/* The only call of the shim on a socket that waits in the kernel: for threads that no loop carries. */
JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Sockets_awaitEvents(JNIEnv *env, jclass type, jint fd,
                                                                        jint events, jint timeoutMillis) {
  (void)env, (void)type;
  struct pollfd one = {.fd = fd, .events = (short)events};
  return result(poll(&one, 1, timeoutMillis));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Sockets_available(JNIEnv *env, jclass type, jint fd) {
  (void)env, (void)type;
  int count = 0;
  return ioctl(fd, FIONREAD, &count) < 0 ? -errno : count;
}

/* This function and the next return the length that the kernel gives. It may exceed the capacity. */
JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Sockets_localAddress(JNIEnv *env, jclass type, jint fd,
                                                                         jlong address, jint capacity) {
  (void)env, (void)type;
  socklen_t length = (socklen_t)capacity;
  return getsockname(fd, pointer(address), &length) < 0 ? -errno : (jint)length;
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Sockets_peerAddress(JNIEnv *env, jclass type, jint fd,
                                                                        jlong address, jint capacity) {
  (void)env, (void)type;
  socklen_t length = (socklen_t)capacity;
  return getpeername(fd, pointer(address), &length) < 0 ? -errno : (jint)length;
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Sockets_shutdown(JNIEnv *env, jclass type, jint fd, jint how) {
  (void)env, (void)type;
  return result(shutdown(fd, how));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Sockets_recv(JNIEnv *env, jclass type, jint fd, jlong address,
                                                                 jint length, jint flags) {
  (void)env, (void)type;
  return result(direct_recv(fd, pointer(address), (size_t)length, flags));
}

/* recvmsg(2). Only this call reports, by MSG_CTRUNC, that control data came along. Returns the count in the low half
 * and the flags in the high half; or -errno. */
JNIEXPORT jlong JNICALL Java_io_stepoll_internal_sys_Sockets_recvmsg(JNIEnv *env, jclass type, jint fd,
                                                                         jlong address, jint length, jint flags) {
  (void)env, (void)type;
  struct iovec piece = {.iov_base = pointer(address), .iov_len = (size_t)length};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  const long count = direct_recvmsg(fd, &message, flags);
  if (count < 0) return -errno;
  return (jlong)((uint64_t)count | (uint64_t)(uint32_t)message.msg_flags << 32);
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Sockets_send(JNIEnv *env, jclass type, jint fd, jlong address,
                                                                 jint length, jint flags) {
  (void)env, (void)type;
  return result(direct_send(fd, pointer(address), (size_t)length, flags | MSG_NOSIGNAL));
}

/* recvmsg(2) and sendmsg(2) over an array of iovec. recvVector returns the same as recvmsg. */
JNIEXPORT jlong JNICALL Java_io_stepoll_internal_sys_Sockets_recvVector(JNIEnv *env, jclass type, jint fd,
                                                                        jlong pieces, jint count, jint flags) {
  (void)env, (void)type;
  struct msghdr message = {.msg_iov = pointer(pieces), .msg_iovlen = (size_t)count};
  const long received = direct_recvmsg(fd, &message, flags);
  if (received < 0) return -errno;
  return (jlong)((uint64_t)received | (uint64_t)(uint32_t)message.msg_flags << 32);
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Sockets_sendVector(JNIEnv *env, jclass type, jint fd,
                                                                       jlong pieces, jint count, jint flags) {
  (void)env, (void)type;
  const struct msghdr message = {.msg_iov = pointer(pieces), .msg_iovlen = (size_t)count};
  return result(direct_sendmsg(fd, &message, flags | MSG_NOSIGNAL));
}

JNIEXPORT jlong JNICALL Java_io_stepoll_internal_sys_Sockets_getIntOption(JNIEnv *env, jclass type, jint fd,
                                                                          jint level, jint option) {
  (void)env, (void)type;
  int value = 0;
  socklen_t length = sizeof value;
  /* A value can be any int, so the errno of a failure is in the high half. */
  if (getsockopt(fd, level, option, &value, &length) < 0) return (jlong)((uint64_t)(uint32_t)errno << 32);
  return (jlong)(uint32_t)value;
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Sockets_setIntOption(JNIEnv *env, jclass type, jint fd,
                                                                         jint level, jint option, jint value) {
  (void)env, (void)type;
  return result(setsockopt(fd, level, option, &value, sizeof value));
}
